// Rows of the sentinel's setting of a repository. Private to the registry.
import type { Query } from '../../../io/db/database.ts';
import { parseJson } from '../../../kit/json.ts';
import type { SentinelMode } from '../sentinel/facts.ts';

/** A rule that is switched off in a repository. */
export interface RuleOff {
  readonly rule: string;
  readonly reason: string;
  readonly by: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface SentinelSettingRow {
  /** Undefined: the server's. */
  readonly mode?: SentinelMode;
  /** An administrator chose the mode: it holds even where it is weaker than the server's. */
  readonly isByAdministrator: boolean;
  readonly rulesOff: readonly RuleOff[];
}

/** As the server says where the repository has no row. */
export async function readSentinelSetting(query: Query, repositoryId: number): Promise<SentinelSettingRow> {
  const row = await query
    .selectFrom('sentinel_setting')
    .select(['mode', 'is_by_admin', 'rules_off_json'])
    .where('repository_id', '=', repositoryId)
    .executeTakeFirst();
  if (row === undefined) return { isByAdministrator: false, rulesOff: [] };
  return {
    ...(row.mode === null ? {} : { mode: row.mode as SentinelMode }),
    isByAdministrator: row.is_by_admin === 1,
    rulesOff: (parseJson(row.rules_off_json) ?? []) as unknown as readonly RuleOff[],
  };
}

export async function writeSentinelSetting(
  query: Query,
  repositoryId: number,
  { mode, isByAdministrator, rulesOff }: SentinelSettingRow,
  { by, now }: { readonly by: string; readonly now: number },
): Promise<void> {
  const row = {
    mode: mode ?? null,
    is_by_admin: isByAdministrator ? 1 : 0,
    rules_off_json: JSON.stringify(rulesOff),
    set_at: now,
    set_by: by,
  };
  await query
    .insertInto('sentinel_setting')
    .values({ repository_id: repositoryId, ...row })
    .onConflict((conflict) => conflict.column('repository_id').doUpdateSet(row))
    .execute();
}
