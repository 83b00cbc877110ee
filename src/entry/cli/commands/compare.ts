// `plimsoll compare IMAGE --to OTHER`: what a change does to an image, for images anywhere, in the words and with
// the switches that Docker Scout's users know. IMAGE is what the change would ship, OTHER what there was.
import { compareImages } from '../../../engines/compare/compare.ts';
import type { Comparison } from '../../../engines/compare/comparison.ts';
import { createFindingTest } from '../../../engines/compare/filter.ts';
import { gates, judgeGates } from '../../../engines/compare/gate.ts';
import type { Report } from '../../../services/hub/report.ts';
import { argument, type CliCommand, type CommandInput, isSet, textOption } from '../command.ts';
import { findCounterpart } from '../counterpart.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { defineFilter, readFilter, readList } from '../filter-option.ts';
import { checkChoice } from '../option.ts';
import { defineOutput, readOutput, writeOutput } from '../output.ts';
import { formatComparisonMarkdown } from '../report/comparison-markdown.ts';
import { formatComparisonText } from '../report/comparison-text.ts';
import { formatReportSarif } from '../report/sarif.ts';
import { outcomeMark } from '../style.ts';
import { inspectSubject } from '../subject.ts';
import { defineSubject, placeOf, readSubjectOptions } from '../subject-option.ts';
import type { CliWorld, Sink } from '../world.ts';

const formats = ['text', 'markdown', 'json', 'sarif'] as const;

export const compareCommand: CliCommand = {
  define(command) {
    defineSubject(command.argument('<image>', 'what the change would ship'))
      .option('--to <image>', 'what to compare with: an image, a folder or an SBOM, anywhere')
      .option('--to-latest', 'the tag latest of the same repository, else its highest version')
      .option('--to-env <name>', 'what is recorded to run in this environment')
      .option('--to-ref <reference>', 'which image of the archive that --to names')
      .option('-x, --exit-on <list>', `exit with 2 where this got worse: ${gates.join(', ')}`)
      .option('--ignore-unchanged', 'leave out what is the same in both')
      .option('--hide-policies', 'leave the policies out of the output');
    defineFilter(defineOutput(command, formats)).addHelpText(
      'after',
      '\nExamples:\n  plimsoll compare local://app:pr --to registry.example.org/app:latest\n' +
        '  plimsoll compare --format markdown --exit-on policy archive://pr.tar --to archive://main.tar\n' +
        '  plimsoll compare --to-env production registry.example.org/app:1.4.0-rc.1',
    );
  },
  async run(world, input) {
    const output = readOutput(input, formats);
    const wanted = (readList(input, 'exitOn') ?? []).map((gate) => checkChoice('--exit-on', gate, gates));
    const filter = readFilter(input);
    const text = argument(input, 0);
    const options = { ...(await readSubjectOptions(world, input)), askedBases: new Map() };
    const to = await findCounterpart(world, input, () => placeOf(text));
    const toRef = textOption(input, 'toRef');
    const { ref: _, ...shared } = options;
    const before = await inspectSubject(world, to, {
      ...shared,
      ...(toRef === undefined ? {} : { ref: toRef }),
    });
    const after = await inspectSubject(world, text, options);
    const comparison = compareImages(before, after, { filter, now: world.clock.now() });
    await writeOutput(world, output, (format, sink) =>
      formatComparison(format, comparison, after, input, world, sink),
    );
    return judge(world, judgeGates(comparison, wanted));
  },
};

function formatComparison(
  format: (typeof formats)[number],
  comparison: Comparison,
  after: Report,
  input: CommandInput,
  world: CliWorld,
  sink: Sink,
): string {
  const isPolicyHidden = isSet(input, 'hidePolicies');
  const isUnchangedHidden = isSet(input, 'ignoreUnchanged');
  switch (format) {
    case 'text':
      return formatComparisonText(comparison, sink, { isPolicyHidden, isUnchangedHidden });
    case 'markdown':
      return formatComparisonMarkdown(comparison, { isPolicyHidden, isUnchangedHidden });
    case 'json':
      return `${JSON.stringify(comparison, undefined, 2)}\n`;
    case 'sarif':
      return formatReportSarif(after, world.version, baseline(comparison, after, isUnchangedHidden));
  }
}

/** SARIF 2.1.0 §3.27.24: which results are new against the other image. */
function baseline(comparison: Comparison, after: Report, isUnchangedHidden: boolean) {
  const isNew = new Set(
    comparison.findings.introduced.map(({ id, type, name }) => `${id}\n${type}\n${name}`),
  );
  const test =
    comparison.filter === undefined ? undefined : createFindingTest(comparison.filter, after.lineage);
  const stateOf = (finding: Report['matching']['findings'][number]) =>
    isNew.has(`${finding.id}\n${finding.package.type}\n${finding.package.name}`) ? 'new' : 'unchanged';
  return {
    isShown: (finding: Report['matching']['findings'][number]) =>
      (test?.(finding) ?? true) && (!isUnchangedHidden || stateOf(finding) === 'new'),
    stateOf,
  };
}

function judge(world: CliWorld, noes: readonly string[]): ExitCode {
  for (const no of noes) world.stderr.write(`${outcomeMark(world.stderr, 'fail')} --exit-on: ${no}\n`);
  return noes.length === 0 ? exitCodes.yes : exitCodes.no;
}
