// A manifest whose stored bytes could not be served is damage like any other blob's, and is told. Its row is not at hand
// where a manifest is read, so it is read here, and the bytes once more after it: a push in between has repaired them.
import type { Digest } from '../../formats/oci/digest.ts';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import type { DamageReporter } from './damage.ts';
import { registryErrors } from './errors.ts';
import type { RegistryStores } from './stores.ts';

/** After a read that failed with `error`; tells nothing where that was not damage, or is none any more. */
export async function reportManifest(
  { database }: Pick<RegistryStores, 'database'>,
  read: (digest: Digest) => Promise<Uint8Array>,
  digest: Digest,
  error: unknown,
  onDamage: DamageReporter,
): Promise<void> {
  if (!isPlimsollError(error, { code: registryErrors.damaged.code })) return;
  const row = await database.query
    .selectFrom('blob')
    .select('proven_at')
    .where('digest', '=', digest)
    .where('damaged_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) return;
  const again = await read(digest).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!isPlimsollError(again, { code: registryErrors.damaged.code })) return;
  await onDamage({ digest, provenAt: row.proven_at, why: describeError(again) });
}
