// From a pack to a store: the blocks that come out, and the fingerprint that says whether they are the ones
// that were promised. Invariant: a store that is not the promised one never takes the present one's place.
import { applyEntries } from './delta.ts';
import { advisoryErrors } from './errors.ts';
import { createFingerprint } from './fingerprint.ts';
import type { ReadPack } from './pack.ts';
import type { AdvisoryBlock, AdvisoryShelf, AdvisoryStore } from './store.ts';

/** What a delta is laid over. */
export interface PackBase {
  readonly store: Pick<AdvisoryStore, 'blocks'>;
  readonly fingerprint: string;
}

/**
 * Every block of the store that a pack makes of its base. Throws `advisories.pack_damaged` before the first
 * where the base is another one, and after the last where their fingerprint is not the promised one.
 */
export async function* unpackBlocks(pack: ReadPack, base?: PackBase): AsyncGenerator<AdvisoryBlock> {
  if (pack.from !== base?.fingerprint)
    throw advisoryErrors.pack_damaged(
      `the pack is made for ${pack.from ?? 'no base'}, not for ${base?.fingerprint ?? 'none'}`,
    );
  const feeds = new Set(pack.feeds.map(({ feed }) => feed));
  const fingerprint = createFingerprint(pack.feeds);
  for await (const block of applyEntries(base?.store.blocks() ?? [], pack.entries)) {
    if (!feeds.has(block.feed))
      throw advisoryErrors.pack_damaged(`the pack holds rows of ${block.feed}, which is no feed of it`);
    fingerprint.add(block);
    yield block;
  }
  const found = fingerprint.text();
  if (found !== pack.to)
    throw advisoryErrors.pack_damaged(`the pack unpacks to ${found}, and should to ${pack.to}`);
}

/** Makes the pack's store the present one, whole or not at all; returns the number of its blocks. */
export async function takePack(shelf: AdvisoryShelf, pack: ReadPack, base?: PackBase): Promise<number> {
  await using copy = await shelf.copy();
  let count = 0;
  for await (const block of unpackBlocks(pack, base)) {
    copy.add(block);
    count += 1;
  }
  await copy.finish(pack.feeds);
  return count;
}
