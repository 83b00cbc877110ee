// The port for rows: kysely over an embedded or a shared database. Adapters: sqlite, later postgres;
// each passes contract-suite.ts. Queries above use only what both understand (see migrations/ for types):
// text, integers, bytes; times are integer milliseconds; booleans are 0 or 1; JSON is text.
import type { Kysely, Transaction } from 'kysely';
import type { Tables } from './tables.ts';

export type Query = Kysely<Tables> | Transaction<Tables>;

export interface Database extends AsyncDisposable {
  readonly query: Kysely<Tables>;
  /**
   * Runs `work` in one serialisable transaction; commits durably before it resolves, rolls back
   * on any throw. `work` must await nothing but its own queries. Do not nest.
   */
  transaction<T>(work: (query: Transaction<Tables>) => Promise<T>): Promise<T>;
  /**
   * A number that is another one as soon as a write to one of these tables begins, and stays until the next: what was
   * read wholly under one number is what the tables say for as long as it holds. Undefined where others write too.
   */
  stateOf(tables: readonly (keyof Tables)[]): number | undefined;
  /** Answers when the database does; throws `db.unavailable` otherwise. For /readyz. */
  ping(): Promise<void>;
}
