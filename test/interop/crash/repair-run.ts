// Finds blobs of a folder damaged and repairs each from a mirror, which is played: it has the right bytes, those of
// another folder.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Digest } from '../../../src/formats/oci/digest.ts';
import { mediaTypes } from '../../../src/formats/oci/media-type.ts';
import { silentLog } from '../../../src/kit/log.ts';
import { createDamageReporter } from '../../../src/services/registry/damage.ts';
import type { RegistryFixture } from '../../../src/services/registry/registry.fixture.ts';
import { createRepairs } from '../../../src/services/registry/repair.ts';
import { parseRepairMirror, type RepairMirror } from '../../../src/services/registry/repair-mirror.ts';

const never = new AbortController().signal;

/** One after the other; `say` is told of each once it is over. */
export async function runRepairs(
  registry: RegistryFixture,
  sound: string,
  digests: readonly Digest[],
  say: (line: object) => void = () => {},
): Promise<void> {
  const fileOf = (digest: Digest): string => {
    const hex = digest.slice('sha256:'.length);
    return join(sound, 'blobs', 'sha256', hex.slice(0, 2), hex);
  };
  const repairs = createRepairs(registry.stores, {
    mirrors: [parseRepairMirror('**=mirror.example') as RepairMirror],
    log: silentLog,
    pace: { pass: async () => {} },
    openMirror: () => ({
      async readBlob(_repository, { digest }) {
        const bytes = await readFile(fileOf(digest));
        return Readable.from([bytes.subarray(0, 10), bytes.subarray(10)], { objectMode: false });
      },
      async readManifest(_repository, reference) {
        const digest = reference as Digest;
        const bytes = await readFile(fileOf(digest));
        return {
          descriptor: { mediaType: mediaTypes.ociManifest, digest, sizeBytes: bytes.byteLength },
          bytes,
        };
      },
    }),
  });
  for (const digest of digests) {
    await reportDamaged(registry, digest);
    say({ digest, ...(await repairs.repair(digest, never)) });
  }
}

/** As a scrub does. */
async function reportDamaged({ stores }: RegistryFixture, digest: Digest): Promise<void> {
  const row = await stores.database.query
    .selectFrom('blob')
    .select('proven_at')
    .where('digest', '=', digest)
    .executeTakeFirstOrThrow();
  const found = { digest, provenAt: row.proven_at, why: 'its digest has changed' };
  await createDamageReporter(stores, silentLog)(found);
}
