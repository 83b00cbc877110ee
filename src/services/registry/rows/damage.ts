// Rows of damage: why a blob is not served, who was asked for its bytes, and where they came from in the end. That it is
// damaged stands in the blob's own row, which every reader has at hand; these rows are for operators. Private to the
// registry.
import type { Digest } from '../../../formats/oci/digest.ts';
import type { Query } from '../../../io/db/database.ts';
import type { Actor } from '../../hub/audit.ts';
import { recordEvents } from '../event.ts';

/** The blob is damaged from now on; what stood of an earlier time goes. */
export async function addDamage(
  query: Query,
  { digest, why, now }: { readonly digest: Digest; readonly why: string; readonly now: number },
): Promise<void> {
  const open = { tries: 0, tried_at: null, error: null, repaired_at: null, repaired_from: null };
  await query
    .insertInto('blob_damage')
    .values({ digest, why, found_at: now, ...open })
    .onConflict((conflict) => conflict.column('digest').doUpdateSet({ why, found_at: now, ...open }))
    .execute();
}

/** Mirrors were asked in vain. */
export async function addTry(query: Query, digest: Digest, error: string, now: number): Promise<void> {
  await query
    .updateTable('blob_damage')
    .set((set) => ({ tries: set('tries', '+', 1), tried_at: now, error }))
    .where('digest', '=', digest)
    .where('repaired_at', 'is', null)
    .execute();
}

/** Its bytes are there again: remembered and told, where it was damaged. */
export async function endDamage(
  query: Query,
  repair: {
    readonly digest: Digest;
    /** 'push', or `host/name` of a mirror's repository. */
    readonly from: string;
    readonly actor: Actor;
    readonly now: number;
  },
): Promise<void> {
  const { digest, from, actor, now } = repair;
  const ended = await query
    .updateTable('blob_damage')
    .set({ repaired_at: now, repaired_from: from, error: null })
    .where('digest', '=', digest)
    .where('repaired_at', 'is', null)
    .executeTakeFirst();
  if (ended.numUpdatedRows > 0n)
    await recordEvents(query, actor, [{ kind: 'blob_repaired', digest, from }], now);
}

/** A repository through which the blob is needed, as a manifest of it or as what one names. */
export interface DamagedHome {
  readonly repositoryId: number;
  readonly repository: string;
  readonly kind: 'blob' | 'manifest';
}

export interface DamagedBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** By name; at most `HOMES`. */
  readonly homes: readonly DamagedHome[];
}

/** More than these hold the same bytes in vain to be asked one by one: their names mostly lie in the same mirror. */
const HOMES = 100;

/** Undefined where it is sound again, or gone. */
export async function findDamaged(query: Query, digest: Digest): Promise<DamagedBlob | undefined> {
  const row = await query
    .selectFrom('blob')
    .select('size_bytes')
    .where('digest', '=', digest)
    .where('damaged_at', 'is not', null)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return { digest, sizeBytes: row.size_bytes, homes: await listHomes(query, digest) };
}

/** Where the blob is held, deleted manifests that can come back included. */
export async function listHomes(query: Query, digest: Digest): Promise<readonly DamagedHome[]> {
  const homes = new Map<string, DamagedHome>();
  for (const table of ['manifest', 'trash', 'repository_blob'] as const) {
    const rows = await query
      .selectFrom(table)
      .innerJoin('repository', 'repository.id', `${table}.repository_id`)
      .select(['repository.id', 'repository.name'])
      .where(`${table}.digest`, '=', digest)
      .orderBy('repository.name')
      .limit(HOMES)
      .execute();
    const kind = table === 'repository_blob' ? 'blob' : 'manifest';
    for (const { id, name: repository } of rows)
      homes.set(`${kind} ${repository}`, { repositoryId: id, repository, kind });
  }
  return [...homes.values()].slice(0, HOMES);
}

/** Digests that are damaged, after `after`; as many as are asked for. */
export async function listDamagedAfter(
  query: Query,
  after: string,
  limit: number,
): Promise<readonly Digest[]> {
  const rows = await query
    .selectFrom('blob_damage')
    .select('digest')
    .where('repaired_at', 'is', null)
    .where('digest', '>', after)
    .orderBy('digest')
    .limit(limit)
    .execute();
  return rows.map((row) => row.digest as Digest);
}

/** Sound again, unless it was already or is gone; in the transaction that tells of it. */
export async function markSound(query: Query, digest: Digest, now: number): Promise<boolean> {
  const marked = await query
    .updateTable('blob')
    .set({ damaged_at: null, proven_at: now })
    .where('digest', '=', digest)
    .where('damaged_at', 'is not', null)
    .executeTakeFirst();
  return marked.numUpdatedRows > 0n;
}
