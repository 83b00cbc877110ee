// `plimsoll keys`: how old every key, certificate and token of an instance is, when it was last used, and what renews
// it. What is overdue ends with 2; what is unknown is said, and never counted as fine.
import { type KeyReportAnswer, keyReport } from '../../http/contract-key.ts';
import { type CliCommand, type CommandInput, isSet } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { callApi } from '../instance.ts';
import { defineOutput, readOutput, writeOutput } from '../output.ts';
import { printable } from '../printable.ts';
import { age } from '../report/text.ts';
import { formatTable } from '../table.ts';
import type { CliWorld, Sink } from '../world.ts';

const formats = ['table', 'json'] as const;

export const keysCommand: CliCommand = {
  define(command) {
    defineOutput(command, formats)
      .option('--host <host>', 'the instance; PLIMSOLL_INSTANCE where absent')
      .option('--due', 'leave out what is fine')
      .addHelpText(
        'after',
        '\nExit code 2: something is overdue. For administrators.\n' +
          '\nExamples:\n  plimsoll keys --host images.example.org\n' +
          '  plimsoll keys --due --format json --host images.example.org',
      );
  },
  run: showKeys,
};

async function showKeys(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const output = readOutput(input, formats);
  const report = keyReport.parse(await callApi(world, input, { path: '/api/v1/keys' }));
  const keys = isSet(input, 'due') ? report.keys.filter(({ state }) => state !== 'fine') : report.keys;
  const shown = { ...report, keys };
  await writeOutput(world, output, (format, sink) =>
    format === 'json'
      ? `${JSON.stringify(shown, undefined, 2)}\n`
      : formatKeys(shown, world.clock.now(), sink),
  );
  return report.counts.overdue > 0 ? exitCodes.no : exitCodes.yes;
}

function formatKeys({ keys, counts }: KeyReportAnswer, now: number, sink: Sink): string {
  const rows = keys.map(({ state, purpose, name, madeAt, lastUsedAt, dueAt }) => [
    state,
    purpose,
    printable(name),
    madeAt === undefined ? 'age unknown' : `${ago(madeAt, now)} old`,
    lastUsedAt === undefined ? 'no use noted' : `used ${ago(lastUsedAt, now)} ago`,
    dueAt === undefined ? 'no end known' : `by ${dueAt.slice(0, 10)}`,
  ]);
  const columns = [{}, {}, { isFlexible: true }, {}, {}, {}];
  const { overdue, due, unknown, fine } = counts;
  return [
    ...formatTable(rows, columns, sink.isTty ? sink.columns : Number.POSITIVE_INFINITY),
    ...keys.filter(({ state }) => state !== 'fine').flatMap(sayWhatToDo),
    `${overdue} overdue, ${due} due, ${unknown} unknown, ${fine} fine`,
    '',
  ].join('\n');
}

function sayWhatToDo({ state, purpose, name, why, renewal }: KeyReportAnswer['keys'][number]) {
  const reason = why === undefined ? '' : ` (${why})`;
  return [printable(`${state}: ${purpose} ${name}${reason}`), printable(`  ${renewal}`)];
}

function ago(instant: string, now: number): string {
  return age(Math.max(0, now - Date.parse(instant)));
}
