// A log that grows and witnesses in memory, as the tests of both sides need them.
import { formatCheckpoint } from '../../formats/crypto/checkpoint.ts';
import { emptyEdge, growEdge, hashLeaf, type MerkleHash, rootOfEdge } from '../../formats/crypto/merkle.ts';
import { createNoteSigner, type NoteSigner } from '../../formats/crypto/note.ts';
import { proveConsistency } from '../../formats/crypto/proof.ts';
import type { WitnessedTree, WitnessStore } from './witness.ts';

export const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);

export interface GrowingLog {
  readonly signer: NoteSigner;
  /** The signed checkpoint of the first `size` entries. */
  checkpoint(size: number): string;
  prove(before: number, after: number): Promise<readonly MerkleHash[]>;
}

/** Entries are `prefix` and their number: two logs of other prefixes have the same name and another history. */
export function createLog(prefix = 'entry', name = 'log.example.org'): GrowingLog {
  const signer = createNoteSigner(name, new Uint8Array(32).fill(1));
  const nodes = new Map<string, MerkleHash>();
  const edges = [emptyEdge];
  for (let at = 0; at < 40; at += 1) {
    const { edge, completed } = growEdge(
      edges[at] as typeof emptyEdge,
      hashLeaf(Buffer.from(`${prefix} ${at}`)),
    );
    for (const { level, position, hash } of completed) nodes.set(`${level}/${position}`, hash);
    edges.push(edge);
  }
  return {
    signer,
    checkpoint: (size) =>
      signer.sign(
        formatCheckpoint({ origin: name, size, root: rootOfEdge(edges[size] as typeof emptyEdge) }),
      ),
    prove: (before, after) =>
      proveConsistency(
        before,
        after,
        async (level, position) => nodes.get(`${level}/${position}`) as MerkleHash,
      ),
  };
}

export interface MemoryWitnessStore extends WitnessStore {
  readonly trees: Map<string, WitnessedTree>;
}

export function createMemoryWitnessStore(): MemoryWitnessStore {
  const trees = new Map<string, WitnessedTree>();
  return {
    trees,
    read: async (origin) => trees.get(origin),
    async replace(origin, before, tree) {
      if (trees.get(origin)?.size !== before) return false;
      trees.set(origin, tree);
      return true;
    },
  };
}
