// `plimsoll storage [collect]`: what an instance stores and what of it is needed; and collecting now, or what that
// would remove. For administrators of the instance, with the login that docker keeps for it.
import { formatSize } from '../../../kit/bytes.ts';
import {
  collectableList,
  queuedJob,
  type StorageStatus,
  storageStatus,
} from '../../http/contract-storage.ts';
import { type CliCommand, type CommandInput, isSet } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { callApi } from '../instance.ts';
import { checkChoice } from '../option.ts';
import { defineOutput, readOutput, writeOutput } from '../output.ts';
import { formatTable } from '../table.ts';
import type { CliWorld, Sink } from '../world.ts';

const formats = ['table', 'json'] as const;

export const storageCommand: CliCommand = {
  define(command) {
    defineOutput(command, formats)
      .argument('[action]', 'show, or collect: remove what has not been needed for the grace', 'show')
      .option('--host <host>', 'the instance; PLIMSOLL_INSTANCE where absent')
      .option('--dry-run', 'collect: list what would go, and when; nothing is removed')
      .addHelpText(
        'after',
        '\nExamples:\n  plimsoll storage --instance https://images.example.org\n' +
          '  plimsoll storage collect --dry-run --instance https://images.example.org',
      );
  },
  async run(world, input) {
    const action = checkChoice('the action', input.args[0] ?? 'show', ['show', 'collect'] as const);
    if (action === 'show') return show(world, input);
    return isSet(input, 'dryRun') ? preview(world, input) : collect(world, input);
  },
};

async function show(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const output = readOutput(input, formats);
  const status = storageStatus.parse(await callApi(world, input, { path: '/api/v1/storage' }));
  await writeOutput(world, output, (format, sink) =>
    format === 'json' ? `${JSON.stringify(status, undefined, 2)}\n` : formatStatus(status, sink),
  );
  return exitCodes.yes;
}

async function preview(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const output = readOutput(input, formats);
  const path = '/api/v1/storage/collectable?limit=10000';
  const { blobs } = collectableList.parse(await callApi(world, input, { path }));
  const bytes = blobs.reduce((sum, blob) => sum + blob.sizeBytes, 0);
  await writeOutput(world, output, (format, sink) =>
    format === 'json'
      ? `${JSON.stringify(blobs, undefined, 2)}\n`
      : lines(
          formatTable(
            blobs.map(({ digest, sizeBytes, leftSeconds }) => [
              digest,
              formatSize(sizeBytes),
              leftSeconds === 0 ? 'with the next run' : `in ${formatSpan(leftSeconds)}`,
            ]),
            [{}, { align: 'right' }, {}],
            sink.columns,
          ),
        ),
  );
  world.stderr.write(`${blobs.length} blobs, ${formatSize(bytes)}; nothing was removed.\n`);
  return exitCodes.yes;
}

async function collect(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  queuedJob.parse(await callApi(world, input, { method: 'POST', path: '/api/v1/storage/collections' }));
  world.stderr.write('The instance collects now; `plimsoll storage` says what it came to.\n');
  return exitCodes.yes;
}

function formatStatus(status: StorageStatus, sink: Sink): string {
  const { shown, collectable, damaged, trash, lastCollection, lastCheck, lastScrub } = status;
  const amount = ({ blobs, bytes }: typeof shown): string => `${blobs} blobs, ${formatSize(bytes)}`;
  const rows = [
    ['stored', amount(shown)],
    ['collectable', `${amount(collectable)}; ${status.unusedLinks} unused links`],
    ['can be undeleted', `${trash.manifests} manifests, ${trash.tags} tags`],
    ['damaged', amount(damaged)],
    ['grace', formatSpan(status.graceSeconds)],
    ['proven since', status.provenSince ?? 'nothing is stored'],
    [
      'last collection',
      lastCollection === undefined
        ? 'none yet'
        : `${lastCollection.endedAt}: removed ${lastCollection.blobsRemoved} blobs, ${formatSize(lastCollection.bytesRemoved)}`,
    ],
    ...(lastCollection?.aside ?? []).map(({ repository, why }) => ['set aside', `${repository}: ${why}`]),
    [
      'last check',
      lastCheck === undefined
        ? 'none yet'
        : `${lastCheck.endedAt}: shown ${amount(lastCheck.shown)}; on disk ${amount(lastCheck.stored)}; ${lastCheck.damaged} lost, ${lastCheck.stray.blobs} stray`,
    ],
    [
      'last scrub',
      lastScrub === undefined
        ? 'none yet'
        : `${lastScrub.endedAt}: proved ${lastScrub.blobs} blobs, ${lastScrub.damaged} damaged, ${lastScrub.unreadable} unreadable`,
    ],
  ];
  return lines(formatTable(rows, [{}, { isFlexible: true }], sink.isTty ? sink.columns : Infinity));
}

function formatSpan(seconds: number): string {
  const hours = seconds / 3600;
  if (hours >= 48) return `${Math.round(hours / 24)} days`;
  return hours >= 1 ? `${Math.round(hours)} h` : `${Math.max(1, Math.round(seconds / 60))} min`;
}

function lines(text: readonly string[]): string {
  return text.map((line) => `${line}\n`).join('');
}
