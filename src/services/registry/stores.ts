// What the registry stands on: rows, bytes, time and randomness. One small object for all its services.

import type { BlobStore } from '../../io/blobs/store.ts';
import type { Database } from '../../io/db/database.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import type { BlobGate } from './blob-gate.ts';

export interface RegistryStores {
  readonly database: Database;
  readonly blobs: BlobStore;
  /** One for all who write or remove blobs of this store. */
  readonly gate: BlobGate;
  readonly clock: Clock;
  readonly random: Random;
}
