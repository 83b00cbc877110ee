// Bytes from a mirror into the store, by the one order of writing: an upload of its own, digest and size computed while
// they pass, synced and renamed, then one transaction { blob sound, damage ended, event }. Killed at any step, the blob
// is damaged still and nothing else has changed; an upload that is left is dropped like any other.
import { createRunningDigest, type Digest, digestAlgorithm, digestOf } from '../../formats/oci/digest.ts';
import type { ByteStream } from '../../kit/bytes.ts';
import { productActor } from '../hub/audit.ts';
import { registryErrors } from './errors.ts';
import { type DamagedHome, endDamage, findDamaged, markSound } from './rows/damage.ts';
import type { RegistryStores } from './stores.ts';

/** 'elsewhere': a push was faster, or nothing needs the blob any more. */
export type Stored = 'repaired' | 'elsewhere';

export interface RepairWish {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** The repository here that the upload is counted to while it runs. */
  readonly home: DamagedHome;
  /** `host/name` of the mirror's repository. */
  readonly from: string;
}

type Stores = Pick<RegistryStores, 'database' | 'blobs' | 'gate' | 'clock' | 'random'>;

/** Stores a stream as the blob. `registry.mirror_wrong` where it is not that blob; what the source throws passes on. */
export async function storeBlob(stores: Stores, wish: RepairWish, source: ByteStream): Promise<Stored> {
  const { blobs, random } = stores;
  const { digest } = wish;
  const id = random.uuid();
  await addUpload(stores, id, wish);
  try {
    await blobs.startUpload(id);
    const running = createRunningDigest(digestAlgorithm(digest));
    const size = await blobs.appendUpload(id, 0, source, (chunk) => running.update(chunk));
    checkSame(wish, size, running.digest());
    using _held = await stores.gate.hold(digest);
    // A push was faster: what it stored is as good.
    if ((await findDamaged(stores.database.query, digest)) === undefined) return 'elsewhere';
    await blobs.commitUpload(id, digest);
    return await end(stores, wish);
  } finally {
    // Bytes first: a row without bytes is an unknown upload, bytes without a row would stay for ever.
    await blobs.cancelUpload(id);
    await stores.database.query.deleteFrom('upload').where('id', '=', id).execute();
  }
}

/** Stores a manifest's bytes, as `storeBlob`. */
export async function storeManifest(stores: Stores, wish: RepairWish, bytes: Uint8Array): Promise<Stored> {
  const { digest } = wish;
  checkSame(wish, bytes.byteLength, digestOf(bytes, digestAlgorithm(digest)));
  using _held = await stores.gate.hold(digest);
  if ((await findDamaged(stores.database.query, digest)) === undefined) return 'elsewhere';
  await stores.blobs.put(digest, bytes);
  return end(stores, wish);
}

async function addUpload(
  { database, clock }: Stores,
  id: string,
  { digest, home }: RepairWish,
): Promise<void> {
  const now = clock.now();
  await database.query
    .insertInto('upload')
    .values({
      id,
      repository_id: home.repositoryId,
      algorithm: digestAlgorithm(digest),
      started_at: now,
      updated_at: now,
    })
    .execute();
}

function checkSame({ digest, sizeBytes, from }: RepairWish, foundBytes: number, found: Digest): void {
  if (foundBytes !== sizeBytes)
    throw registryErrors.mirror_wrong(
      `${from} gave ${foundBytes} bytes for ${digest}, which has ${sizeBytes}`,
    );
  if (found !== digest) throw registryErrors.mirror_wrong(`${from} gave the bytes of ${found} for ${digest}`);
}

function end({ database, clock }: Stores, { digest, from }: RepairWish): Promise<Stored> {
  return database.transaction(async (query) => {
    const now = clock.now();
    if (!(await markSound(query, digest, now))) return 'elsewhere';
    await endDamage(query, { digest, from, actor: productActor, now });
    return 'repaired';
  });
}
