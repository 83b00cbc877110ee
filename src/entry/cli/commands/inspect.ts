// `plimsoll inspect IMAGE`: what an image holds, what is wrong with it, what the policy says, for an image
// anywhere. The same line of steps as the server's worker; only the formatting is here.
import { parsePlatform } from '../../../formats/oci/platform.ts';
import { parseReference } from '../../../formats/oci/reference.ts';
import { type InspectStep, inspectImage } from '../../../services/hub/inspect.ts';
import type { Report } from '../../../services/hub/report.ts';
import { formatSbom } from '../../../services/hub/sbom-document.ts';
import { argument, type CliCommand, type CommandInput, isSet, textOption } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { checkChoice } from '../option.ts';
import { createProgress, type Progress } from '../progress.ts';
import { formatReportMarkdown } from '../report/markdown.ts';
import { formatReportSarif } from '../report/sarif.ts';
import { formatReportText } from '../report/text.ts';
import { judgeThreshold, thresholds } from '../report/threshold.ts';
import { outcomeMark } from '../style.ts';
import type { CliWorld, Sink } from '../world.ts';

const formats = ['table', 'json', 'spdx', 'cyclonedx', 'sarif', 'markdown'] as const;

export const inspectCommand: CliCommand = {
  define(command) {
    command
      .argument('<image>', 'HOST/REPOSITORY:TAG, oci:FOLDER:TAG, oci-archive:FILE or docker-archive:FILE')
      .option('-f, --format <format>', formats.join(', '), 'table')
      .option('-o, --output <file>', 'write to a file instead of standard output')
      .option('--platform <platform>', 'os/architecture[/variant] of a multi-platform image')
      .option('--fail-on <level>', `exit with 2 on this: ${thresholds.join(', ')}`)
      .option('-q, --quiet', 'no progress')
      .addHelpText(
        'after',
        '\nExamples:\n  plimsoll inspect debian:12\n  plimsoll inspect --fail-on high oci-archive:image.tar\n' +
          '  plimsoll inspect --format cyclonedx --output image.cdx.json registry.example.org/team/app:1.0',
      );
  },
  async run(world, input) {
    const format = checkChoice('--format', textOption(input, 'format') ?? 'table', formats);
    const wanted = textOption(input, 'failOn');
    const threshold = wanted === undefined ? undefined : checkChoice('--fail-on', wanted, thresholds);
    const report = await inspect(world, input);
    const output = textOption(input, 'output');
    if (output === undefined) world.stdout.write(formatReport(report, format, world, world.stdout));
    else await world.writeFile(output, formatReport(report, format, world, asFile(world.stdout)));
    return judge(world, report, threshold);
  },
};

async function inspect(world: CliWorld, input: CommandInput): Promise<Report> {
  const reference = parseReference(argument(input, 0));
  const platform = textOption(input, 'platform');
  const wanted = platform === undefined ? undefined : parsePlatform(platform);
  await using source = await world.openSource(reference);
  await using advisories = await world.advisories.open();
  const layers = await world.layers();
  using progress = createProgress(world.stderr, world.clock, isSet(input, 'quiet') || !world.stderr.isTty);
  return await inspectImage({
    source,
    advisories,
    clock: world.clock,
    signal: world.signal,
    machine: world.platform,
    ...(wanted === undefined ? {} : { platform: wanted }),
    ...(layers === undefined ? {} : { layers }),
    onStep: (step) => show(progress, step),
  });
}

function show(progress: Progress, step: InspectStep): void {
  if (step.kind === 'indexing') progress.update('Layers', step.layersDone, step.layersTotal, 'count');
}

/** A file takes no colour codes, whatever the terminal takes. */
function asFile(sink: Sink): Sink {
  return { write: sink.write, isTty: false, columns: sink.columns, isColour: false };
}

function formatReport(report: Report, format: (typeof formats)[number], world: CliWorld, sink: Sink): string {
  switch (format) {
    case 'table':
      return formatReportText(report, sink, world.clock.now());
    case 'json':
      return `${JSON.stringify(report, undefined, 2)}\n`;
    case 'markdown':
      return formatReportMarkdown(report);
    case 'sarif':
      return formatReportSarif(report, world.version);
    case 'spdx':
    case 'cyclonedx':
      return formatSbom(report, format, {
        createdAt: world.clock.now(),
        serial: world.random.uuid(),
        toolVersion: world.version,
      });
  }
}

function judge(
  world: CliWorld,
  report: Report,
  threshold: (typeof thresholds)[number] | undefined,
): ExitCode {
  const no = threshold === undefined ? undefined : judgeThreshold(report, threshold);
  if (no === undefined) return exitCodes.yes;
  world.stderr.write(`${outcomeMark(world.stderr, 'fail')} --fail-on ${threshold}: ${no}\n`);
  return exitCodes.no;
}
