// Secret keys in generations: the newest one signs, and those before it are accepted for as long as what they signed
// may be about. Every process of an installation reads the same rows, so that a renewal is known to all of them as soon
// as it is written.
import type { Database, Query } from '../../io/db/database.ts';
import type { Clock, Random } from '../../kit/clock.ts';

export interface KeptGeneration {
  readonly generation: number;
  /** 32 bytes. */
  readonly secret: Uint8Array;
  /** Absent of a key from before this was written down. */
  readonly madeAt?: number;
  /** Absent of the newest one. */
  readonly acceptedUntil?: number;
}

const KEY_BYTES = 32;

/** The newest first; the first one is made where there is none. */
export async function readKeptKeys(
  parts: { readonly database: Database; readonly clock: Clock; readonly random: Random },
  name: string,
): Promise<readonly [KeptGeneration, ...KeptGeneration[]]> {
  const { query } = parts.database;
  const [first, ...rest] = await listKeptKeys(query, name);
  if (first !== undefined) return [first, ...rest];
  await query
    .insertInto('kept_key')
    .values({ name, ...fresh(parts, 1) })
    .onConflict((conflict) => conflict.columns(['name', 'generation']).doNothing())
    .execute();
  // Where two write at once, the first one holds.
  const [made, ...others] = await listKeptKeys(query, name);
  if (made === undefined) throw new Error(`the key ${name} was written and is not there`);
  return [made, ...others];
}

/** The newest first; none where none was made yet. */
export async function listKeptKeys(query: Query, name: string): Promise<readonly KeptGeneration[]> {
  const rows = await query
    .selectFrom('kept_key')
    .selectAll()
    .where('name', '=', name)
    .orderBy('generation', 'desc')
    .execute();
  return rows.map(({ generation, secret, made_at, accepted_until }) => ({
    generation,
    secret: Buffer.from(secret, 'base64url'),
    ...(made_at === null ? {} : { madeAt: made_at }),
    ...(accepted_until === null ? {} : { acceptedUntil: accepted_until }),
  }));
}

/** Of the newest first those that have not ended. */
export function keysThatHold<K extends KeptGeneration>(keys: readonly K[], now: number): readonly K[] {
  return keys.filter(({ acceptedUntil }) => acceptedUntil === undefined || acceptedUntil > now);
}

/** Another generation, which signs from now on; the former one is accepted for `acceptedMs` more. What ended is removed. */
export async function renewKeptKey(
  query: Query,
  parts: { readonly clock: Clock; readonly random: Random },
  { name, acceptedMs }: { readonly name: string; readonly acceptedMs: number },
): Promise<KeptGeneration> {
  const now = parts.clock.now();
  const [newest] = await listKeptKeys(query, name);
  const generation = (newest?.generation ?? 0) + 1;
  await query.deleteFrom('kept_key').where('name', '=', name).where('accepted_until', '<=', now).execute();
  await query
    .updateTable('kept_key')
    .set({ accepted_until: now + acceptedMs })
    .where('name', '=', name)
    .where('accepted_until', 'is', null)
    .execute();
  const row = fresh(parts, generation);
  await query
    .insertInto('kept_key')
    .values({ name, ...row })
    .execute();
  return { generation, secret: Buffer.from(row.secret, 'base64url'), madeAt: now };
}

function fresh({ clock, random }: { readonly clock: Clock; readonly random: Random }, generation: number) {
  const secret = Buffer.from(random.bytes(KEY_BYTES)).toString('base64url');
  return { generation, secret, made_at: clock.now(), accepted_until: null };
}
