// One entry's proof as a text that stands by itself (C2SP tlog-proof): its index, its audit path, the checkpoint.
import type { MerkleHash } from './merkle.ts';

export interface LogProof {
  readonly index: number;
  /** From the leaf's sibling up. */
  readonly path: readonly MerkleHash[];
  /** The signed note, as the log gave it. */
  readonly checkpoint: string;
}

export function formatLogProof({ index, path, checkpoint }: LogProof): string {
  const lines = path.map((hash) => `${Buffer.from(hash).toString('base64')}\n`);
  return `c2sp.org/tlog-proof@v1\nindex ${index}\n${lines.join('')}\n${checkpoint}`;
}
