// Who joined as a part, as rows: entering by an invitation, following oneself with another key, and standing.
import { type WorkloadCertificate, workloadLeafMs } from '../../engines/authority/workload.ts';
import type { Database, Query } from '../../io/db/database.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { hashHex } from '../../kit/hash.ts';
import { limits } from '../../kit/limits.ts';
import type { Accounts } from '../hub/accounts.ts';
import { recordAudit } from '../hub/audit.ts';
import { parsePermissions } from '../hub/permission.ts';
import { type Principal, principalOf } from '../hub/principal.ts';
import type { Robots } from '../hub/robots.ts';
import { partErrors } from './errors.ts';
import { partOfId } from './part-name.ts';
import { type HolderRow, type PartRow, tidyParts } from './part-row.ts';

export interface HolderDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly accounts: Pick<Accounts, 'findById'>;
  readonly robots: Pick<Robots, 'findById'>;
}

export interface Standing {
  readonly holder: HolderRow;
  readonly part: PartRow;
  /** The owner, who may no more than the part. */
  readonly principal: Principal;
}

/** The list should say which parts are in use, not cost a write on each of a thousand requests. */
const USE_NOTED_MS = 60_000;

export function wrongInvitation(): Error {
  return partErrors.invitation_wrong('the invitation is wrong, used up or over');
}

export interface Invited {
  readonly part: PartRow;
  readonly usesLeft: number;
}

/** Also one that is used up: who joined with it may have lost the answer. */
export async function findInvited(query: Query, hash: string, now: number): Promise<Invited | undefined> {
  const row = await query
    .selectFrom('part_invitation')
    .innerJoin('part', 'part.id', 'part_invitation.part_id')
    .selectAll('part')
    .select('part_invitation.uses_left')
    .where('secret_hash', '=', hash)
    .where('ends_at', '>', now)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { uses_left: usesLeft, ...part } = row;
  return { part, usesLeft };
}

/** The holder's id. `parts.invitation_wrong`, `parts.too_many` */
export async function enterPart(
  query: Query,
  { clock, random }: Pick<HolderDeps, 'clock' | 'random'>,
  { part, hash, publicKey }: Invited & { readonly hash: string; readonly publicKey: Uint8Array },
): Promise<string> {
  const now = clock.now();
  const key_sha256 = hashHex('sha256', publicKey);
  const again = await query
    .selectFrom('part_holder')
    .selectAll()
    .where('part_id', '=', part.id)
    .where('key_sha256', '=', key_sha256)
    .executeTakeFirst();
  if (again !== undefined) return again.id;
  await tidyParts(query, now);
  const used = await query
    .updateTable('part_invitation')
    .set((of) => ({ uses_left: of('uses_left', '-', 1) }))
    .where('secret_hash', '=', hash)
    .where('uses_left', '>', 0)
    .executeTakeFirst();
  if (used.numUpdatedRows !== 1n) throw wrongInvitation();
  const { count } = await query
    .selectFrom('part_holder')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('part_id', '=', part.id)
    .executeTakeFirstOrThrow();
  if (Number(count) >= limits.partHolders) throw partErrors.too_many(`${part.name} has ${count} holders`);
  const id = random.uuid();
  const times = { made_at: now, renewed_at: now, not_after: now + workloadLeafMs };
  await query
    .insertInto('part_holder')
    .values({
      id,
      part_id: part.id,
      key_sha256,
      former_key_sha256: null,
      ...times,
      last_used_at: null,
      suspected_at: null,
    })
    .execute();
  const wish = { action: 'part.join', target: part.name, detail: { holder: id, key: key_sha256 } };
  await recordAudit(query, { account: undefined, via: 'invitation' }, [wish], now);
  return id;
}

export type Succession =
  | { readonly kind: 'renewed'; readonly name: string }
  | { readonly kind: 'superseded'; readonly name: string }
  | { readonly kind: 'removed' };

export async function succeedHolder(
  query: Query,
  { clock }: Pick<HolderDeps, 'clock'>,
  former: WorkloadCertificate,
  publicKey: Uint8Array,
): Promise<Succession> {
  const now = clock.now();
  const holderId = former.holder as string;
  const holder = await query
    .selectFrom('part_holder')
    .innerJoin('part', 'part.id', 'part_holder.part_id')
    .selectAll('part_holder')
    .select('part.name')
    .where('part_holder.id', '=', holderId)
    .executeTakeFirst();
  if (holder === undefined || holder.name !== partOfId(former.id)) return { kind: 'removed' };
  const { name } = holder;
  const next = hashHex('sha256', publicKey);
  const times = { renewed_at: now, not_after: now + workloadLeafMs };
  const update = query.updateTable('part_holder').where('id', '=', holderId);
  if (next === holder.key_sha256) {
    await update.set(times).execute();
    return { kind: 'renewed', name };
  }
  if (former.keySha256 === holder.key_sha256) {
    await update.set({ ...times, key_sha256: next, former_key_sha256: former.keySha256 }).execute();
    return { kind: 'renewed', name };
  }
  if (holder.suspected_at === null) {
    await update.set({ suspected_at: now }).execute();
    const detail = { holder: holderId, key: former.keySha256 };
    const actor = { account: undefined, via: `part ${name}` };
    await recordAudit(query, actor, [{ action: 'part.suspect', target: name, detail }], now);
  }
  return { kind: 'superseded', name };
}

export async function findStanding(
  { database: { query }, accounts, robots }: Pick<HolderDeps, 'database' | 'accounts' | 'robots'>,
  holderId: string,
): Promise<Standing | undefined> {
  const holder = await query
    .selectFrom('part_holder')
    .selectAll()
    .where('id', '=', holderId)
    .executeTakeFirst();
  if (holder === undefined) return undefined;
  const part = await query.selectFrom('part').selectAll().where('id', '=', holder.part_id).executeTakeFirst();
  if (part === undefined) return undefined;
  const permissions = parsePermissions(part.permissions_json) ?? [];
  const proven = { via: `part ${part.name}`, part: part.name, permissions };
  if (part.owner_kind === 'robot') {
    const robot = await robots.findById(part.owner_id);
    return (
      robot && { holder, part, principal: { kind: 'robot', id: robot.id, name: robot.fullName, ...proven } }
    );
  }
  const account = await accounts.findById(part.owner_id);
  return account && { holder, part, principal: { ...principalOf(account), ...proven } };
}

export async function noteHolderUse(
  query: Query,
  { id, last_used_at }: HolderRow,
  now: number,
): Promise<void> {
  if (last_used_at !== null && now - last_used_at < USE_NOTED_MS) return;
  await query.updateTable('part_holder').set({ last_used_at: now }).where('id', '=', id).execute();
}
