// What an operator asks about the instance's authority: its keys with their ages, and how much it has logged. Read
// from rows alone: no key is opened.
import type { Query } from '../../io/db/database.ts';
import { countPrecertificates } from './certificate-store.ts';
import { findTrustOrigin } from './establish.ts';
import { listTrustKeys, type TrustKey } from './trust-key.ts';

export interface TrustStatus {
  /** Name of the log and of who runs the instance. */
  readonly origin: string;
  /** The oldest first. */
  readonly keys: readonly TrustKey[];
  readonly logEntries: number;
  readonly certificates: number;
}

/** Undefined where the instance has no keys yet. */
export async function readTrustStatus(query: Query): Promise<TrustStatus | undefined> {
  const keys = await listTrustKeys(query);
  const origin = await findTrustOrigin(query);
  if (keys.length === 0 || origin === undefined) return undefined;
  const { size } = await query
    .selectFrom('trust_log')
    .select('size')
    .where('id', '=', 1)
    .executeTakeFirstOrThrow();
  return { origin, keys, logEntries: size, certificates: await countPrecertificates(query) };
}
