// Proofs about a Merkle tree: that an entry is in it (RFC 9162 §2.1.3) and that it only grew (§2.1.4). Made from
// nodes that anybody may hand over, checked against roots alone: who checks need not trust who made them.
import { hashNode, isSameHash, type MerkleHash } from './merkle.ts';

/** The root of the complete subtree of 2^level leaves from position * 2^level on. */
export type ReadNode = (level: number, position: number) => Promise<MerkleHash>;

/** The audit path of leaf `index` in the tree of `size` leaves, from its sibling up. `index` < `size`. */
export function proveInclusion(index: number, size: number, read: ReadNode): Promise<readonly MerkleHash[]> {
  return pathWithin(index, 0, size, read);
}

/** From the tree of `before` leaves to that of `after`; 0 < `before` <= `after`. */
export function proveConsistency(
  before: number,
  after: number,
  read: ReadNode,
): Promise<readonly MerkleHash[]> {
  return growthWithin(before, { start: 0, end: after }, true, read);
}

/** The root of the first `size` leaves; 0 < `size`. */
export function readRoot(size: number, read: ReadNode): Promise<MerkleHash> {
  return rangeRoot(0, size, read);
}

/** Whether the path leads from the leaf to the root. */
export function isIncluded(parts: {
  readonly leaf: MerkleHash;
  readonly index: number;
  readonly size: number;
  readonly proof: readonly MerkleHash[];
  readonly root: MerkleHash;
}): boolean {
  const { leaf, index, size, proof, root } = parts;
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  let position = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      hash = hashNode(sibling, hash);
      // A right edge has no sibling on levels where its subtree is alone: those are climbed at once.
      while (position % 2 === 0 && position !== 0) [position, last] = [half(position), half(last)];
    } else hash = hashNode(hash, sibling);
    [position, last] = [half(position), half(last)];
  }
  return last === 0 && isSameHash(hash, root);
}

/** A tree as a checkpoint names it. */
export interface Tree {
  readonly size: number;
  readonly root: MerkleHash;
}

/** Whether `after` is `before` with nothing but more leaves behind it. */
export function isConsistent(before: Tree, after: Tree, proof: readonly MerkleHash[]): boolean {
  if (!isCount(before.size) || !isCount(after.size) || before.size > after.size) return false;
  if (before.size === after.size) return proof.length === 0 && isSameHash(before.root, after.root);
  // Nothing is the beginning of everything, and needs no proof (RFC 9162 has none for it).
  if (before.size === 0) return proof.length === 0;
  const path = isPowerOfTwo(before.size) ? [before.root, ...proof] : [...proof];
  const first = path.shift();
  if (first === undefined) return false;
  let position = before.size - 1;
  let last = after.size - 1;
  while (position % 2 === 1) [position, last] = [half(position), half(last)];
  let [old, grown] = [first, first];
  for (const hash of path) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      [old, grown] = [hashNode(hash, old), hashNode(hash, grown)];
      while (position % 2 === 0 && position !== 0) [position, last] = [half(position), half(last)];
    } else grown = hashNode(grown, hash);
    [position, last] = [half(position), half(last)];
  }
  return last === 0 && isSameHash(old, before.root) && isSameHash(grown, after.root);
}

async function pathWithin(
  index: number,
  start: number,
  end: number,
  read: ReadNode,
): Promise<readonly MerkleHash[]> {
  if (end - start === 1) return [];
  const middle = start + splitOf(end - start);
  const [within, beside] =
    index < middle
      ? [pathWithin(index, start, middle, read), rangeRoot(middle, end, read)]
      : [pathWithin(index, middle, end, read), rangeRoot(start, middle, read)];
  // All at once: a store that is asked for many nodes in one turn reads them together.
  const [path, sibling] = await Promise.all([within, beside]);
  return [...path, sibling];
}

/** SUBPROOF of RFC 6962 §2.1.2: `isWhole` while the old tree's root is known to who checks. */
async function growthWithin(
  before: number,
  { start, end }: { readonly start: number; readonly end: number },
  isWhole: boolean,
  read: ReadNode,
): Promise<readonly MerkleHash[]> {
  if (before === end) return isWhole ? [] : [await rangeRoot(start, end, read)];
  const middle = start + splitOf(end - start);
  if (before <= middle)
    return [
      ...(await growthWithin(before, { start, end: middle }, isWhole, read)),
      await rangeRoot(middle, end, read),
    ];
  return [
    ...(await growthWithin(before, { start: middle, end }, false, read)),
    await rangeRoot(start, middle, read),
  ];
}

async function rangeRoot(start: number, end: number, read: ReadNode): Promise<MerkleHash> {
  const size = end - start;
  if (isPowerOfTwo(size)) return read(Math.log2(size), start / size);
  const middle = start + splitOf(size);
  const [left, right] = await Promise.all([rangeRoot(start, middle, read), rangeRoot(middle, end, read)]);
  return hashNode(left, right);
}

/** The largest power of two below `size`, which is over 1. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

function isPowerOfTwo(size: number): boolean {
  return size > 0 && Number.isInteger(Math.log2(size)) && 2 ** Math.log2(size) === size;
}

function half(count: number): number {
  return Math.floor(count / 2);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
