// What parts there are, as an administrator says: whose rights each narrows, who may join as one, and who is sent away.
// A removal holds at once, since every request asks whether its holder still stands.
import type { Database, Query } from '../../io/db/database.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import type { AdministratorGrant, OwnGrant } from '../hub/access.ts';
import { type Actor, recordAudit } from '../hub/audit.ts';
import { findOwner } from '../hub/certificate-owner.ts';
import { checkPermissions, formatPermissions, type Permission } from '../hub/permission.ts';
import { findRobot } from '../hub/robots.ts';
import { createSecret, hashSecret } from '../hub/secret.ts';
import { partErrors } from './errors.ts';
import { checkPartName } from './part-name.ts';
import { findPart, listPartRows, type Part, type PartRow, tidyParts } from './part-row.ts';

/** A grant of an administrator who logged in by password: what is made here outlives a token. */
export interface PartGrant {
  readonly administrator: AdministratorGrant;
  readonly self: OwnGrant;
}

export interface PartWish {
  readonly name: string;
  /** An account; the inviting administrator where neither this nor a robot is named. */
  readonly account?: string;
  /** `org+robot` */
  readonly robot?: string;
  /** To pull everything that the owner may, where absent. */
  readonly permissions?: readonly Permission[];
}

export interface InvitationWish {
  readonly uses: number;
  readonly validMs: number;
}

export interface Invitation {
  /** Shown this once. */
  readonly secret: string;
  readonly part: string;
  readonly uses: number;
  readonly endsAt: number;
}

export interface Parts {
  list(grant: AdministratorGrant): Promise<readonly Part[]>;
  /** Makes it where there is none. `parts.name_invalid`, `parts.exists`, `parts.too_many`, `hub.permission_invalid`, `hub.account_missing`, `hub.organisation_missing` */
  ensure(grant: PartGrant, wish: PartWish): Promise<Part>;
  /** `parts.missing`, `parts.wish_invalid`, `parts.too_many` */
  invite(grant: PartGrant, name: string, wish: InvitationWish): Promise<Invitation>;
  /** With all who joined as it, and all invitations. `parts.missing` */
  remove(grant: AdministratorGrant, name: string): Promise<Part>;
  /** One of those who joined. `parts.missing` */
  removeHolder(grant: AdministratorGrant, name: string, holder: string): Promise<Part>;
}

/** A gate and a mirror read; what writes is told so. */
const READING: readonly Permission[] = Object.freeze([
  Object.freeze({ repositories: '**', actions: Object.freeze(['pull' as const]) }),
]);

interface Deps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

