// `plimsoll advisories status`: how old and how large the feeds are, and what they can show.
import { listFeedStatus } from '../../../../engines/advisory/status.ts';
import { formatInstant } from '../../../../kit/clock.ts';
import { type CommandInput, textOption } from '../../command.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { checkChoice } from '../../option.ts';
import { formatFeedTable } from '../../report/feed-table.ts';
import { paint } from '../../style.ts';
import type { CliWorld } from '../../world.ts';

export async function printStatus(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const format = checkChoice('--format', textOption(input, 'format') ?? 'table', ['table', 'json']);
  await using store = await world.advisories.open();
  const rows = listFeedStatus(store, world.clock.now());
  if (format === 'json') {
    const plain = rows.map(({ row, ...rest }) => ({
      ...rest,
      ...row,
      ...(row === undefined ? {} : { refreshedAt: formatInstant(row.refreshedAt) }),
    }));
    world.stdout.write(`${JSON.stringify(plain, undefined, 2)}\n`);
    return exitCodes.yes;
  }
  world.stdout.write(formatFeedTable(rows, world.stdout));
  if (rows.some(({ row, isStale, isOptional }) => (row === undefined && !isOptional) || isStale))
    world.stderr.write(`${paint(world.stderr, 'dim', 'Next:')} plimsoll advisories refresh\n`);
  return exitCodes.yes;
}
