// `plimsoll config`: every setting with its value and where the value came from; secrets are not shown.
import { type CliCommand, textOption } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { checkChoice } from '../option.ts';
import { paint } from '../style.ts';
import { formatTable } from '../table.ts';

export const configCommand: CliCommand = {
  define(command) {
    command.option('-f, --format <format>', 'table or json', 'table');
  },
  async run(world, input) {
    const format = checkChoice('--format', textOption(input, 'format') ?? 'table', ['table', 'json']);
    const rows = world.listConfig();
    if (format === 'json') {
      world.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`);
      return exitCodes.yes;
    }
    const lines = formatTable(
      rows.map((row) => [row.key, row.value, paint(world.stdout, 'dim', row.origin)]),
      [{}, { isFlexible: true }, {}],
      // A value that goes into a pipe or file is never cut.
      world.stdout.isTty ? world.stdout.columns : Number.POSITIVE_INFINITY,
    );
    world.stdout.write(`${lines.join('\n')}\n`);
    return exitCodes.yes;
  },
};
