// Differences between stores, each a walk over two lists in the order of the blocks, in constant memory:
// finding them, joining two that follow each other, and laying one over its base. A delta says nothing of
// the rows that it leaves alone, so whoever applies it compares the fingerprint that comes out.
import { type BlockKey, compareBlocks } from './block.ts';
import { entryKey, type PackEntry } from './pack.ts';
import type { AdvisoryBlock } from './store.ts';

type Walk<T> = AsyncIterable<T> | Iterable<T>;

/** What makes `newer` of `older`. */
export async function* diffBlocks(
  older: Walk<AdvisoryBlock>,
  newer: Walk<AdvisoryBlock>,
): AsyncGenerator<PackEntry> {
  for await (const [before, after] of pairUp(older, newer, same, same)) {
    if (after === undefined) yield { kind: 'removed', key: keyOf(before as AdvisoryBlock) };
    else if (before?.hash !== after.hash) yield { kind: 'block', block: after };
  }
}

/** One delta for two: what `later` says of a key holds. A removal may be of a key that the base never had. */
export async function* composeEntries(
  earlier: Walk<PackEntry>,
  later: Walk<PackEntry>,
): AsyncGenerator<PackEntry> {
  for await (const [before, after] of pairUp(earlier, later, entryKey, entryKey))
    yield (after ?? before) as PackEntry;
}

/** The blocks of the store that comes out; removing what is not there is no error. */
export async function* applyEntries(
  base: Walk<AdvisoryBlock>,
  entries: Walk<PackEntry>,
): AsyncGenerator<AdvisoryBlock> {
  for await (const [before, entry] of pairUp(base, entries, same, entryKey)) {
    if (entry === undefined) yield before as AdvisoryBlock;
    else if (entry.kind === 'block') yield entry.block;
  }
}

/** Both lists merged by key: what stands at the same key comes together, what stands alone comes alone. */
async function* pairUp<A, B>(
  left: Walk<A>,
  right: Walk<B>,
  leftKey: (item: A) => BlockKey,
  rightKey: (item: B) => BlockKey,
): AsyncGenerator<readonly [A | undefined, B | undefined]> {
  const [lefts, rights] = [walk(left), walk(right)];
  try {
    let a = await lefts.next();
    let b = await rights.next();
    while (a.done !== true || b.done !== true) {
      const order = a.done ? 1 : b.done ? -1 : compareBlocks(leftKey(a.value), rightKey(b.value));
      yield [order <= 0 ? (a.value as A) : undefined, order >= 0 ? (b.value as B) : undefined];
      if (order <= 0) a = await lefts.next();
      if (order >= 0) b = await rights.next();
    }
  } finally {
    await Promise.all([lefts.return?.(), rights.return?.()]);
  }
}

function walk<T>(list: Walk<T>): AsyncIterator<T> | Iterator<T> {
  return Symbol.asyncIterator in list ? list[Symbol.asyncIterator]() : list[Symbol.iterator]();
}

function same<T>(item: T): T {
  return item;
}

function keyOf({ scope, name, feed }: AdvisoryBlock): BlockKey {
  return { scope, name, feed };
}
