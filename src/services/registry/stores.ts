// What the registry stands on: rows, bytes, time and randomness. One small object for all its services.

import type { BlobStore } from '../../io/blobs/store.ts';
import type { Database } from '../../io/db/database.ts';
import type { Clock, Random } from '../../kit/clock.ts';

export interface RegistryStores {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly random: Random;
}
