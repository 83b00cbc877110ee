// The fingerprint of a store: one hash over its feeds' rows and its blocks' hashes, in order. Two stores of
// the same content have the same one, whatever adapter keeps them; a refresh that only moved the times has
// another, since how old a store is belongs to what it says.
import { setImmediate } from 'node:timers/promises';
import { createRunningHash } from '../../kit/hash.ts';
import { stableJson } from '../../kit/json.ts';
import { compareBytes } from './changed.ts';
import type { AdvisoryBlock, AdvisoryStore, FeedRow } from './store.ts';

/** Some milliseconds' work; a server answers requests in between. */
const BLOCKS_AT_ONCE = 1_000;

/** Runs along while blocks pass, in the order that `blocks()` gives. */
export interface RunningFingerprint {
  add(block: Pick<AdvisoryBlock, 'scope' | 'name' | 'feed' | 'hash'>): void;
  /** `sha256:` and 64 hex digits. */
  text(): string;
}

export function createFingerprint(feeds: readonly FeedRow[]): RunningFingerprint {
  const hash = createRunningHash('sha256');
  const add = (value: unknown): void => hash.update(Buffer.from(`${stableJson(value)}\n`));
  add([...feeds].sort((a, b) => compareBytes(a.feed, b.feed)));
  return {
    add: ({ scope, name, feed, hash: ofRows }) => add([scope, name, feed, ofRows]),
    text: () => `sha256:${hash.hex()}`,
  };
}

/** Reads every block's hash once, and lets others run in between: half a second for a store of 40 MB. */
export async function fingerprintStore(store: Pick<AdvisoryStore, 'feeds' | 'blocks'>): Promise<string> {
  const running = createFingerprint(store.feeds());
  let count = 0;
  for (const block of store.blocks()) {
    running.add(block);
    count += 1;
    if (count % BLOCKS_AT_ONCE === 0) await setImmediate();
  }
  return running.text();
}

export function isFingerprint(text: unknown): text is string {
  return typeof text === 'string' && /^sha256:[0-9a-f]{64}$/.test(text);
}
