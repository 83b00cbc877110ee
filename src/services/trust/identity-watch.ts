// Looks at what hangs on one image: whose signatures are proved, and how it was built. May be run at any time, again and
// again, and be killed at any time: everything that follows is rows of one transaction, and the same again is nothing new.
import type { Revocation } from '../../engines/verify/expectation.ts';
import { parseTrustedKey, type TrustedKey } from '../../engines/verify/signer.ts';
import { type Digest, isDigest } from '../../formats/oci/digest.ts';
import type { TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import type { BlobStore } from '../../io/blobs/store.ts';
import type { Database, Query } from '../../io/db/database.ts';
import { imageErrors } from '../../io/images/errors.ts';
import type { Clock } from '../../kit/clock.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { listParentManifests } from '../hub/child-manifest.ts';
import type { RepositoryName } from '../hub/images.ts';
import { hasManifest } from '../registry/held-manifest.ts';
import { createStoredImageSource } from '../registry/image-source.ts';
import type { BuildChanges } from './build-changes.ts';
import { recordBuilds } from './build-row.ts';
import { listMoves, tellMove } from './build-teller.ts';
import { listIdentities } from './identity-row.ts';
import { type ImageProofs, readImageProofs } from './image-proofs.ts';
import { recordSightings } from './sighting-row.ts';

export interface IdentityWatchDeps {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  /** Whom this server believes: its own root first, then those of its operator. */
  readonly readRoots: () => Promise<readonly TrustedRoot[]>;
  readonly buildChanges: BuildChanges;
}

export interface IdentityWatch {
  /** Nothing where the repository or the image is gone. */
  look(repositoryId: number, digest: Digest): Promise<void>;
}

/** Indexes that name one image and are looked at with it. */
export const parentsLookedAt = 20;

export function createIdentityWatch(deps: IdentityWatchDeps): IdentityWatch {
  const { database, clock } = deps;
  return {
    async look(repositoryId, digest) {
      const home = await database.query
        .selectFrom('repository')
        .select(['id', 'name'])
        .where('id', '=', repositoryId)
        .executeTakeFirst();
      if (home === undefined) return;
      const proofs = await readStored(deps, home, digest);
      if (proofs === undefined) return;
      const now = clock.now();
      await database.transaction(async (query) => {
        if (!(await hasManifest(query, home.id, digest))) return;
        await recordSightings(query, home, proofs.signatures, now);
        await recordBuilds(query, home.id, proofs.builds, now);
      });
      const parents = await listParentManifests(database.query, home.id, [digest]);
      const named = [digest, ...parents.slice(0, parentsLookedAt).map((one) => one.digest as Digest)];
      for (const move of await listMoves(database.query, home, named)) await tellMove(deps, home, move, now);
    },
  };
}

/** Undefined where the image is gone. */
async function readStored(
  { database, blobs, clock, readRoots }: IdentityWatchDeps,
  home: RepositoryName,
  digest: Digest,
): Promise<ImageProofs | undefined> {
  const source = createStoredImageSource({ database, blobs }, home.name, { digest });
  const readTag = (tag: string) =>
    createStoredImageSource({ database, blobs }, home.name, { tag }).root().catch(orMissing);
  const parts = {
    trustedRoots: await readRoots(),
    keys: await readKeys(database.query, home.id),
    revocations: await readRevocations(database.query),
    now: new Date(clock.now()),
  };
  return readImageProofs({ ...source, readTag }, parts).catch(orMissing);
}

function orMissing(error: unknown): undefined {
  if (!isPlimsollError(error, { code: imageErrors.missing.code })) throw error;
  return undefined;
}

/** That the owner handed in; a dropped one too, so that what it signs is known to be its. */
async function readKeys(query: Query, repositoryId: number): Promise<readonly TrustedKey[]> {
  const keys = (await listIdentities(query, repositoryId)).flatMap(({ identity, publicKey }) =>
    publicKey === undefined || identity.kind !== 'key' ? [] : [[identity.thumbprint, publicKey] as const],
  );
  return [...new Map(keys)].map(([thumbprint, pem]) => parseTrustedKey(pem, thumbprint));
}

/** Of signers; that an image was revoked says nothing of who signed it. */
async function readRevocations(query: Query): Promise<readonly Revocation[]> {
  const rows = await query
    .selectFrom('revocation')
    .select(['kind', 'value', 'why', 'from_at'])
    .where('kind', '!=', 'digest')
    .where('is_standing', '=', 1)
    .execute();
  return rows.flatMap(({ kind, value, why, from_at }): Revocation[] => {
    const from = from_at === null ? {} : { from: new Date(from_at) };
    if (kind === 'key') return [{ kind, thumbprint: value, why, ...from }];
    if (kind === 'certificate') return [{ kind, serial: value, why }];
    return kind === 'identity' ? [{ kind, identity: value, why, ...from }] : [];
  });
}

/** Asked of what jobs and rows hold. */
export function parseSubject(value: unknown): Digest | undefined {
  return typeof value === 'string' && isDigest(value) ? value : undefined;
}
