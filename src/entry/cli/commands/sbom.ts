// `plimsoll sbom IMAGE`: what an image holds, as a list or a document; without judging it.
import type { Package } from '../../../engines/sbom/inventory.ts';
import type { Report } from '../../../services/hub/report.ts';
import { formatSbom } from '../../../services/hub/sbom-document.ts';
import { argument, type CliCommand } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { exitCodes } from '../exit.ts';
import { readList } from '../filter-option.ts';
import { defineOutput, readOutput, writeOutput } from '../output.ts';
import { plural } from '../report/text.ts';
import { inspectSubject } from '../subject.ts';
import { defineSubject, readSubjectOptions } from '../subject-option.ts';
import { formatTable } from '../table.ts';
import type { CliWorld, Sink } from '../world.ts';

const formats = ['json', 'list', 'spdx', 'cyclonedx'] as const;

export const sbomCommand: CliCommand = {
  define(command) {
    defineOutput(defineSubject(command.argument('<image>', 'an image or a folder, anywhere')), formats)
      .option('--only-package-type <list>', 'only packages of these types (list)')
      .addHelpText('after', '\nExample: plimsoll sbom --format spdx --output app.spdx.json local://app:1.0');
  },
  async run(world, input) {
    const output = readOutput(input, formats);
    const types = readList(input, 'onlyPackageType');
    if (types !== undefined && (output.format !== 'list' || output.also.length > 0))
      throw cliErrors.option_invalid('--only-package-type is for --format list: a document tells everything');
    const report = await inspectSubject(world, argument(input, 0), await readSubjectOptions(world, input));
    await writeOutput(world, output, (format, sink) => formatInventory(report, format, types, world, sink));
    return exitCodes.yes;
  },
};

function formatInventory(
  report: Report,
  format: (typeof formats)[number],
  types: readonly string[] | undefined,
  world: CliWorld,
  sink: Sink,
): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(report.inventory, undefined, 2)}\n`;
    case 'list':
      return formatList(report, types, sink);
    case 'spdx':
    case 'cyclonedx':
      return formatSbom(report, format, {
        createdAt: world.clock.now(),
        serial: world.random.uuid(),
        toolVersion: world.version,
      });
  }
}

function formatList({ inventory }: Report, types: readonly string[] | undefined, sink: Sink): string {
  const packages = inventory.packages.filter(({ type }) => types?.includes(type) ?? true);
  const rows = packages.map((one: Package) => [
    one.type,
    one.name,
    one.version || 'no version',
    one.licenses.join(', '),
  ]);
  const unread = inventory.unknowns.map(({ where, why }) => `◌ not read: ${where}: ${why}`);
  return `${[
    ...formatTable(rows, [{}, {}, {}, { isFlexible: true }], sink.columns),
    ...unread,
    plural(packages.length, 'package'),
  ].join('\n')}\n`;
}
