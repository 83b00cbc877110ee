// An instance's trust for tests: rows in a database of memory, keys in a folder that goes with the test, a clock that
// stands where it is put.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Database } from '../../io/db/database.ts';
import { openSqliteDatabase } from '../../io/db/sqlite.ts';
import { createKeyFolder } from '../../io/keys/key-folder.ts';
import type { KeyRing } from '../../io/keys/key-ring.ts';
import { createMemoryKey } from '../../io/keys/memory.ts';
import { systemRandom } from '../../kit/clock.ts';
import { type Established, establishTrust } from './establish.ts';
import { createTrustService, type TrustService } from './trust-service.ts';

export const START = Date.UTC(2026, 10, 21, 12, 0, 0);
export const publicUrl = 'https://images.example.org';

export interface TrustWorld {
  readonly folder: string;
  readonly database: Database;
  readonly ring: KeyRing;
  readonly clock: { now(): number; set(epochMs: number): void };
  readonly trust: TrustService;
  establish(url?: string): Promise<Established>;
}

export async function openTrustWorld(t: TestContext): Promise<TrustWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-trust-'));
  const database = await openSqliteDatabase(':memory:');
  t.after(async () => {
    await database[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  let now = START;
  const clock = {
    now: () => now,
    set(epochMs: number): void {
      now = epochMs;
    },
  };
  const ring = createKeyFolder({ folder: join(folder, 'keys'), random: systemRandom });
  const offlineRing = createKeyFolder({ folder: join(folder, 'offline'), random: systemRandom });
  const around = { database, ring, clock, random: systemRandom };
  const establish = (url = publicUrl) => establishTrust({ ...around, offlineRing, publicUrl: url });
  const { origin } = await establish();
  const createKey = () => createMemoryKey('ecdsa-p256-sha256');
  const trust = createTrustService({ ...around, createKey, origin, url: () => publicUrl });
  return { folder, database, ring, clock, trust, establish };
}
