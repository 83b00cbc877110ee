// Pulls respect revocations: a manifest that was revoked is neither shown nor sent, by tag or by digest, and whoever
// asks reads why. Its blobs are not: other images may be made of them, and without the manifest nobody learns of them.
// Pushing and deleting stay what they are.
import type { Database } from '../../io/db/database.ts';
import type { Grant } from '../hub/access.ts';
import type { ManifestStat, Manifests } from '../registry/manifests.ts';
import { trustErrors } from './errors.ts';
import { createRevokedDigests } from './revocation-row.ts';

/** The same manifests, of which `get` and `stat` throw `trust.revoked` for what is. */
export function withRevocations(
  manifests: Manifests,
  database: Pick<Database, 'query' | 'stateOf'>,
): Manifests {
  const revoked = createRevokedDigests(database);

  async function check<T extends ManifestStat>({ repository }: Grant<'pull'>, found: T): Promise<T> {
    const why = await revoked.find(repository, found.digest);
    if (why !== undefined) throw trustErrors.revoked(`${repository}@${found.digest} was revoked: ${why}`);
    return found;
  }

  return {
    ...manifests,

    // Undefined sends whoever asks to `get` and `stat`, which say why.
    peek(grant, reference) {
      const found = manifests.peek(grant, reference);
      const known = found === undefined ? undefined : revoked.peek(grant.repository, found.digest);
      return known === undefined || known.why !== undefined ? undefined : found;
    },
    stat: async (grant, reference) => check(grant, await manifests.stat(grant, reference)),
    get: async (grant, reference) => check(grant, await manifests.get(grant, reference)),
  };
}
