// Repairing damaged blobs from mirrors: each place that holds the same content by the settings is asked for the digest,
// until one gives it. What a mirror gives is believed by its digest alone; wrong bytes are dropped, told, and the next
// one is asked. Nobody who reads waits for any of this: the blob is missing until it is there again.
import type { Readable } from 'node:stream';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import { imageErrors } from '../../io/images/errors.ts';
import type { RawManifest } from '../../io/images/source.ts';
import type { ByteStream } from '../../kit/bytes.ts';
import { describeError, isPlimsollError, type PlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import type { Log } from '../../kit/log.ts';
import { registryErrors } from './errors.ts';
import { formatRepairPlace, listRepairPlaces, type RepairMirror, type RepairPlace } from './repair-mirror.ts';
import type { RepairPace } from './repair-pace.ts';
import { type Stored, storeBlob, storeManifest } from './repair-store.ts';
import type { Reserve } from './reserve.ts';
import { addTry, type DamagedBlob, type DamagedHome, findDamaged } from './rows/damage.ts';
import type { RegistryStores } from './stores.ts';

/** What is asked of another registry: as much of its client as is needed. */
export interface MirrorClient {
  readManifest(repository: string, reference: string): Promise<RawManifest>;
  readBlob(repository: string, descriptor: Descriptor): Promise<Readable>;
}

export type RepairOutcome =
  /** Not damaged, or no longer: a push was faster, or nothing needs it. */
  | { readonly kind: 'sound' }
  /** No mirror is named for a repository that holds it. */
  | { readonly kind: 'no-mirror' }
  /** Another try is under way. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'repaired'; readonly from: string }
  | { readonly kind: 'failed'; readonly why: string };

export interface Repairs {
  /** One try. What fails here and not at a mirror is thrown: `registry.storage_full`, `blobs.*`, `db.*`. */
  repair(digest: Digest, signal: AbortSignal): Promise<RepairOutcome>;
  /** Since the start. */
  readonly counts: {
    readonly repaired: number;
    /** Tries of a blob in which no mirror could give it. */
    readonly failed: number;
    /** Answers of mirrors that were not what they were asked for. */
    readonly refused: number;
  };
}

export interface RepairOptions {
  readonly mirrors: readonly RepairMirror[];
  /** A client of this registry; everything that it has under way ends with the signal. */
  readonly openMirror: (host: string, signal: AbortSignal) => MirrorClient;
  readonly pace: RepairPace;
  readonly reserve?: Pick<Reserve, 'check' | 'take'>;
  readonly log: Log;
}

type Stores = Pick<RegistryStores, 'database' | 'blobs' | 'gate' | 'clock' | 'random'>;

/** What a row and a log line can take; each mirror's own words are shorter. */
const WHY_CHARS = 1_000;

export function createRepairs(stores: Stores, options: RepairOptions): Repairs {
  const { database, clock } = stores;
  const { mirrors, log } = options;
  const busy = new Set<Digest>();
  let counts: Repairs['counts'] = { repaired: 0, failed: 0, refused: 0 };
  const count = (name: keyof Repairs['counts']): void => {
    counts = { ...counts, [name]: counts[name] + 1 };
  };

  async function tryAll(damaged: DamagedBlob, signal: AbortSignal): Promise<RepairOutcome> {
    const { digest, homes } = damaged;
    const places = listRepairPlaces(mirrors, homes);
    if (places.length === 0) return { kind: 'no-mirror' };
    const whys: string[] = [];
    for (const place of places) {
      const from = formatRepairPlace(place);
      try {
        if ((await fetchFrom(stores, options, damaged, place, signal)) === 'elsewhere')
          return { kind: 'sound' };
        count('repaired');
        log.notice('a damaged blob is repaired', { digest, from });
        return { kind: 'repaired', from };
      } catch (error) {
        signal.throwIfAborted();
        if (!isOfMirror(error)) throw error;
        if (error.kind === 'untrusted') count('refused');
        log.warn('a mirror could not repair a damaged blob', { digest, from, why: error.message });
        whys.push(`${from}: ${error.message}`);
      }
    }
    count('failed');
    const why = whys.join('; ').slice(0, WHY_CHARS);
    await database.transaction((query) => addTry(query, digest, why, clock.now()));
    return { kind: 'failed', why };
  }

  return {
    async repair(digest, signal) {
      if (busy.has(digest)) return { kind: 'busy' };
      busy.add(digest);
      try {
        const damaged = await findDamaged(database.query, digest);
        return damaged === undefined ? { kind: 'sound' } : await tryAll(damaged, signal);
      } finally {
        busy.delete(digest);
      }
    },
    get counts() {
      return counts;
    },
  };
}

/** Whose fault it is: only what a mirror did leads to the next one. */
function isOfMirror(error: unknown): error is PlimsollError {
  return [registryErrors.mirror_failed, registryErrors.mirror_wrong].some(({ code }) =>
    isPlimsollError(error, { code }),
  );
}

async function fetchFrom(
  stores: Stores,
  options: RepairOptions,
  { digest, sizeBytes }: DamagedBlob,
  place: RepairPlace<DamagedHome>,
  signal: AbortSignal,
): Promise<Stored> {
  const { host, repository, home } = place;
  const wish = { digest, sizeBytes, home, from: formatRepairPlace(place) };
  await options.reserve?.check(sizeBytes);
  // A mirror that sends a byte now and then is never silent for long: the whole has an end too.
  const ending = AbortSignal.any([signal, AbortSignal.timeout(limits.repairMs)]);
  const client = options.openMirror(host, ending);
  if (home.kind === 'manifest') {
    const { bytes } = await ofMirror(() => client.readManifest(repository, digest));
    return storeManifest(stores, wish, bytes);
  }
  const descriptor = { mediaType: 'application/octet-stream', digest, sizeBytes };
  const source = await ofMirror(() => client.readBlob(repository, descriptor));
  try {
    return await storeBlob(stores, wish, paced(options, source, ending));
  } finally {
    source.destroy();
  }
}

/** What the mirror failed at, told apart from what fails here. */
async function ofMirror<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw toMirrorError(cause);
  }
}

function toMirrorError(cause: unknown): PlimsollError {
  const isWrong = isPlimsollError(cause, { code: imageErrors.damaged.code });
  const make = isWrong ? registryErrors.mirror_wrong : registryErrors.mirror_failed;
  return make(describeError(cause), { cause });
}

/** The mirror's bytes, no faster than allowed and not into the reserve. */
async function* paced({ pace, reserve }: RepairOptions, source: Readable, signal: AbortSignal): ByteStream {
  const chunks = (source as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await ofMirror(() => chunks.next());
    if (done === true) return;
    await reserve?.take(value.byteLength);
    await ofMirror(() => pace.pass(value.byteLength, signal));
    yield value;
  }
}
