// Jobs as rows: what must be done later, by whichever process. A job is taken by a lease that must be
// extended while it runs; a process that dies simply stops extending, and the job is taken again.
// At most one unfinished job stands per (kind, key): asking twice is asking once, and asking with another
// input while it runs makes it run once more. Handlers must therefore bear running twice.
import type { Selectable } from 'kysely';
import type { Database, Query } from '../../io/db/database.ts';
import type { JobTable } from '../../io/db/tables.ts';
import type { Clock } from '../../kit/clock.ts';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import { type JsonObject, stableJson } from '../../kit/json.ts';

/** What should be done. `key` names the thing it is done to, within its kind. */
export interface JobWish {
  readonly kind: string;
  readonly key: string;
  readonly input: JsonObject;
  /** Not before this moment; now where absent. */
  readonly runAt?: number;
}

/** How long to wait after each failed try: `firstMs`, then `factor` times the last, never over `mostMs`. */
export interface Backoff {
  readonly firstMs: number;
  readonly factor: number;
  readonly mostMs: number;
}

/** A job in hand, until its lease ends. */
export interface LeasedJob {
  readonly id: number;
  readonly kind: string;
  readonly key: string;
  readonly input: JsonObject;
  /** The text that was leased: another text at the end means that it was asked for again. */
  readonly inputText: string;
  /** This one included. */
  readonly attempts: number;
  readonly owner: string;
}

export interface Queue {
  /** Writes the wish in the caller's transaction, so that it stands exactly when what caused it does. */
  enqueue(query: Query, wish: JobWish): Promise<void>;
  /** The next due job of these kinds, or one whose lease has run out; undefined where there is none. */
  lease(owner: string, kinds: readonly string[]): Promise<LeasedJob | undefined>;
  /** False where the lease was lost: the work must stop. */
  extend(job: LeasedJob): Promise<boolean>;
  complete(job: LeasedJob): Promise<void>;
  /** Sets the job to be tried again later; 'failed' where it will not be. */
  fail(job: LeasedJob, error: unknown, backoff?: Backoff): Promise<'again' | 'failed'>;
  /** Gives an unfinished job back, as if it had not been taken. */
  release(job: LeasedJob): Promise<void>;
  /** Ends every lease. Only at the start of a process that knows itself alone: what was leased died with the last one. */
  endLeases(): Promise<void>;
}

/** Longer than a pause of garbage collection or a slow disk; short enough that a killed process is not missed. */
export const leaseMs = 30_000;
/** With the usual backoff this is about ten minutes of trying. */
const MOST_ATTEMPTS = 8;
const USUAL_BACKOFF: Backoff = Object.freeze({ firstMs: 5_000, factor: 2, mostMs: 10 * 60_000 });

export function createQueue(deps: { readonly database: Database; readonly clock: Clock }): Queue {
  const { database, clock } = deps;

  /** Changes a job that is still this owner's; false where it is not. */
  async function change(job: LeasedJob, row: Partial<Selectable<JobTable>>): Promise<boolean> {
    const result = await database.query
      .updateTable('job')
      .set({ ...row, updated_at: clock.now() })
      .where('id', '=', job.id)
      .where('state', '=', 'leased')
      .where('lease_owner', '=', job.owner)
      .where('attempts', '=', job.attempts)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  return {
    async enqueue(query, wish) {
      const now = clock.now();
      const input_json = stableJson(wish.input);
      const run_at = wish.runAt ?? now;
      const again = await query
        .updateTable('job')
        .set({ input_json, updated_at: now })
        .where('kind', '=', wish.kind)
        .where('key', '=', wish.key)
        .where('state', 'in', ['ready', 'leased'])
        .executeTakeFirst();
      if (again.numUpdatedRows > 0n) return;
      const fresh = { state: 'ready', attempts: 0, lease_owner: null, lease_until: null, error: null };
      await query
        .insertInto('job')
        .values({
          kind: wish.kind,
          key: wish.key,
          input_json,
          run_at,
          ...fresh,
          created_at: now,
          updated_at: now,
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },

    async lease(owner, kinds) {
      if (kinds.length === 0) return undefined;
      const now = clock.now();
      // Mostly there is none, which needs no transaction.
      if ((await findDue(database.query, kinds, now)) === undefined) return undefined;
      const row = await database.transaction(async (query) => {
        const due = await findDue(query, kinds, now);
        if (due === undefined) return undefined;
        const taken = { state: 'leased', lease_owner: owner, lease_until: now + leaseMs };
        const attempts = due.attempts + 1;
        await query
          .updateTable('job')
          .set({ ...taken, attempts, updated_at: now })
          .where('id', '=', due.id)
          .execute();
        return { ...due, attempts };
      });
      return row === undefined ? undefined : toLeasedJob(row, owner);
    },

    extend: (job) => change(job, { lease_until: clock.now() + leaseMs }),

    async complete(job) {
      await database.query
        .updateTable('job')
        .set((set) => ({
          state: set.case().when('input_json', '=', job.inputText).then('done').else('ready').end(),
          attempts: 0,
          lease_owner: null,
          lease_until: null,
          error: null,
          run_at: clock.now(),
          updated_at: clock.now(),
        }))
        .where('id', '=', job.id)
        .where('state', '=', 'leased')
        .where('lease_owner', '=', job.owner)
        .where('attempts', '=', job.attempts)
        .execute();
    },

    async fail(job, error, backoff = USUAL_BACKOFF) {
      const isOver = !isWorthRetrying(error) || job.attempts >= MOST_ATTEMPTS;
      const { firstMs, factor, mostMs } = backoff;
      const delayMs = Math.min(firstMs * factor ** (job.attempts - 1), mostMs);
      await change(job, {
        state: isOver ? 'failed' : 'ready',
        run_at: clock.now() + delayMs,
        lease_owner: null,
        lease_until: null,
        error: describeError(error),
      });
      return isOver ? 'failed' : 'again';
    },

    async release(job) {
      await change(job, {
        state: 'ready',
        attempts: job.attempts - 1,
        run_at: clock.now(),
        lease_owner: null,
        lease_until: null,
      });
    },

    async endLeases() {
      await database.query.updateTable('job').set({ lease_until: 0 }).where('state', '=', 'leased').execute();
    },
  };
}

/** Taken more often than it may be tried: whoever held it before died with it each time. */
export function isExhausted(job: LeasedJob): boolean {
  return job.attempts > MOST_ATTEMPTS;
}

/** Coded failures say by their kind whether time mends them; anything else may be a passing defect. */
function isWorthRetrying(error: unknown): boolean {
  if (!isPlimsollError(error)) return true;
  return error.kind === 'unavailable' || error.kind === 'limited';
}

/** The job that has waited longest of those that are due, or whose owner has died. */
async function findDue(query: Query, kinds: readonly string[], now: number) {
  return query
    .selectFrom('job')
    .selectAll()
    .where('kind', 'in', kinds)
    .where((is) =>
      is.or([
        is.and([is('state', '=', 'ready'), is('run_at', '<=', now)]),
        is.and([is('state', '=', 'leased'), is('lease_until', '<', now)]),
      ]),
    )
    .orderBy('run_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

function toLeasedJob(row: Selectable<JobTable>, owner: string): LeasedJob {
  const { id, kind, key, input_json: inputText, attempts } = row;
  return { id, kind, key, input: JSON.parse(inputText) as JsonObject, inputText, attempts, owner };
}
