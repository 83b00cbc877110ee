// Rows of pulls: adding to them, and what they say. Private to the registry.
import type { Query } from '../../../io/db/database.ts';

export interface CountedPulls {
  readonly repositoryId: number;
  /** A tag, a digest, or empty for the repository as a whole. */
  readonly reference: string;
  readonly dayAt: number;
  readonly pulls: number;
  readonly lastAt: number;
}

export interface PullSum {
  readonly pulls: number;
  readonly lastAt: number;
}

/** Rows in one statement: five values each, far from what a statement takes. */
const BATCH = 200;

/** Adds them to what stands. Each (repository, reference, day) may be there once. */
export async function addPulls(query: Query, counted: readonly CountedPulls[]): Promise<void> {
  for (let at = 0; at < counted.length; at += BATCH) {
    const days = counted.slice(at, at + BATCH).map(({ repositoryId, reference, dayAt, pulls }) => ({
      repository_id: repositoryId,
      reference,
      day_at: dayAt,
      pulls,
    }));
    await query
      .insertInto('pull_day')
      .values(days)
      .onConflict((conflict) =>
        conflict
          .columns(['repository_id', 'reference', 'day_at'])
          .doUpdateSet((set) => ({ pulls: set('pull_day.pulls', '+', set.ref('excluded.pulls')) })),
      )
      .execute();
  }
  const sums = sumDays(counted);
  for (let at = 0; at < sums.length; at += BATCH)
    await query
      .insertInto('pull')
      .values(sums.slice(at, at + BATCH))
      .onConflict((conflict) =>
        conflict.columns(['repository_id', 'reference']).doUpdateSet((set) => ({
          pulls: set('pull.pulls', '+', set.ref('excluded.pulls')),
          // A clock that went back makes nothing look unused.
          pulled_at: set
            .case()
            .when('excluded.pulled_at', '>', set.ref('pull.pulled_at'))
            .then(set.ref('excluded.pulled_at'))
            .else(set.ref('pull.pulled_at'))
            .end(),
        })),
      )
      .execute();
}

function sumDays(counted: readonly CountedPulls[]) {
  const sums = new Map<
    string,
    { repository_id: number; reference: string; pulls: number; pulled_at: number }
  >();
  for (const { repositoryId, reference, pulls, lastAt } of counted) {
    const key = `${repositoryId} ${reference}`;
    const sum = sums.get(key) ?? { repository_id: repositoryId, reference, pulls: 0, pulled_at: 0 };
    sums.set(key, { ...sum, pulls: sum.pulls + pulls, pulled_at: Math.max(sum.pulled_at, lastAt) });
  }
  return [...sums.values()];
}

export async function dropOldPullDays(query: Query, before: number): Promise<void> {
  await query.deleteFrom('pull_day').where('day_at', '<', before).execute();
}

/** Undefined where no pull of it is recorded. */
export async function findPullSum(
  query: Query,
  repositoryId: number,
  reference: string,
): Promise<PullSum | undefined> {
  const row = await query
    .selectFrom('pull')
    .select(['pulls', 'pulled_at'])
    .where('repository_id', '=', repositoryId)
    .where('reference', '=', reference)
    .executeTakeFirst();
  return row === undefined ? undefined : { pulls: row.pulls, lastAt: row.pulled_at };
}

/** Days with pulls from a day on, by when they begin. */
export async function listPullDays(
  query: Query,
  repositoryId: number,
  reference: string,
  fromAt: number,
): Promise<ReadonlyMap<number, number>> {
  const rows = await query
    .selectFrom('pull_day')
    .select(['day_at', 'pulls'])
    .where('repository_id', '=', repositoryId)
    .where('reference', '=', reference)
    .where('day_at', '>=', fromAt)
    .execute();
  return new Map(rows.map((row) => [row.day_at, row.pulls]));
}

/** When each of these tags or digests was pulled last by that name; of all in the repository where none are given. */
export async function listPulled(
  query: Query,
  repositoryId: number,
  references?: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const pulled = new Map<string, number>();
  const rows = query
    .selectFrom('pull')
    .select(['reference', 'pulled_at'])
    .where('repository_id', '=', repositoryId);
  if (references === undefined)
    for (const row of await rows.execute()) pulled.set(row.reference, row.pulled_at);
  for (let at = 0; at < (references?.length ?? 0); at += BATCH) {
    const batch = (references ?? []).slice(at, at + BATCH);
    for (const row of await rows.where('reference', 'in', batch).execute())
      pulled.set(row.reference, row.pulled_at);
  }
  return pulled;
}
