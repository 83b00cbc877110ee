// Pulling a published store: a delta where one leads from the present store to it, else the full pack. A wrong
// delta costs its bytes, nothing else: the full pack is taken instead, and the result says so. The present
// store changes only by a pack that was read to its end, whose digest and fingerprint were right.

import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { advisoryErrors } from '../../io/advisories/errors.ts';
import { fingerprintStore } from '../../io/advisories/fingerprint.ts';
import { readPack } from '../../io/advisories/pack.ts';
import type { AdvisoryShelf, AdvisoryStore, FeedRow } from '../../io/advisories/store.ts';
import { type PackBase, takePack } from '../../io/advisories/unpack.ts';
import type { ImageSource } from '../../io/images/source.ts';
import { verifiedBytes } from '../../io/images/verify.ts';
import type { ByteStream } from '../../kit/bytes.ts';
import { type Clock, formatInstant } from '../../kit/clock.ts';
import { isPlimsollError, type PlimsollError } from '../../kit/error.ts';
import { type AdvisoryArtifact, readArtifact } from './artifact.ts';
import { checkNotOlder } from './older.ts';
import { checkRecord } from './record-check.ts';

export interface PullRequest {
  readonly shelf: AdvisoryShelf;
  readonly source: ImageSource;
  readonly clock: Clock;
  /** Takes an older store too. */
  readonly isForced?: boolean;
  readonly onProgress?: (progress: PullProgress) => void;
  /** Aborting keeps the present store and throws the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface PullProgress {
  readonly kind: 'full' | 'delta';
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface PullResult {
  /** `present`: the store here is the published one already. */
  readonly kind: 'present' | 'delta' | 'full';
  readonly fingerprint: string;
  /** Of the store as it now is. */
  readonly feeds: readonly FeedRow[];
  /** What came, the manifest and a delta that was no good included. */
  readonly bytes: number;
  /** Why a delta that was there was not taken. */
  readonly refusedDelta?: PlimsollError;
  /** Feeds that were here and are not in the published store. */
  readonly goneFeeds: readonly string[];
}

interface Present extends PackBase, AsyncDisposable {
  readonly feeds: readonly FeedRow[];
}

/** A publisher's clock may be this much ahead. */
const AHEAD_MS = 24 * 60 * 60 * 1000;

/**
 * Makes the published store the present one. Throws `advisories.artifact_foreign`, `advisories.pack_damaged`,
 * `advisories.older`, `advisories.folder_unusable`, and the source's errors.
 */
export async function pullAdvisories(request: PullRequest): Promise<PullResult> {
  const artifact = await readArtifact(request.source);
  await using present = await openPresent(request.shelf);
  const { fingerprint, manifestBytes } = artifact;
  if (present?.fingerprint === fingerprint)
    return { kind: 'present', fingerprint, feeds: present.feeds, bytes: manifestBytes, goneFeeds: [] };
  const took = await takeEither(request, artifact, present);
  const names = new Set(took.feeds.map(({ feed }) => feed));
  const goneFeeds = (present?.feeds ?? []).map(({ feed }) => feed).filter((feed) => !names.has(feed));
  return { ...took, fingerprint, bytes: manifestBytes + took.bytes, goneFeeds };
}

/** The present store as a base; undefined where there is none, or where it is damaged and is to be mended. */
async function openPresent(shelf: AdvisoryShelf): Promise<Present | undefined> {
  let store: AdvisoryStore | undefined;
  try {
    store = await shelf.open();
    const opened = store;
    const fingerprint = await fingerprintStore(opened);
    return {
      store: opened,
      feeds: opened.feeds(),
      fingerprint,
      [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
    };
  } catch (error) {
    await store?.[Symbol.asyncDispose]();
    if (isPlimsollError(error, { code: advisoryErrors.store_damaged.code })) return undefined;
    throw error;
  }
}

type Took = Pick<PullResult, 'kind' | 'feeds' | 'bytes' | 'refusedDelta'>;

async function takeEither(
  request: PullRequest,
  artifact: AdvisoryArtifact,
  present: Present | undefined,
): Promise<Took> {
  const delta = artifact.deltas.find(({ from }) => from === present?.fingerprint);
  if (delta === undefined) return take(request, artifact, 'full', artifact.full, present);
  const spent = { bytes: 0 };
  try {
    return await take(request, artifact, 'delta', delta.layer, present, spent);
  } catch (error) {
    // What is wrong or gone; a broken network or a full disk would meet the full pack just as well.
    const isWrong =
      isPlimsollError(error, { kind: 'untrusted' }) || isPlimsollError(error, { kind: 'missing' });
    if (!isWrong || request.signal?.aborted) throw error;
    const took = await take(request, artifact, 'full', artifact.full, present, spent);
    return { ...took, refusedDelta: error };
  }
}

async function take(
  request: PullRequest,
  artifact: AdvisoryArtifact,
  kind: 'full' | 'delta',
  layer: Descriptor,
  present: Present | undefined,
  spent = { bytes: 0 },
): Promise<Took> {
  const { source, shelf } = request;
  const bytes = counted(request, kind, layer, verifiedBytes(await source.blob(layer), layer), spent);
  await using pack = await readPack(bytes, { checkRow: checkRecord });
  if (pack.to !== artifact.fingerprint)
    throw advisoryErrors.pack_damaged(
      `the pack of ${source.name} holds another store than its manifest says`,
    );
  checkTimes(source.name, pack.feeds, request.clock);
  if (request.isForced !== true && present !== undefined)
    checkNotOlder({ name: source.name, feeds: pack.feeds }, { name: 'the store here', feeds: present.feeds });
  await takePack(shelf, pack, kind === 'delta' ? present : undefined);
  return { kind, feeds: pack.feeds, bytes: spent.bytes };
}

async function* counted(
  { onProgress, signal }: PullRequest,
  kind: 'full' | 'delta',
  layer: Descriptor,
  source: ByteStream,
  spent: { bytes: number },
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source) {
    signal?.throwIfAborted();
    bytes += chunk.byteLength;
    spent.bytes += chunk.byteLength;
    onProgress?.({ kind, bytes, totalBytes: layer.sizeBytes });
    yield chunk;
  }
}

/** A time to come would never look old, and would shut out every honest store until then. */
function checkTimes(name: string, feeds: readonly FeedRow[], clock: Clock): void {
  const early = feeds.find(({ refreshedAt }) => refreshedAt > clock.now() + AHEAD_MS);
  if (early === undefined) return;
  throw advisoryErrors.pack_damaged(
    `${name} says that feed ${early.feed} was refreshed at ${formatInstant(early.refreshedAt)}, which is yet to come`,
  );
}
