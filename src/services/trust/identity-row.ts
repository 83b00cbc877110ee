// Who signed the images of a repository, as rows: one for each identity and what it signs for, with what the owner says
// of it. Only a row that the owner confirmed is expected; nothing here asks for a right.
import type { Selectable } from 'kysely';
import { formatIdentityKey, type LearnedIdentity } from '../../engines/verify/learned-identity.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import type { Query } from '../../io/db/database.ts';
import type { ExpectedIdentityTable } from '../../io/db/tables-identity.ts';
import { hashHex } from '../../kit/hash.ts';
import { limits } from '../../kit/limits.ts';

/** What a signature is for: it signs the image, or says how it was built. */
export type IdentityUse = 'signature' | 'provenance';

/**
 * `proposed`: the first that was seen, which nobody has confirmed; `confirmed`: expected; `unexpected`: seen since, and
 * not what was learned; `dropped`: the owner wants it no more.
 */
export type IdentityState = 'proposed' | 'confirmed' | 'unexpected' | 'dropped';

export interface KnownIdentity {
  readonly id: number;
  readonly use: IdentityUse;
  readonly identity: LearnedIdentity;
  readonly state: IdentityState;
  /** Images; absent of a key that was handed in and has signed none yet. */
  readonly firstDigest?: Digest;
  readonly lastDigest?: Digest;
  /** Epoch milliseconds. */
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  /** How many images it signed. */
  readonly images: number;
  /** PEM. */
  readonly publicKey?: string;
  readonly decidedBy?: string;
  readonly reason?: string;
  readonly decidedAt?: number;
}

/** In the order in which they were first seen. */
export async function listIdentities(query: Query, repositoryId: number): Promise<readonly KnownIdentity[]> {
  const rows = await select(query, repositoryId).orderBy('id').execute();
  return rows.map(toIdentity);
}

export async function findIdentity(
  query: Query,
  repositoryId: number,
  id: number,
): Promise<KnownIdentity | undefined> {
  const row = await select(query, repositoryId).where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toIdentity(row);
}

export async function findSame(
  query: Query,
  repositoryId: number,
  use: IdentityUse,
  identity: LearnedIdentity,
): Promise<KnownIdentity | undefined> {
  const row = await select(query, repositoryId)
    .where('use', '=', use)
    .where('fingerprint', '=', fingerprintOf(identity))
    .executeTakeFirst();
  return row === undefined ? undefined : toIdentity(row);
}

export interface NewIdentity {
  readonly use: IdentityUse;
  readonly identity: LearnedIdentity;
  readonly state: IdentityState;
  readonly publicKey?: string;
  readonly now: number;
}

export async function addIdentity(query: Query, repositoryId: number, made: NewIdentity): Promise<number> {
  const { use, identity, state, publicKey, now } = made;
  const { id } = await query
    .insertInto('expected_identity')
    .values({
      repository_id: repositoryId,
      use,
      fingerprint: fingerprintOf(identity),
      identity_json: formatIdentityKey(identity),
      state,
      first_digest: null,
      last_digest: null,
      first_seen_at: now,
      last_seen_at: now,
      images: 0,
      public_key: publicKey ?? null,
      decided_by: null,
      reason: null,
      decided_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  if (state === 'unexpected') await forgetOldest(query, repositoryId);
  return id;
}

/** One more image that it signed. */
export async function countImage(query: Query, id: number, digest: Digest, now: number): Promise<void> {
  await query
    .updateTable('expected_identity')
    .set(({ eb, fn, val }) => ({
      images: eb('images', '+', 1),
      first_digest: fn.coalesce('first_digest', val(digest as string)),
      last_digest: digest,
      last_seen_at: now,
    }))
    .where('id', '=', id)
    .execute();
}

export async function setState(query: Query, id: number, state: IdentityState): Promise<void> {
  await query.updateTable('expected_identity').set({ state }).where('id', '=', id).execute();
}

/** Whoever may push can sign as many; the audit log keeps that each was seen. */
async function forgetOldest(query: Query, repositoryId: number): Promise<void> {
  const oldest = await select(query, repositoryId)
    .where('state', '=', 'unexpected')
    .orderBy('id', 'desc')
    .offset(limits.unexpectedIdentities)
    .limit(1)
    .executeTakeFirst();
  if (oldest === undefined) return;
  const gone = query
    .selectFrom('expected_identity')
    .select('id')
    .where('repository_id', '=', repositoryId)
    .where('state', '=', 'unexpected')
    .where('id', '<=', oldest.id);
  await query
    .updateTable('signature_sighting')
    .set({ identity_id: null })
    .where('identity_id', 'in', gone)
    .execute();
  await query.deleteFrom('expected_identity').where('id', 'in', gone).execute();
}

function fingerprintOf(identity: LearnedIdentity): string {
  return hashHex('sha256', formatIdentityKey(identity));
}

function select(query: Query, repositoryId: number) {
  return query.selectFrom('expected_identity').selectAll().where('repository_id', '=', repositoryId);
}

function toIdentity(row: Selectable<ExpectedIdentityTable>): KnownIdentity {
  return {
    id: row.id,
    use: row.use as IdentityUse,
    identity: JSON.parse(row.identity_json) as LearnedIdentity,
    state: row.state as IdentityState,
    ...(row.first_digest === null ? {} : { firstDigest: row.first_digest as Digest }),
    ...(row.last_digest === null ? {} : { lastDigest: row.last_digest as Digest }),
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    images: row.images,
    ...(row.public_key === null ? {} : { publicKey: row.public_key }),
    ...(row.decided_by === null ? {} : { decidedBy: row.decided_by }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.decided_at === null ? {} : { decidedAt: row.decided_at }),
  };
}
