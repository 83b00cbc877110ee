// Time and randomness as values that are handed in, so that tests and reproducible output can fix them.
import { randomBytes, randomUUID } from 'node:crypto';

/** Where the present moment comes from. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number;
}

/** The machine's clock. */
export const systemClock: Clock = Object.freeze({ now: () => Date.now() });

/** Where identifiers and secrets come from. */
export interface Random {
  /** A fresh UUID v4. */
  uuid(): string;
  /** `sizeBytes` unpredictable bytes. */
  bytes(sizeBytes: number): Uint8Array;
}

/** The machine's cryptographic generator. */
export const systemRandom: Random = Object.freeze({
  uuid: () => randomUUID(),
  bytes: (sizeBytes: number): Uint8Array => randomBytes(sizeBytes),
});

/** RFC 3339 in UTC with milliseconds, the spelling of every time that leaves the program. */
export function formatInstant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
