// The audit log: who, via what, did what to which digest. A row is written in the transaction of what it tells, so
// that neither is there without the other; rows are only ever added. Each row's hash covers the hash before it:
// whoever noted one hash sees any later change of what came before. Who can write the database can write a whole
// new chain; only a hash that was noted elsewhere tells.
import type { Database, Query } from '../../io/db/database.ts';
import type { AuditTable } from '../../io/db/tables-rights.ts';
import { hashHex } from '../../kit/hash.ts';
import { type Json, parseJson, stableJson } from '../../kit/json.ts';

/** Who does something, and how they proved who they are. */
export interface Actor {
  /** An account, `org+robot`, `oidc:SUBJECT`; undefined where nobody logged in, or where it is the product. */
  readonly account: string | undefined;
  /** `password`, `token NAME`, `certificate NAME sha256:HEX`, `session`, an issuer; `product` for the product itself; `nothing`. */
  readonly via: string;
}

/** What the product does by itself. */
export const productActor: Actor = Object.freeze({ account: undefined, via: 'product' });

/** Their name, as logs and posts have it; `plimsoll` is the product itself, `anybody` who did not log in. */
export function whoOf({ account, via }: Actor): string {
  return account ?? (via === 'product' ? 'plimsoll' : 'anybody');
}

export interface AuditWish {
  /** `noun.verb`, as `tag.move`. */
  readonly action: string;
  /** What it was done to: a repository, a namespace, an account's name. */
  readonly target: string;
  readonly digest?: string;
  /** What else is worth knowing; never a secret. */
  readonly detail?: Readonly<Record<string, Json>>;
}

export interface AuditEntry {
  /** From 1, without a gap. */
  readonly seq: number;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly who: string;
  readonly via: string;
  readonly action: string;
  readonly target: string;
  readonly digest: string | null;
  readonly detail: Readonly<Record<string, Json>>;
}

export interface HashedEntry extends AuditEntry {
  /** Hex. */
  readonly hash: string;
}

export interface AuditLog {
  /** In their order, those after `after` (0: from the first). */
  list(page: { readonly after: number; readonly limit: number }): Promise<readonly HashedEntry[]>;
  /** Something that changes no other row, such as a sign-in. */
  record(actor: Actor, wish: AuditWish, now: number): Promise<void>;
}

/** Of nine columns each; databases bound the parameters of one query (SQLite 32,766). A push is one query. */
const ROWS_PER_QUERY = 100;

/** What stands before the first row. */
export const auditStart = '0'.repeat(64);

/** A row's hash: SHA-256 of the hash before it and the row as JSON with sorted keys. */
export function auditHash(previous: string, entry: AuditEntry): string {
  const { seq, at, who, via, action, target, digest, detail } = entry;
  return hashHex(
    'sha256',
    `${previous}\n${stableJson({ seq, at, who, via, action, target, digest, detail })}`,
  );
}

/**
 * Writes what is done. `query` is the transaction that does it; transactions are serialisable, so that no two rows
 * follow the same one.
 */
export async function recordAudit(
  query: Query,
  actor: Actor,
  wishes: readonly AuditWish[],
  now: number,
): Promise<void> {
  if (wishes.length === 0) return;
  const last = await query
    .selectFrom('audit')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  let seq = last?.seq ?? 0;
  let hash = last?.hash ?? auditStart;
  const who = whoOf(actor);
  const rows: AuditTable[] = [];
  for (const { action, target, digest = null, detail = {} } of wishes) {
    seq += 1;
    const entry = { seq, at: now, who, via: actor.via, action, target, digest };
    hash = auditHash(hash, { ...entry, detail });
    rows.push({ ...entry, detail_json: stableJson(detail), hash });
  }
  for (let at = 0; at < rows.length; at += ROWS_PER_QUERY)
    await query
      .insertInto('audit')
      .values(rows.slice(at, at + ROWS_PER_QUERY))
      .execute();
}

export function createAuditLog({ database }: { readonly database: Database }): AuditLog {
  return {
    async list({ after, limit }) {
      const rows = await database.query
        .selectFrom('audit')
        .selectAll()
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(limit)
        .execute();
      return rows.map(toEntry);
    },
    record: (actor, wish, now) => database.transaction((query) => recordAudit(query, actor, [wish], now)),
  };
}

function toEntry(row: AuditTable): HashedEntry {
  const { detail_json, ...entry } = row;
  return { ...entry, detail: (parseJson(detail_json) ?? {}) as AuditEntry['detail'] };
}
