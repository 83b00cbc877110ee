// `plimsoll quickview IMAGE`: the image, its base, that base as it is now and a newer one, a line each; then the
// policy. What `inspect` tells in full.
import type { Report } from '../../../services/hub/report.ts';
import { type CliCommand, type CommandInput, isSet, textOption } from '../command.ts';
import { findEnvironment, findLatest } from '../counterpart.ts';
import { cliErrors } from '../errors.ts';
import { exitCodes } from '../exit.ts';
import { defineOutput, readOutput, writeOutput } from '../output.ts';
import { findRecommendations, type Recommendation } from '../recommend.ts';
import { countKnown } from '../report/comparison-words.ts';
import { formatQuickviewMarkdown, formatQuickviewText, type QuickviewRow } from '../report/quickview.ts';
import { inspectSubject, type SubjectOptions } from '../subject.ts';
import { defineSubject, placeOf, readSubjectOptions } from '../subject-option.ts';
import type { CliWorld } from '../world.ts';

const formats = ['text', 'markdown', 'json'] as const;

export const quickviewCommand: CliCommand = {
  define(command) {
    defineOutput(
      defineSubject(command.argument('<image>', 'an image, a folder or an SBOM, anywhere')),
      formats,
    )
      .option('--env <name>', 'the image that is recorded to run in this environment of the repository')
      .option('--latest', 'the repository’s tag latest, else its highest version')
      .addHelpText('after', '\nExample: plimsoll quickview local://app:1.0');
  },
  async run(world, input) {
    const output = readOutput(input, formats);
    const options = await readSubjectOptions(world, input);
    const report = await inspectSubject(world, await nameOf(world, input), options);
    const rows = await listRows(world, report, options);
    await writeOutput(world, output, (format, sink) => {
      if (format === 'json') return `${JSON.stringify({ rows, verdict: report.verdict }, undefined, 2)}\n`;
      return format === 'text'
        ? formatQuickviewText(report, rows, sink)
        : formatQuickviewMarkdown(report, rows);
    });
    return exitCodes.yes;
  },
};

async function nameOf(world: CliWorld, input: CommandInput): Promise<string> {
  const text = input.args[0] as string;
  const environment = textOption(input, 'env');
  const isLatest = isSet(input, 'latest');
  if (environment !== undefined && isLatest) throw cliErrors.option_invalid('give one of --env and --latest');
  if (environment !== undefined) return findEnvironment(world, placeOf(text), environment);
  if (!isLatest) return text;
  const { host, repository } = placeOf(text);
  return findLatest(world, { host, repository });
}

async function listRows(
  world: CliWorld,
  report: Report,
  options: SubjectOptions,
): Promise<readonly QuickviewRow[]> {
  const rows: QuickviewRow[] = [
    { kind: 'target', reference: report.subject.reference, ...countKnown(report) },
  ];
  if (report.subject.config === undefined) return rows;
  const { baseReport, list } = await findRecommendations(world, report, {
    ...(options.isQuiet === undefined ? {} : { isQuiet: options.isQuiet }),
  });
  if (baseReport === undefined) return rows;
  const { reference } = baseReport.subject;
  rows.push({ kind: 'base', reference, ...countKnown(baseReport) });
  const refreshed = list.find(({ kind }) => kind === 'refresh');
  const updated = list.find(({ kind }) => kind !== 'refresh');
  if (refreshed !== undefined) rows.push({ kind: 'refreshed', ...otherBase(refreshed) });
  if (updated !== undefined) rows.push({ kind: 'updated', ...otherBase(updated) });
  return rows;
}

function otherBase({ reference, comparison }: Recommendation): Omit<QuickviewRow, 'kind'> {
  const { findings, judged, packages } = comparison.after;
  return { reference, findings, judged, packages };
}
