// A log of what was signed (C2SP tlog-tiles): entries are appended, durably, and each is answered with the proof
// that it is in the tree of a signed checkpoint. All that wait while one batch is written are the next batch: one
// write, one root and one signature for any number of them.
// The store is a port: it keeps entries and nodes, and says that it has them only when they are durable.
import { formatCheckpoint } from '../../formats/crypto/checkpoint.ts';
import {
  growEdge,
  hashLeaf,
  type MerkleHash,
  rootOfEdge,
  type TreeEdge,
  type TreeNode,
} from '../../formats/crypto/merkle.ts';
import { formatNote, noteKey, noteKeyHash } from '../../formats/crypto/note.ts';
import { proveConsistency, proveInclusion } from '../../formats/crypto/proof.ts';
import { entryBytes } from '../../formats/crypto/tile.ts';
import type { LoggedEntry } from '../../formats/sigstore/signed-bundle.ts';
import { rawEd25519 } from '../../formats/x509/algorithm.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import { limits } from '../../kit/limits.ts';
import { authorityErrors } from './errors.ts';

/** One write: the entries behind the first `before` ones, the nodes that they complete, the tree that there is then. */
export interface LogBatch {
  readonly before: number;
  readonly entries: readonly { readonly bytes: Uint8Array; readonly leaf: MerkleHash }[];
  readonly nodes: readonly TreeNode[];
  readonly edge: TreeEdge;
}

/** Where a log's entries and hashes are; what every one must do is log-store-suite.ts. */
export interface LogStore {
  /** The tree as it is kept. */
  readEdge(): Promise<TreeEdge>;
  /**
   * Resolves when all of it is durable, and keeps nothing of it where it fails. False, and nothing kept, where there
   * are not `before` entries: something else has written.
   */
  append(batch: LogBatch): Promise<boolean>;
  /** A node that some batch completed. */
  readNode(level: number, position: number): Promise<MerkleHash>;
}

export interface EntryLog {
  /** Name of the log, first line of its checkpoints. */
  readonly origin: string;
  /** SubjectPublicKeyInfo, Ed25519. */
  readonly publicKey: Uint8Array;
  /** SHA-256 of name and key, as bundles and trusted roots name the log. */
  readonly logId: Uint8Array;
  /** Of entries appended at once all are in one batch, at most `limits.logBatch`. `authority.entry_too_large`, `authority.log_conflict` */
  append(entry: Uint8Array): Promise<LoggedEntry>;
}

interface Waiting {
  readonly entry: Uint8Array;
  readonly settle: PromiseWithResolvers<LoggedEntry>;
}

export interface EntryLogParts {
  readonly origin: string;
  readonly key: SigningKey;
  readonly store: LogStore;
  /** Adds the word of witnesses to a checkpoint before any entry is answered with it; must not reject for one of them. */
  readonly cosign?: (
    checkpoint: string,
    prove: (before: number, after: number) => Promise<readonly MerkleHash[]>,
  ) => Promise<string>;
}

/** The key must be Ed25519: `x509.key_invalid`; the origin a name without spaces and plus: `crypto.key_invalid`. */
export function createEntryLog({ origin, key, store, cosign }: EntryLogParts): EntryLog {
  const raw = rawEd25519(key.publicKey);
  const named = noteKey(origin, raw);
  const logId = noteKeyHash(origin, raw);
  const waiting: Waiting[] = [];
  let isWriting = false;
  /** What this log last wrote; undefined before the first batch and after a failed one. */
  let known: TreeEdge | undefined;

  async function writeBatch(batch: readonly Waiting[]): Promise<readonly LoggedEntry[]> {
    const before = known ?? (await store.readEdge());
    known = undefined;
    const { write, fresh } = growBy(
      before,
      batch.map(({ entry }) => entry),
    );
    if (!(await store.append(write)))
      throw authorityErrors.log_conflict(
        `the log ${origin} had ${before.size} entries, and its store has another number: something else writes to it`,
      );
    known = write.edge;
    const { size } = write.edge;
    const text = formatCheckpoint({ origin, size, root: rootOfEdge(write.edge) });
    const own = formatNote(text, named, await key.sign(Buffer.from(text), 'ed25519'));
    const read = async (level: number, position: number): Promise<MerkleHash> =>
      fresh.get(nodeName(level, position)) ?? store.readNode(level, position);
    const prove = (from: number, to: number) => proveConsistency(from, to, read);
    const checkpoint = cosign === undefined ? own : await cosign(own, prove);
    return Promise.all(
      batch.map(async ({ entry }, at) => {
        const index = before.size + at;
        return { logId, index, proof: await proveInclusion(index, size, read), checkpoint, entry };
      }),
    );
  }

  async function writeWaiting(): Promise<void> {
    if (isWriting) return;
    isWriting = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, limits.logBatch);
      try {
        const logged = await writeBatch(batch);
        for (const [at, { settle }] of batch.entries()) settle.resolve(logged[at] as LoggedEntry);
      } catch (cause) {
        for (const { settle } of batch) settle.reject(cause);
      }
    }
    isWriting = false;
  }

  return Object.freeze<EntryLog>({
    origin,
    publicKey: key.publicKey,
    logId,
    append(entry) {
      if (entry.byteLength > entryBytes)
        return Promise.reject(
          authorityErrors.entry_too_large(`an entry of ${entry.byteLength} bytes is over ${entryBytes}`),
        );
      const settle = Promise.withResolvers<LoggedEntry>();
      waiting.push({ entry, settle });
      // Behind what is already running, so that entries handed over in one turn are one batch.
      queueMicrotask(() => void writeWaiting());
      return settle.promise;
    },
  });
}

function growBy(
  before: TreeEdge,
  entries: readonly Uint8Array[],
): { readonly write: LogBatch; readonly fresh: ReadonlyMap<string, MerkleHash> } {
  let edge = before;
  const nodes: TreeNode[] = [];
  const written = entries.map((bytes) => {
    const leaf = hashLeaf(bytes);
    const grown = growEdge(edge, leaf);
    edge = grown.edge;
    nodes.push(...grown.completed);
    return { bytes, leaf };
  });
  return {
    write: { before: before.size, entries: written, nodes, edge },
    fresh: new Map(nodes.map(({ level, position, hash }) => [nodeName(level, position), hash])),
  };
}

function nodeName(level: number, position: number): string {
  return `${level}/${position}`;
}