export function createParts(deps: Deps): Parts {
  const { database, clock, random } = deps;

  const tell = (query: Query, actor: Actor, action: string, target: string, detail = {}): Promise<void> =>
    recordAudit(query, actor, [{ action, target, detail }], clock.now());

  return {
    list: () => listPartRows(database.query),

    ensure: (grant, wish) =>
      database.transaction(async (query) => {
        const name = checkPartName(wish.name);
        const found = await findPart(query, name);
        const row = await describeWish(query, deps, grant, wish);
        if (found === undefined) {
          const { count } = await query
            .selectFrom('part')
            .select((of) => of.fn.countAll<number>().as('count'))
            .executeTakeFirstOrThrow();
          if (Number(count) >= limits.parts) throw partErrors.too_many(`there are ${count} parts already`);
          await query.insertInto('part').values(row).execute();
          const { owner_kind, owner_id, permissions_json } = row;
          await tell(query, grant.self, 'part.add', name, { owner_kind, owner_id, permissions_json });
        } else checkSame(found, row, wish);
        return readPart(query, name);
      }),

    invite: (grant, name, wish) =>
      database.transaction(async (query) => {
        const { uses, validMs } = checkInvitation(wish);
        const now = clock.now();
        await tidyParts(query, now);
        const part = await needPart(query, name);
        const { count } = await query
          .selectFrom('part_invitation')
          .select((of) => of.fn.countAll<number>().as('count'))
          .where('part_id', '=', part.id)
          .executeTakeFirstOrThrow();
        if (Number(count) >= limits.partInvitations)
          throw partErrors.too_many(`${name} has ${count} invitations that hold`);
        const secret = createSecret(random);
        const endsAt = now + validMs;
        await query
          .insertInto('part_invitation')
          .values({ secret_hash: hashSecret(secret), part_id: part.id, uses_left: uses, ends_at: endsAt })
          .execute();
        await tell(query, grant.self, 'part.invite', name, { uses, endsAt });
        return { secret, part: name, uses, endsAt };
      }),

    remove: (grant, name) =>
      database.transaction(async (query) => {
        const { id } = await needPart(query, name);
        const was = await readPart(query, name);
        await query.deleteFrom('part_invitation').where('part_id', '=', id).execute();
        await query.deleteFrom('part_holder').where('part_id', '=', id).execute();
        await query.deleteFrom('part').where('id', '=', id).execute();
        await tell(query, grant, 'part.remove', name, { holders: was.holders.length });
        return was;
      }),

    removeHolder: (grant, name, holder) =>
      database.transaction(async (query) => {
        const { id } = await needPart(query, name);
        const gone = await query
          .deleteFrom('part_holder')
          .where('part_id', '=', id)
          .where('id', '=', holder)
          .executeTakeFirst();
        if (gone.numDeletedRows !== 1n)
          throw partErrors.missing(`${name} has no holder "${holder.slice(0, 40)}"`);
        await tell(query, grant, 'part.remove', name, { holder });
        return readPart(query, name);
      }),
  };
}

async function needPart(query: Query, name: string): Promise<PartRow> {
  const found = await findPart(query, name);
  if (found === undefined) throw partErrors.missing(`there is no part "${name.slice(0, 80)}"`);
  return found;
}

async function readPart(query: Query, name: string): Promise<Part> {
  const found = (await listPartRows(query)).find((part) => part.name === name);
  if (found === undefined) throw partErrors.missing(`there is no part "${name.slice(0, 80)}"`);
  return found;
}

async function describeWish(
  query: Query,
  { clock, random }: Deps,
  { administrator, self }: PartGrant,
  { name, account, robot, permissions = READING }: PartWish,
): Promise<PartRow> {
  checkPermissions(permissions);
  const [namespace = '', robotName = ''] = (robot ?? '').split('+', 2);
  const owner =
    robot === undefined
      ? await findOwner(
          query,
          account === undefined
            ? { kind: 'self', grant: self }
            : { kind: 'account', grant: administrator, account },
        )
      : { ownerKind: 'robot', ownerId: (await findRobot(query, namespace, robotName)).id };
  return {
    id: random.uuid(),
    name,
    owner_kind: owner.ownerKind,
    owner_id: owner.ownerId,
    permissions_json: formatPermissions(permissions) as string,
    created_at: clock.now(),
    created_by: self.account,
  };
}

/** What is not named may be anything. */
function checkSame(found: PartRow, row: PartRow, { name, account, robot, permissions }: PartWish): void {
  const isOwnerNamed = account !== undefined || robot !== undefined;
  if (isOwnerNamed && found.owner_id !== row.owner_id)
    throw partErrors.exists(`${name} is there already, and of another owner`);
  if (permissions !== undefined && found.permissions_json !== row.permissions_json)
    throw partErrors.exists(`${name} is there already, and may ${found.permissions_json}`);
}

function checkInvitation(wish: InvitationWish): InvitationWish {
  const { uses, validMs } = wish;
  if (!(Number.isInteger(uses) && uses >= 1 && uses <= limits.partInvitationUses))
    throw partErrors.wish_invalid(`an invitation is used 1 to ${limits.partInvitationUses} times`);
  if (!(validMs >= 1_000 && validMs <= limits.partInvitationMs))
    throw partErrors.wish_invalid('an invitation lasts from a second to a week');
  return wish;
}
