// `plimsoll cves IMAGE`: the CVEs of an image by package, with the switches and formats of Docker Scout's users.
import type { Finding } from '../../../engines/advisory/finding.ts';
import { createFindingTest, describeFilter } from '../../../engines/compare/filter.ts';
import type { Report } from '../../../services/hub/report.ts';
import { formatSbom } from '../../../services/hub/sbom-document.ts';
import { type CliCommand, type CommandInput, isSet, textOption } from '../command.ts';
import { findEnvironment } from '../counterpart.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { defineFilter, defineSearch, readFilter } from '../filter-option.ts';
import { defineOutput, readOutput, writeOutput } from '../output.ts';
import { formatCvesMarkdown } from '../report/cves-markdown.ts';
import { type CvesTextOptions, formatCvesText, formatPackageCounts } from '../report/cves-text.ts';
import { formatGitlab } from '../report/gitlab.ts';
import { formatReportSarif } from '../report/sarif.ts';
import { plural } from '../report/text.ts';
import { outcomeMark } from '../style.ts';
import { inspectSubject } from '../subject.ts';
import { defineSubject, placeOf, readSubjectOptions } from '../subject-option.ts';
import type { CliWorld, Sink } from '../world.ts';

const formats = ['packages', 'only-packages', 'markdown', 'json', 'sarif', 'gitlab', 'spdx', 'sbom'] as const;

export const cvesCommand: CliCommand = {
  define(command) {
    defineSubject(command.argument('<image>', 'an image, a folder or an SBOM, anywhere'))
      .option('-e, --exit-code', 'exit with 2 where there is any that counts')
      .option('--env <name>', 'the image that is recorded to run in this environment of the repository')
      .option('--details', 'what each is, and the comparison that said so')
      .option('--locations', 'where each package was found: path and layer')
      .option('--epss', 'the EPSS estimates; the likeliest first')
      .option('--only-vuln-packages', 'leave out packages without any (only-packages)');
    defineSearch(defineFilter(defineOutput(command, formats))).addHelpText(
      'after',
      '\nExamples:\n  plimsoll cves --only-severity critical,high --only-fixed local://app:1.0\n' +
        '  plimsoll cves --ignore-base --format sarif --output cves.sarif registry.example.org/app:1.0',
    );
  },
  async run(world, input) {
    const output = readOutput(input, formats);
    const filter = readFilter(input);
    const report = await inspectSubject(
      world,
      await nameOf(world, input),
      await readSubjectOptions(world, input),
    );
    const findings = report.matching.findings.filter(createFindingTest(filter, report.lineage));
    const told = describeFilter(filter);
    const options: CvesTextOptions = {
      isDetailed: isSet(input, 'details'),
      hasLocations: isSet(input, 'locations'),
      hasEpss: isSet(input, 'epss') || filter.epssScore !== undefined || filter.epssPercentile !== undefined,
      ...(told === undefined ? {} : { filter: told }),
    };
    await writeOutput(world, output, (format, sink) =>
      formatCves(report, findings, format, options, isSet(input, 'onlyVulnPackages'), world, sink),
    );
    return judge(world, input, findings);
  },
};

/** Of an environment the image that runs there, of the repository that is named. */
async function nameOf(world: CliWorld, input: CommandInput): Promise<string> {
  const text = input.args[0] as string;
  const environment = textOption(input, 'env');
  return environment === undefined ? text : findEnvironment(world, placeOf(text), environment);
}

function formatCves(
  report: Report,
  findings: readonly Finding[],
  format: (typeof formats)[number],
  options: CvesTextOptions,
  isVulnerableOnly: boolean,
  world: CliWorld,
  sink: Sink,
): string {
  switch (format) {
    case 'packages':
      return formatCvesText(report, findings, sink, options);
    case 'only-packages':
      return formatPackageCounts(report, findings, sink, isVulnerableOnly);
    case 'markdown':
      return formatCvesMarkdown(report, findings, options);
    case 'json':
      return `${JSON.stringify({ ...report, matching: { ...report.matching, findings } }, undefined, 2)}\n`;
    case 'sarif': {
      const shown = new Set(findings);
      return formatReportSarif(report, world.version, { isShown: (finding) => shown.has(finding) });
    }
    case 'gitlab':
      return formatGitlab(report, findings, world.version, world.clock.now());
    case 'sbom':
      return `${JSON.stringify(report.inventory, undefined, 2)}\n`;
    case 'spdx':
      return formatSbom(report, 'spdx', {
        createdAt: world.clock.now(),
        serial: world.random.uuid(),
        toolVersion: world.version,
      });
  }
}

function judge(world: CliWorld, input: CommandInput, findings: readonly Finding[]): ExitCode {
  if (!isSet(input, 'exitCode') || findings.length === 0) return exitCodes.yes;
  const names = new Set(findings.map(({ id }) => id));
  world.stderr.write(`${outcomeMark(world.stderr, 'fail')} --exit-code: ${plural(names.size, 'CVE')}\n`);
  return exitCodes.no;
}
