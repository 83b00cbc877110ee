// What rows said, remembered for as long as it is exactly what they say: each entry belongs to the state of the tables
// that it came from, and any write to one of those makes it void before the writer is answered. Where the database
// cannot tell (others write to it too), nothing is remembered. Bounded; the oldest entry goes.
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

export interface RowCache<T> {
  /** What is known under the key, or what `load` reads now. `undefined` is remembered too. */
  read(key: string, load: () => Promise<T>): Promise<T>;
  /** What is known under the key, without asking anybody; undefined of what is not known too. */
  peek(key: string): T | undefined;
}

export function createRowCache<T>(
  database: Pick<Database, 'stateOf'>,
  tables: readonly (keyof Tables)[],
  most: number,
): RowCache<T> {
  let entries = new Map<string, T>();
  let state: number | undefined;

  /** The tables' state, with what was known of an older one forgotten. */
  function turn(): number | undefined {
    const now = database.stateOf(tables);
    if (now !== state) {
      if (entries.size > 0) entries = new Map();
      state = now;
    }
    return now;
  }

  return {
    peek(key) {
      return turn() === undefined ? undefined : entries.get(key);
    },

    async read(key, load) {
      const now = turn();
      if (now === undefined) return load();
      const known = entries.get(key);
      if (known !== undefined || entries.has(key)) return known as T;
      const value = await load();
      // A write that came while it was read: what was read may be of before.
      if (database.stateOf(tables) !== now || state !== now) return value;
      if (entries.size >= most) entries.delete(entries.keys().next().value as string);
      entries.set(key, value);
      return value;
    },
  };
}
