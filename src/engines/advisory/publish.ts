// Publishing a store: the full pack, and deltas that lead to it from the stores published before under the
// same name. The newest delta is the difference to the previous full pack, which is read again from where it
// was published; older ones are joined with it. Each is kept only where it saves more than half.

import { Readable } from 'node:stream';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { composeEntries, diffBlocks } from '../../io/advisories/delta.ts';
import { advisoryErrors } from '../../io/advisories/errors.ts';
import { fingerprintStore } from '../../io/advisories/fingerprint.ts';
import {
  formatPack,
  type PackEntry,
  type PackHead,
  type ReadPack,
  readPack,
} from '../../io/advisories/pack.ts';
import type { AdvisoryBlock, AdvisoryStore, FeedRow } from '../../io/advisories/store.ts';
import { unpackBlocks } from '../../io/advisories/unpack.ts';
import type { ImageSource, ImageTarget } from '../../io/images/source.ts';
import { verifiedBytes } from '../../io/images/verify.ts';
import { collectBytes } from '../../kit/bytes.ts';
import type { Clock } from '../../kit/clock.ts';
import { isPlimsollError, type PlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import {
  type AdvisoryArtifact,
  type ArtifactDelta,
  deltaType,
  emptyConfig,
  formatArtifact,
  packType,
  readArtifact,
} from './artifact.ts';
import { checkNotOlder } from './older.ts';

export interface PublishRequest {
  readonly store: AdvisoryStore;
  readonly target: ImageTarget;
  /** What stands under the target's name now; where it does not exist yet, its `root` is a missing one. */
  readonly previous?: ImageSource;
  readonly clock: Clock;
  /** Takes the place of a newer store too. */
  readonly isForced?: boolean;
  readonly onProgress?: (progress: PublishProgress) => void;
  readonly signal?: AbortSignal;
}

export type PublishProgress =
  | { readonly kind: 'packing'; readonly blocks: number }
  | { readonly kind: 'comparing'; readonly blocks: number }
  | { readonly kind: 'written'; readonly what: 'full' | 'delta'; readonly bytes: number };

export interface PublishResult {
  /** `present`: the same store is published there already. */
  readonly kind: 'present' | 'published';
  /** Of the manifest. */
  readonly digest: Digest;
  readonly fingerprint: string;
  readonly feeds: readonly FeedRow[];
  readonly fullBytes: number;
  readonly deltaBytes: readonly number[];
  /** What stood there before, where it was another one. */
  readonly previous?: Digest;
  /** Why there is no delta from what was published before. */
  readonly refusedPrevious?: PlimsollError;
}

/** Daily refreshes: who pulls once a week finds a delta. */
const MOST_DELTAS = 8;
/** A delta must be smaller than this share of the full pack: one that saves less is not worth its place. */
const DELTA_SHARE = 0.5;
/** How often packing is told, in blocks: some tens of times a second. */
const TELL_EVERY = 2_000;

/**
 * Publishes. Throws `advisories.nothing_to_publish`, `advisories.older` where what stands there is newer,
 * `advisories.artifact_foreign` where it is something else or the target holds no artifacts, and the errors of
 * both places.
 */
export async function publishAdvisories(request: PublishRequest): Promise<PublishResult> {
  const { store, target, clock } = request;
  const feeds = store.feeds();
  if (feeds.length === 0) throw advisoryErrors.nothing_to_publish('no feed was ever refreshed here');
  if (target.holdsOneImage === true)
    throw advisoryErrors.artifact_foreign(
      `${target.name} holds images alone; take an oci-archive or a layout`,
    );
  const fingerprint = await fingerprintStore(store);
  const before = await readPrevious(request.previous);
  const known = { fingerprint, feeds };
  if (before?.artifact.fingerprint === fingerprint) return describePresent(before.artifact, known);
  const unreadable = before === undefined ? undefined : await checkPrevious(request, before);
  const head: PackHead = { to: fingerprint, feeds };
  const pack = formatPack(head, toldEntries(request, 'packing', store.blocks()));
  const fullBytes = await collect(pack);
  const full = await put(request, 'full', fullBytes, packType);
  const made: MadeDeltas =
    before === undefined || unreadable !== undefined
      ? { deltas: [], refused: unreadable }
      : await makeDeltas(request, head, full.sizeBytes, before);
  await put(request, undefined, emptyConfig.bytes, emptyConfig.descriptor.mediaType);
  const manifest = formatArtifact({ ...known, full, deltas: made.deltas, createdAt: clock.now() });
  await target.putManifest(manifest, true);
  await target.finish();
  return {
    kind: 'published',
    digest: manifest.descriptor.digest,
    ...known,
    fullBytes: full.sizeBytes,
    deltaBytes: made.deltas.map(({ layer }) => layer.sizeBytes),
    ...(before === undefined ? {} : { previous: before.artifact.digest }),
    ...(made.refused === undefined ? {} : { refusedPrevious: made.refused }),
  };
}

interface Previous {
  readonly source: ImageSource;
  readonly artifact: AdvisoryArtifact;
}

async function readPrevious(source: ImageSource | undefined): Promise<Previous | undefined> {
  if (source === undefined) return undefined;
  try {
    return { source, artifact: await readArtifact(source) };
  } catch (error) {
    // A damaged one is what publishing mends; something else under that name is not ours to replace.
    if (isWrong(error)) return undefined;
    throw error;
  }
}

/** `advisories.older` where it is newer than the store here; why it cannot be read, where it cannot. */
async function checkPrevious(
  { store, isForced }: PublishRequest,
  { source, artifact }: Previous,
): Promise<PlimsollError | undefined> {
  try {
    await using pack = await openPack(source, artifact.full);
    if (isForced !== true)
      checkNotOlder(
        { name: 'the store here', feeds: store.feeds() },
        { name: source.name, feeds: pack.feeds },
      );
    return undefined;
  } catch (error) {
    if (isWrong(error)) return error;
    throw error;
  }
}

function describePresent(
  artifact: AdvisoryArtifact,
  known: { readonly fingerprint: string; readonly feeds: readonly FeedRow[] },
): PublishResult {
  return {
    kind: 'present',
    digest: artifact.digest,
    ...known,
    fullBytes: artifact.full.sizeBytes,
    deltaBytes: artifact.deltas.map(({ layer }) => layer.sizeBytes),
  };
}

interface MadeDeltas {
  readonly deltas: readonly ArtifactDelta[];
  readonly refused?: PlimsollError | undefined;
}

/** The delta from the previous store, then from those before it. */
async function makeDeltas(
  request: PublishRequest,
  head: PackHead,
  fullBytes: number,
  { source, artifact }: Previous,
): Promise<MadeDeltas> {
  const isSmall = (bytes: Uint8Array): boolean => bytes.byteLength < fullBytes * DELTA_SHARE;
  const from = artifact.fingerprint;
  let step: Uint8Array;
  try {
    await using pack = await openPack(source, artifact.full);
    const older = told(request, 'comparing', unpackBlocks(pack));
    step = await collect(formatPack({ ...head, from }, diffBlocks(older, request.store.blocks())));
  } catch (error) {
    if (isWrong(error)) return { deltas: [], refused: error };
    throw error;
  }
  if (!isSmall(step)) return { deltas: [] };
  const deltas = [{ from, layer: await put(request, 'delta', step, deltaType) }];
  for (const earlier of artifact.deltas) {
    if (deltas.length === MOST_DELTAS) break;
    // A store that came back: nobody needs a way from what is being published.
    if (earlier.from === head.to) continue;
    const joined = await joinDeltas(source, earlier, step, { ...head, from: earlier.from }, from);
    if (joined !== undefined && isSmall(joined))
      deltas.push({ from: earlier.from, layer: await put(request, 'delta', joined, deltaType) });
  }
  return { deltas };
}

/** The delta from before the previous store to the new one; undefined where the earlier one is damaged or gone. */
async function joinDeltas(
  source: ImageSource,
  earlier: ArtifactDelta,
  step: Uint8Array,
  head: PackHead,
  between: string,
): Promise<Uint8Array | undefined> {
  try {
    await using first = await openPack(source, earlier.layer);
    if (first.from !== earlier.from || first.to !== between) return undefined;
    await using second = await readPack(once(step));
    return await collect(formatPack(head, composeEntries(first.entries, second.entries)));
  } catch (error) {
    if (isWrong(error)) return undefined;
    throw error;
  }
}

async function openPack(source: ImageSource, layer: Descriptor): Promise<ReadPack> {
  return readPack(verifiedBytes(await source.blob(layer), layer));
}

async function put(
  { target, onProgress, signal }: PublishRequest,
  what: 'full' | 'delta' | undefined,
  bytes: Uint8Array,
  mediaType: string,
): Promise<Descriptor> {
  signal?.throwIfAborted();
  const layer = { mediaType, digest: digestOf(bytes), sizeBytes: bytes.byteLength };
  if (!(await target.hasBlob(layer)))
    await target.putBlob(layer, async () => Readable.from([bytes], { objectMode: false }));
  if (what !== undefined) onProgress?.({ kind: 'written', what, bytes: bytes.byteLength });
  return layer;
}

async function* toldEntries(
  request: PublishRequest,
  kind: 'packing',
  blocks: Iterable<AdvisoryBlock>,
): AsyncGenerator<PackEntry> {
  for await (const block of told(request, kind, blocks)) yield { kind: 'block', block };
}

async function* told(
  { onProgress, signal }: PublishRequest,
  kind: 'packing' | 'comparing',
  blocks: AsyncIterable<AdvisoryBlock> | Iterable<AdvisoryBlock>,
): AsyncGenerator<AdvisoryBlock> {
  let count = 0;
  for await (const block of blocks) {
    yield block;
    count += 1;
    if (count % TELL_EVERY > 0) continue;
    signal?.throwIfAborted();
    onProgress?.({ kind, blocks: count });
  }
}

/** What is damaged or gone where it was published. */
function isWrong(error: unknown): error is PlimsollError {
  return isPlimsollError(error, { kind: 'untrusted' }) || isPlimsollError(error, { kind: 'missing' });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function collect(pack: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return collectBytes(pack, limits.advisoryPackBytes, advisoryErrors.pack_damaged);
}
