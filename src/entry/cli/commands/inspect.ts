// `plimsoll inspect IMAGE`: what an image holds, what is wrong with it, what the policy says, for an image
// anywhere, a folder or an SBOM. The same line of steps as the server's worker; only the formatting is here.
import type { Report } from '../../../services/hub/report.ts';
import { formatSbom } from '../../../services/hub/sbom-document.ts';
import { argument, type CliCommand, textOption } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { checkChoice } from '../option.ts';
import { defineOutput, readOutput, writeOutput } from '../output.ts';
import { formatReportMarkdown } from '../report/markdown.ts';
import { formatReportSarif } from '../report/sarif.ts';
import { formatReportText } from '../report/text.ts';
import { judgeThreshold, thresholds } from '../report/threshold.ts';
import { outcomeMark } from '../style.ts';
import { inspectSubject } from '../subject.ts';
import { defineSubject, readSubjectOptions } from '../subject-option.ts';
import type { CliWorld, Sink } from '../world.ts';

const formats = ['table', 'json', 'spdx', 'cyclonedx', 'sarif', 'markdown'] as const;

export const inspectCommand: CliCommand = {
  define(command) {
    defineOutput(
      defineSubject(command.argument('<image>', 'an image, a folder or an SBOM, anywhere')),
      formats,
    )
      .option('--fail-on <level>', `exit with 2 on this: ${thresholds.join(', ')}`)
      .addHelpText(
        'after',
        '\nExamples:\n  plimsoll inspect debian:12\n  plimsoll inspect local://app:1.0\n  plimsoll inspect --fail-on high archive://image.tar\n' +
          '  plimsoll inspect --format cyclonedx --output image.cdx.json registry.example.org/team/app:1.0\n' +
          '  plimsoll inspect fs://./rootfs\n  syft -o json app:1.0 | plimsoll inspect sbom://-',
      );
  },
  async run(world, input) {
    const output = readOutput(input, formats);
    const wanted = textOption(input, 'failOn');
    const threshold = wanted === undefined ? undefined : checkChoice('--fail-on', wanted, thresholds);
    const report = await inspectSubject(world, argument(input, 0), await readSubjectOptions(world, input));
    await writeOutput(world, output, (format, sink) => formatReport(report, format, world, sink));
    return judge(world, report, threshold);
  },
};

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
