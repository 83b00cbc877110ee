// The Merkle tree of a log: RFC 6962 §2.1 (RFC 9162 §2.1.1), SHA-256. A tree that grows is kept as its right edge:
// the roots of its complete subtrees, largest first, from which one more leaf and the root cost O(log n) hashes.
// Sizes and positions are safe integers: nothing here shifts bits.
import { hash } from 'node:crypto';

export const hashBytes = 32;

/** Of one leaf, a subtree or a whole tree; `hashBytes` long. */
export type MerkleHash = Uint8Array;

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function hashLeaf(entry: Uint8Array): MerkleHash {
  return sha256(Buffer.concat([LEAF, entry]));
}

export function hashNode(left: MerkleHash, right: MerkleHash): MerkleHash {
  return sha256(Buffer.concat([NODE, left, right]));
}

function sha256(bytes: Uint8Array): MerkleHash {
  return hash('sha256', bytes, 'buffer');
}

/** A tree of `size` leaves by the roots of its complete subtrees, the largest and leftmost first. */
export interface TreeEdge {
  readonly size: number;
  readonly hashes: readonly MerkleHash[];
}

/** The root of the 2^level leaves from position * 2^level on. */
export interface TreeNode {
  readonly level: number;
  readonly position: number;
  readonly hash: MerkleHash;
}

export const emptyEdge: TreeEdge = Object.freeze({ size: 0, hashes: Object.freeze([]) });

/** The edge with one more leaf, and the nodes that this leaf completes, itself first. */
export function growEdge(
  edge: TreeEdge,
  leaf: MerkleHash,
): { readonly edge: TreeEdge; readonly completed: readonly TreeNode[] } {
  const hashes = [...edge.hashes];
  let node: TreeNode = { level: 0, position: edge.size, hash: leaf };
  const completed = [node];
  // An odd position is the right one of its pair: its left neighbour stands last on the edge.
  while (node.position % 2 === 1) {
    node = {
      level: node.level + 1,
      position: (node.position - 1) / 2,
      hash: hashNode(hashes.pop() as MerkleHash, node.hash),
    };
    completed.push(node);
  }
  hashes.push(node.hash);
  return { edge: { size: edge.size + 1, hashes }, completed };
}

/** MTH of the whole tree; of no leaf, the hash of nothing. */
export function rootOfEdge({ hashes }: TreeEdge): MerkleHash {
  const [last, ...others] = hashes.toReversed();
  if (last === undefined) return sha256(new Uint8Array(0));
  return others.reduce((right, left) => hashNode(left, right), last);
}

/** How many hashes the edge of a tree has: the ones of its size in binary. */
export function edgeLength(size: number): number {
  let ones = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2;
  return ones;
}

export function isSameHash(one: MerkleHash, other: MerkleHash): boolean {
  return Buffer.compare(one, other) === 0;
}
