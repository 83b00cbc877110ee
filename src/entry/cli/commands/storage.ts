// `plimsoll storage [ACTION]`: what an instance stores and what of it is needed, what is damaged and what was repaired;
// and collecting, checking, scrubbing and repairing now. What takes time runs at the instance and is asked about again.
// For administrators of the instance, with the login that docker keeps for it.
import { formatSize } from '../../../kit/bytes.ts';
import { damageReport } from '../../http/contract-damage.ts';
import {
  collectableList,
  queuedJob,
  type StorageStatus,
  storageStatus,
} from '../../http/contract-storage.ts';
import { type CliCommand, type CommandInput, isSet } from '../command.ts';
import { formatDamage } from '../damage.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { callApi } from '../instance.ts';
import { checkChoice } from '../option.ts';
import { defineOutput, readOutput, writeOutput } from '../output.ts';
import { formatTable } from '../table.ts';
import type { CliWorld, Sink } from '../world.ts';

const formats = ['table', 'json'] as const;
const actions = ['show', 'damage', 'collect', 'check', 'scrub', 'repair'] as const;

export const storageCommand: CliCommand = {
  define(command) {
    defineOutput(command, formats)
      .argument(
        '[action]',
        'show; damage: what is damaged and which images it hits; collect: remove what has not been needed for the grace; check: every row against its file; scrub: prove every byte; repair: ask the mirrors',
        'show',
      )
      .argument('[digest]', 'repair: this blob alone')
      .option('--host <host>', 'the instance; PLIMSOLL_INSTANCE where absent')
      .option('--dry-run', 'collect: list what would go, and when; nothing is removed')
      .option('--repaired', 'damage: what was repaired, when and from where')
      .option('--exit-code', 'damage: exit with 2 where anything is damaged')
      .addHelpText(
        'after',
        '\nExamples:\n  plimsoll storage --instance https://images.example.org\n' +
          '  plimsoll storage collect --dry-run --instance https://images.example.org\n' +
          '  plimsoll storage damage --instance https://images.example.org\n' +
          '  plimsoll storage repair --instance https://images.example.org',
      );
  },
  async run(world, input) {
    const action = checkChoice('the action', input.args[0] ?? 'show', actions);
    if (action === 'show') return show(world, input);
    if (action === 'damage') return showDamage(world, input);
    if (action === 'collect') return isSet(input, 'dryRun') ? preview(world, input) : collect(world, input);
    return start(world, input, action);
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

/** What each action asks for, and what is said of it. */
const STARTS = Object.freeze({
  check: ['checks', 'The instance checks now; `plimsoll storage` says what it came to.'],
  scrub: [
    'scrubs',
    'The instance proves every byte now, which may take hours; `plimsoll storage` says how it went.',
  ],
  repair: ['repairs', 'The instance asks its mirrors now; `plimsoll storage damage` says what it came to.'],
} as const);

async function start(world: CliWorld, input: CommandInput, action: keyof typeof STARTS): Promise<ExitCode> {
  const [place, said] = STARTS[action];
  const digest = input.args[1];
  const body = action === 'repair' ? { body: digest === undefined ? {} : { digest } } : {};
  queuedJob.parse(await callApi(world, input, { method: 'POST', path: `/api/v1/storage/${place}`, ...body }));
  world.stderr.write(`${said}\n`);
  return exitCodes.yes;
}

async function showDamage(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const output = readOutput(input, formats);
  const isRepaired = isSet(input, 'repaired');
  const path = `/api/v1/storage/damage?limit=100&state=${isRepaired ? 'repaired' : 'damaged'}`;
  const report = damageReport.parse(await callApi(world, input, { path }));
  await writeOutput(world, output, (format) =>
    format === 'json' ? `${JSON.stringify(report, undefined, 2)}\n` : formatDamage(report, isRepaired),
  );
  if (!isRepaired && report.total > 0 && isSet(input, 'exitCode')) return exitCodes.no;
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
    ['disk', formatDisk(status.disk)],
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

function formatDisk(disk: StorageStatus['disk']): string {
  if (disk.kind === 'unknown') return `unknown: ${disk.why}`;
  const { freeBytes, totalBytes, reserveBytes, isLow } = disk;
  const said = `${formatSize(freeBytes)} free of ${formatSize(totalBytes)}; ${formatSize(reserveBytes)} are kept`;
  return isLow ? `${said}: pushes are refused` : said;
}

function formatSpan(seconds: number): string {
  const hours = seconds / 3600;
  if (hours >= 48) return `${Math.round(hours / 24)} days`;
  return hours >= 1 ? `${Math.round(hours)} h` : `${Math.max(1, Math.round(seconds / 60))} min`;
}

function lines(text: readonly string[]): string {
  return text.map((line) => `${line}\n`).join('');
}
