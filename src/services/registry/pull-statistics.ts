// What is known of a repository's pulls, for people: sums, days, and when each tag was pulled last. A day before the
// record begins is absent, never zero; the day on which it begins is counted from then on.
import type { Database } from '../../io/db/database.ts';
import type { Clock } from '../../kit/clock.ts';
import { listLastPulls, type PulledTag } from './last-pull.ts';
import { dayMs, dayOf } from './pull.ts';
import type { Pulls } from './pulls.ts';
import { findPullSum, listPullDays } from './rows/pull.ts';

export interface PullSummary {
  /** Since when pulls are recorded without a gap, epoch milliseconds. */
  readonly since: number;
  readonly total: number;
  /** Today and the 29 days before, in UTC. */
  readonly last30Days: number;
  readonly lastAt?: number;
}

export interface PullSeries extends PullSummary {
  /** One for each day from the first that is known to today, which is not over. */
  readonly days: readonly { readonly dayAt: number; readonly pulls: number }[];
}

export interface PullStatistics {
  /** Of the repository with this key; a few seconds old at most. */
  summarize(repositoryId: number): Promise<PullSummary>;
  /** Of the last `days`, of the repository or of one tag or digest in it; as it is now. */
  list(repositoryId: number, days: number, reference?: string): Promise<PullSeries>;
  /** When each of these tags was pulled last, by its name, its digest or a platform of it; absent where it is not known. */
  lastOf(repositoryId: number, tags: readonly PulledTag[]): Promise<ReadonlyMap<string, number>>;
}

const SUMMED_DAYS = 30;

export function createPullStatistics(parts: {
  readonly database: Database;
  readonly clock: Pick<Clock, 'now'>;
  readonly pulls: Pick<Pulls, 'flush' | 'since'>;
}): PullStatistics {
  const { database, clock, pulls } = parts;
  const { query } = database;

  const firstDay = (days: number): number => dayOf(clock.now()) - (days - 1) * dayMs;

  async function sum(repositoryId: number, reference: string): Promise<PullSummary> {
    const whole = await findPullSum(query, repositoryId, reference);
    const days = await listPullDays(query, repositoryId, reference, firstDay(SUMMED_DAYS));
    return {
      since: await pulls.since(),
      total: whole?.pulls ?? 0,
      last30Days: [...days.values()].reduce((all, one) => all + one, 0),
      ...(whole === undefined ? {} : { lastAt: whole.lastAt }),
    };
  }

  return {
    summarize: (repositoryId) => sum(repositoryId, ''),

    async list(repositoryId, wanted, reference = '') {
      await pulls.flush();
      const summary = await sum(repositoryId, reference);
      const fromAt = firstDay(wanted);
      const found = await listPullDays(query, repositoryId, reference, fromAt);
      const days: { dayAt: number; pulls: number }[] = [];
      for (let dayAt = fromAt; dayAt <= clock.now(); dayAt += dayMs)
        if (found.has(dayAt) || dayAt >= dayOf(summary.since))
          days.push({ dayAt, pulls: found.get(dayAt) ?? 0 });
      return { ...summary, days };
    },

    lastOf: (repositoryId, tags) => listLastPulls(query, repositoryId, tags),
  };
}
