// Transactions that wait at the same time are committed together, each in its own savepoint: the disk is
// synced once for all of them, not once for each. Nobody is answered before that one commit.
// What one of them throws undoes its own work alone.
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

/** Bounds how long the calling thread is held and how much one failed commit takes with it. */
const BATCH = 64;

interface Waiting {
  /** Does the work in a savepoint and says how to settle its promise once all is committed. */
  run(query: Transaction<Tables>): Promise<() => void>;
  reject(cause: unknown): void;
}

export function createGroupCommit(query: Kysely<Tables>): Database['transaction'] {
  const waiting: Waiting[] = [];
  let isRunning = false;

  async function runBatch(): Promise<void> {
    const batch = waiting.splice(0, BATCH);
    const settlements: (() => void)[] = [];
    try {
      await query.transaction().execute(async (transaction) => {
        for (const one of batch) settlements.push(await one.run(transaction));
      });
      for (const settle of settlements) settle();
    } catch (cause) {
      for (const one of batch) one.reject(cause);
    }
    if (waiting.length > 0) schedule();
    else isRunning = false;
  }

  function schedule(): void {
    isRunning = true;
    // After the callbacks that are due now: their transactions join this batch.
    setImmediate(runBatch);
  }

  return (work) =>
    new Promise((resolve, reject) => {
      waiting.push({
        reject,
        async run(transaction) {
          await sql`savepoint one`.execute(transaction);
          try {
            const result = await work(transaction);
            await sql`release one`.execute(transaction);
            return () => resolve(result);
          } catch (cause) {
            try {
              await sql`rollback to one`.execute(transaction);
              await sql`release one`.execute(transaction);
            } catch {
              // A full disk undoes the whole transaction by itself: then all of them fail, by what it said first.
              throw cause;
            }
            return () => reject(cause);
          }
        },
      });
      if (!isRunning) schedule();
    });
}
