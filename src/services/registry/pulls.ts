// The record of pulls. Taking note is one synchronous call in memory, with no promise and no row; every few seconds, and
// before a stop, all of it is written in one transaction, where the rows say what belongs together: a manifest that an
// index names, fetched by whoever was just sent the index, is no second pull; what hangs on an image (a signature, an
// attestation) is none. A crash loses what came since the last flush. Where more was lost, because the database could
// not be written, the record begins anew: a gap is never read as "not pulled".
import type { Database, Query } from '../../io/db/database.ts';
import { type Clock, formatInstant } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import type { Log } from '../../kit/log.ts';
import { listParentManifests } from '../hub/child-manifest.ts';
import { keepSetting } from '../hub/kept-setting.ts';
import { subjectOfTag } from './attached-tag.ts';
import { dayMs, dayOf, pullKind, pullsSinceSetting, type SentManifest, type ShownManifest } from './pull.ts';
import { createPullMemory } from './pull-memory.ts';
import { findSubjects } from './rows/manifest.ts';
import { addPulls, type CountedPulls, dropOldPullDays } from './rows/pull.ts';
import { findRepositoryIds } from './rows/repository.ts';

export interface Pulls {
  /** Takes note of what a client was shown, so many times. Synchronous; never throws. */
  note(shown: ShownManifest, times?: number): void;
  /** Writes what waits. Throws what the database throws; it then still waits. */
  flush(): Promise<void>;
  /** Pulls that were counted since the start; those that wait are not in it. */
  readonly counted: { readonly tag: number; readonly digest: number };
  /** From when on every pull is recorded, epoch milliseconds; the first call says now where nothing was said. */
  since(): Promise<number>;
  /** Forgets days that are older than `limits.pullDays`; sums stay. */
  tidy(): Promise<void>;
}

/** How many of the same wait. */
interface Waiting {
  readonly sent: SentManifest;
  readonly dayAt: number;
  pulls: number;
  lastAt: number;
}

export interface PullsDeps {
  readonly database: Database;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  /** Different ones that wait before a flush begins by itself. */
  readonly most?: number;
}

export function createPulls({ database, clock, log, most = limits.pullsWaiting }: PullsDeps): Pulls {
  const memory = createPullMemory();
  const counted = { tag: 0, digest: 0 };
  let waiting = new Map<string, Waiting>();
  let flushing: Promise<void> | undefined;
  let isAnyLost = false;
  let sinceAt: number | undefined;

  function add(key: string, more: Waiting): void {
    const known = waiting.get(key);
    if (known !== undefined) {
      known.pulls += more.pulls;
      known.lastAt = Math.max(known.lastAt, more.lastAt);
    } else if (waiting.size < most) waiting.set(key, more);
    else isAnyLost = true;
  }

  function flushWhenFull(): void {
    if (waiting.size < most || flushing !== undefined) return;
    flush().catch((error: unknown) => log.error('pulls could not be recorded and wait', { error }));
  }

  async function write(batch: ReadonlyMap<string, Waiting>, wasLost: boolean): Promise<void> {
    const now = clock.now();
    const found = await database.transaction(async (query) => {
      const pulls = await countPulls(query, [...batch.values()]);
      await addPulls(query, pulls);
      if (wasLost) await beginAnew(query, now);
      return pulls;
    });
    if (wasLost) sinceAt = now;
    for (const { reference, pulls } of found) if (reference !== '') counted[pullKind(reference)] += pulls;
    if (wasLost)
      log.warn('pulls were lost while the database could not be written; the record begins anew', {
        since: formatInstant(now),
      });
  }

  async function flushOnce(): Promise<void> {
    if (waiting.size === 0 && !isAnyLost) return;
    const [batch, wasLost] = [waiting, isAnyLost];
    [waiting, isAnyLost] = [new Map(), false];
    try {
      await write(batch, wasLost);
    } catch (error) {
      isAnyLost ||= wasLost;
      for (const [key, one] of batch) add(key, one);
      throw error;
    }
  }

  async function flush(): Promise<void> {
    // What came before this call is written when it resolves, also where a flush was under way.
    while (flushing !== undefined) await flushing.catch(() => {});
    flushing = flushOnce();
    try {
      await flushing;
    } finally {
      flushing = undefined;
    }
  }

  return {
    flush,
    counted,

    note(shown, times = 1) {
      const now = clock.now();
      const sent = memory.see(shown, now);
      if (sent === undefined) return;
      const { repository, reference, digest, before } = sent;
      const dayAt = dayOf(now);
      const follows = before.map((one) => `${one.digest}${one.isSent ? '' : one.tag}`).join(' ');
      add(`${repository} ${reference} ${digest} ${dayAt} ${follows}`, {
        sent,
        dayAt,
        pulls: times,
        lastAt: now,
      });
      flushWhenFull();
    },

    async since() {
      sinceAt ??= Number(await keepSetting(database, pullsSinceSetting, String(clock.now())));
      return sinceAt;
    },

    tidy: () => dropOldPullDays(database.query, dayOf(clock.now()) - limits.pullDays * dayMs),
  };
}

async function beginAnew(query: Query, now: number): Promise<void> {
  const value = String(now);
  await query
    .insertInto('setting')
    .values({ name: pullsSinceSetting, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}

/** What of it is a pull, by repository, reference and day; each once more under the repository's empty reference. */
async function countPulls(query: Query, waiting: readonly Waiting[]): Promise<readonly CountedPulls[]> {
  const ids = await findRepositoryIds(query, [...new Set(waiting.map(({ sent }) => sent.repository))]);
  const sums = new Map<string, CountedPulls>();
  for (const [repository, own] of Map.groupBy(waiting, ({ sent }) => sent.repository)) {
    const repositoryId = ids.get(repository);
    // It is gone since.
    if (repositoryId === undefined) continue;
    const references = await nameReferences(query, repositoryId, own);
    for (const [at, { dayAt, pulls, lastAt }] of own.entries()) {
      const reference = references[at];
      if (reference === undefined) continue;
      for (const name of [reference, '']) {
        const key = `${repositoryId} ${name} ${dayAt}`;
        const sum = sums.get(key);
        sums.set(key, {
          repositoryId,
          reference: name,
          dayAt,
          pulls: (sum?.pulls ?? 0) + pulls,
          lastAt: Math.max(sum?.lastAt ?? 0, lastAt),
        });
      }
    }
  }
  return [...sums.values()];
}

/** By what each was pulled, in their order; undefined where it is no pull of its own. */
async function nameReferences(
  query: Query,
  repositoryId: number,
  waiting: readonly Waiting[],
): Promise<readonly (string | undefined)[]> {
  const subjects = await findSubjects(
    query,
    repositoryId,
    waiting.map(({ sent }) => sent.digest),
  );
  const following = waiting.filter(({ sent }) => sent.before.length > 0).map(({ sent }) => sent.digest);
  const parents = await listParentManifests(query, repositoryId, [...new Set(following)]);
  const isNamedBy = new Set(parents.map(({ digest, childDigest }) => `${digest} ${childDigest}`));
  return waiting.map(({ sent: { reference, digest, before } }) => {
    if (subjects.has(digest) || subjectOfTag(reference) !== undefined) return undefined;
    const whole = before.filter((one) => isNamedBy.has(`${one.digest} ${digest}`));
    if (whole.length === 0) return reference;
    // Where the index itself was not sent, since the client had it, its platform is what was pulled by the tag.
    return whole.some((one) => one.isSent) ? undefined : (whole[0]?.tag ?? reference);
  });
}
