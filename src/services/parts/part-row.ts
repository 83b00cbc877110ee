// Parts, their invitations and their holders as rows.
import type { Selectable } from 'kysely';
import type { Query } from '../../io/db/database.ts';
import type { PartHolderTable, PartTable } from '../../io/db/tables-part.ts';
import { limits } from '../../kit/limits.ts';
import { type Permission, parsePermissions } from '../hub/permission.ts';

export type PartRow = Selectable<PartTable>;
export type HolderRow = Selectable<PartHolderTable>;

export interface PartHolder {
  readonly id: string;
  readonly madeAt: number;
  readonly renewedAt: number;
  /** Of its newest certificate. */
  readonly notAfter: number;
  /** At most a minute behind. */
  readonly lastUsedAt?: number;
  /** When somebody came with a key of it that was renewed already. */
  readonly suspectedAt?: number;
}

export interface Part {
  /** KIND/NAME */
  readonly name: string;
  /** The owner's login; absent where it is there no more, so that the part may nothing. */
  readonly owner?: string;
  readonly permissions: readonly Permission[];
  readonly createdAt: number;
  readonly createdBy: string;
  /** The oldest first. */
  readonly holders: readonly PartHolder[];
}

/** All, by name, with those who joined. */
export async function listPartRows(query: Query): Promise<readonly Part[]> {
  const parts = await query
    .selectFrom('part')
    .leftJoin('account', 'account.id', 'part.owner_id')
    .leftJoin('robot', 'robot.id', 'part.owner_id')
    .selectAll('part')
    .select(['account.name as account', 'robot.namespace', 'robot.name as robot'])
    .orderBy('part.name')
    .execute();
  const holders = await query
    .selectFrom('part_holder')
    .selectAll()
    .orderBy('made_at')
    .orderBy('id')
    .execute();
  return parts.map((row) => {
    const owner = row.account ?? (row.robot === null ? undefined : `${row.namespace}+${row.robot}`);
    return {
      name: row.name,
      ...(owner === undefined ? {} : { owner }),
      permissions: parsePermissions(row.permissions_json) ?? [],
      createdAt: row.created_at,
      createdBy: row.created_by,
      holders: holders.filter(({ part_id }) => part_id === row.id).map(toHolder),
    };
  });
}

export function findPart(query: Query, name: string): Promise<PartRow | undefined> {
  return query.selectFrom('part').selectAll().where('name', '=', name).executeTakeFirst();
}

/** Invitations that are over, and holders that can renew no more. */
export async function tidyParts(query: Query, now: number): Promise<void> {
  await query.deleteFrom('part_invitation').where('ends_at', '<=', now).execute();
  await query
    .deleteFrom('part_holder')
    .where('not_after', '<', now - limits.partLapseMs)
    .execute();
}

function toHolder(row: HolderRow): PartHolder {
  return {
    id: row.id,
    madeAt: row.made_at,
    renewedAt: row.renewed_at,
    notAfter: row.not_after,
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at }),
    ...(row.suspected_at === null ? {} : { suspectedAt: row.suspected_at }),
  };
}
