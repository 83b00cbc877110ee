// Appending to the tag log, within the transaction of the move that a leaf tells of. The head's row is updated
// first: with many processes over one database it is the lock that gives leaves their order; with one writer it
// costs nothing. O(log n) hashes a leaf, none of them read but the head's. Private to the registry.
import { edgeLength, growEdge, hashBytes, hashLeaf, type TreeEdge } from '../../../formats/crypto/merkle.ts';
import type { Query } from '../../../io/db/database.ts';
import { registryErrors } from '../errors.ts';
import { formatEntry, type OpenedRecord } from '../tag-record.ts';

export interface NewLeaf extends OpenedRecord {
  readonly repository: string;
  readonly tag: string;
  /** From when the tag was so, epoch milliseconds. */
  readonly at: number;
}

const HEAD = 1;
/** Nodes of this many levels stand in one tile; above level 0 only the tiles' own hashes are kept. */
const TILE_LEVELS = 8;
/** Seven columns each; databases bound the parameters of one query (SQLite 32,766, PostgreSQL 65,535). */
const ROWS_PER_QUERY = 500;

/** Appends in order and returns the first one's number; `registry.tag_log_damaged`. */
export async function appendLeaves(query: Query, leaves: readonly NewLeaf[]): Promise<number> {
  const head = await query
    .updateTable('tag_log')
    .set(({ eb }) => ({ size: eb('size', '+', leaves.length) }))
    .where('id', '=', HEAD)
    .returning(['size', 'edge'])
    .executeTakeFirstOrThrow();
  const first = head.size - leaves.length;
  let edge = readEdge(first, head.edge);
  const rows = [];
  const hashes = [];
  for (const [at, leaf] of leaves.entries()) {
    const hash = hashLeaf(formatEntry(leaf));
    const grown = growEdge(edge, hash);
    edge = grown.edge;
    rows.push({
      leaf: first + at,
      repository: leaf.repository,
      tag: leaf.tag,
      at: leaf.at,
      record_json: leaf.recordJson,
      salt: leaf.salt,
      hash,
    });
    for (const node of grown.completed)
      if (node.level > 0 && node.level % TILE_LEVELS === 0)
        hashes.push({ level: node.level / TILE_LEVELS, position: node.position, hash: node.hash });
  }
  for (let at = 0; at < rows.length; at += ROWS_PER_QUERY)
    await query
      .insertInto('tag_leaf')
      .values(rows.slice(at, at + ROWS_PER_QUERY))
      .execute();
  for (const hash of hashes) await query.insertInto('tag_log_hash').values(hash).execute();
  await query
    .updateTable('tag_log')
    .set({ edge: Buffer.concat(edge.hashes) })
    .where('id', '=', HEAD)
    .execute();
  return first;
}

export async function readTagLogEdge(query: Query): Promise<TreeEdge> {
  const { size, edge } = await query
    .selectFrom('tag_log')
    .select(['size', 'edge'])
    .where('id', '=', HEAD)
    .executeTakeFirstOrThrow();
  return readEdge(size, edge);
}

function readEdge(size: number, bytes: Uint8Array): TreeEdge {
  const count = edgeLength(size);
  if (bytes.byteLength !== count * hashBytes)
    throw registryErrors.tag_log_damaged(
      `the tag log of ${size} leaves has an edge of ${bytes.byteLength} bytes, not ${count * hashBytes}`,
    );
  const hashes = Array.from({ length: count }, (_, at) =>
    bytes.subarray(at * hashBytes, (at + 1) * hashBytes),
  );
  return { size, hashes };
}
