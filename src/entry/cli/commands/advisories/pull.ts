// `plimsoll advisories pull REFERENCE`: makes a published store the one here, by a delta where one leads to it. The
// store's fingerprint goes to standard output: it names what was judged by, whatever place it came from.
import { spanFeeds } from '../../../../engines/advisory/artifact.ts';
import { type PullResult, pullAdvisories } from '../../../../engines/advisory/pull.ts';
import { formatReference } from '../../../../formats/oci/reference.ts';
import { advisoryErrors } from '../../../../io/advisories/errors.ts';
import type { FeedRow } from '../../../../io/advisories/store.ts';
import { formatSize } from '../../../../kit/bytes.ts';
import { type CommandInput, isSet, textOption } from '../../command.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import { checkAge } from '../../option.ts';
import { printable } from '../../printable.ts';
import { createProgress } from '../../progress.ts';
import { age, plural } from '../../report/text.ts';
import type { CliWorld } from '../../world.ts';
import { readPlace } from './place.ts';

export async function pullStore(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const reference = readPlace(input);
  const maxAge = textOption(input, 'maxAge');
  const maxAgeMs = maxAge === undefined ? undefined : checkAge('--max-age', maxAge);
  const isQuiet = isSet(input, 'quiet');
  await using source = await world.openSource(reference);
  using progress = createProgress(world.stderr, world.clock, isQuiet);
  const result = await pullAdvisories({
    shelf: world.advisories,
    source,
    clock: world.clock,
    signal: world.signal,
    isForced: isSet(input, 'force'),
    onProgress: ({ kind, bytes, totalBytes }) => progress.update(LABELS[kind], bytes, totalBytes, 'bytes'),
  });
  progress[Symbol.dispose]();
  const now = world.clock.now();
  if (!isQuiet) world.stderr.write(`${describeResult(result, formatReference(reference), now)}\n`);
  for (const line of listWarnings(result)) world.stderr.write(`${printable(line)}\n`);
  if (maxAgeMs !== undefined) checkFeedAges(result.feeds, maxAgeMs, now);
  world.stdout.write(`${result.fingerprint}\n`);
  return exitCodes.yes;
}

const LABELS = { full: 'full pack', delta: 'delta' };

function describeResult({ kind, bytes, feeds }: PullResult, place: string, now: number): string {
  const { oldestAt = now, records } = spanFeeds(feeds);
  const store = `${plural(feeds.length, 'feed')}, ${plural(records, 'record')}, the oldest feed ${age(now - oldestAt)} old`;
  if (kind === 'present') return `The store here is the one of ${place}: ${store}`;
  return `Pulled from ${place}, ${kind === 'delta' ? 'a delta' : 'whole'}, ${formatSize(bytes)}: ${store}`;
}

/** Said even where progress is not wished for: somebody has to look after these. */
function listWarnings({ refusedDelta, goneFeeds }: PullResult): string[] {
  return [
    ...(refusedDelta === undefined
      ? []
      : [`The delta was no good, so all was pulled: ${refusedDelta.message} [${refusedDelta.code}]`]),
    ...(goneFeeds.length === 0
      ? []
      : [`The published store does not have what was here: ${goneFeeds.join(', ')}`]),
  ];
}

function checkFeedAges(feeds: readonly FeedRow[], maxAgeMs: number, now: number): void {
  const old = feeds.filter(({ refreshedAt }) => now - refreshedAt > maxAgeMs);
  if (old.length === 0) return;
  const list = old.map(({ feed, refreshedAt }) => `${feed} is ${age(now - refreshedAt)} old`);
  throw advisoryErrors.too_old(`--max-age allows ${age(maxAgeMs)}, but ${list.join(', ')}`);
}
