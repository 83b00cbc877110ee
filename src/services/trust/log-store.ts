// A log of the instance in the database: entries, the nodes of its tree and its head, written in one transaction that
// is durable before it is answered. Every complete node is kept, in the order in which appends complete them, so that
// a proof is one query of some twenty keys, whatever the size of the log. Nodes asked for in one turn are read together.

import type { LogBatch, LogStore } from '../../engines/authority/entry-log.ts';
import { edgeLength, hashBytes, type MerkleHash, type TreeEdge } from '../../formats/crypto/merkle.ts';
import type { Database, Query } from '../../io/db/database.ts';
import { trustErrors } from './errors.ts';

export interface TrustLogStore extends LogStore {
  /** Of a level, from `start` on; the log must have them. */
  readNodes(level: number, start: number, count: number): Promise<readonly MerkleHash[]>;
  /** From `start` on, as many as there are of `count`. */
  readEntries(start: number, count: number): Promise<readonly Uint8Array[]>;
}

/** What was signed: the only log of this kind that an instance has. */
const LOG = 1;
/** Rows of one insert, keys of one query: three parameters each, of which databases take some thousands. */
const ROWS_PER_QUERY = 500;

export function createTrustLogStore(database: Database): TrustLogStore {
  const { query } = database;
  const readPlaces = createPlaceReader(query);
  return {
    readEdge: () => readEdge(query),
    append: (batch) => database.transaction((within) => append(within, batch)),
    readNode: (level, position) => readPlaces(placeOf(level, position)),
    readNodes: (level, start, count) =>
      Promise.all(Array.from({ length: count }, (_, at) => readPlaces(placeOf(level, start + at)))),
    async readEntries(start, count) {
      const rows = await query
        .selectFrom('trust_log_entry')
        .select('bytes')
        .where('log', '=', LOG)
        .where('leaf', '>=', start)
        .where('leaf', '<', start + count)
        .orderBy('leaf')
        .execute();
      return rows.map(({ bytes }) => bytes);
    },
  };
}

/**
 * Which node it is of all that appends complete, from 0 on: the leaf with its nodes above, then the next leaf. The node
 * (level, position) comes as many places behind the last leaf below it as it is levels higher.
 */
export function placeOf(level: number, position: number): number {
  // The last leaf below it; before it stand all leaves, and each complete pair, pair of pairs … of them.
  const leaf = (position + 1) * 2 ** level - 1;
  let place = leaf + level;
  for (let rest = Math.floor(leaf / 2); rest > 0; rest = Math.floor(rest / 2)) place += rest;
  return place;
}

async function append(query: Query, { before, entries, nodes, edge }: LogBatch): Promise<boolean> {
  const moved = await query
    .updateTable('trust_log')
    .set({ size: edge.size, edge: Buffer.concat(edge.hashes) })
    .where('id', '=', LOG)
    .where('size', '=', before)
    .executeTakeFirst();
  if (moved.numUpdatedRows !== 1n) return false;
  const rows = entries.map(({ bytes }, at) => ({ log: LOG, leaf: before + at, bytes }));
  for (let at = 0; at < rows.length; at += ROWS_PER_QUERY)
    await query
      .insertInto('trust_log_entry')
      .values(rows.slice(at, at + ROWS_PER_QUERY))
      .execute();
  const hashes = nodes.map(({ level, position, hash }) => ({
    log: LOG,
    place: placeOf(level, position),
    hash,
  }));
  for (let at = 0; at < hashes.length; at += ROWS_PER_QUERY)
    await query
      .insertInto('trust_log_hash')
      .values(hashes.slice(at, at + ROWS_PER_QUERY))
      .execute();
  return true;
}

async function readEdge(query: Query): Promise<TreeEdge> {
  const { size, edge } = await query
    .selectFrom('trust_log')
    .select(['size', 'edge'])
    .where('id', '=', LOG)
    .executeTakeFirstOrThrow();
  const count = edgeLength(size);
  if (edge.byteLength !== count * hashBytes)
    throw trustErrors.log_damaged(
      `the log of ${size} entries has an edge of ${edge.byteLength} bytes, not ${count * hashBytes}`,
    );
  const hashes = Array.from({ length: count }, (_, at) =>
    edge.subarray(at * hashBytes, (at + 1) * hashBytes),
  );
  return { size, hashes };
}

/** Gathers what is asked for in one turn into one query. */
function createPlaceReader(query: Query): (place: number) => Promise<MerkleHash> {
  let wanted = new Map<number, PromiseWithResolvers<MerkleHash>>();

  async function readWanted(): Promise<void> {
    const asked = wanted;
    wanted = new Map();
    const places = [...asked.keys()];
    for (let at = 0; at < places.length; at += ROWS_PER_QUERY) {
      const some = places.slice(at, at + ROWS_PER_QUERY);
      try {
        const found = await readHashes(query, some);
        for (const place of some) settle(asked, place, found.get(place));
      } catch (cause) {
        for (const place of some) asked.get(place)?.reject(cause);
      }
    }
  }

  return (place) => {
    if (wanted.size === 0) queueMicrotask(() => void readWanted());
    const known = wanted.get(place) ?? Promise.withResolvers<MerkleHash>();
    wanted.set(place, known);
    return known.promise;
  };
}

function settle(
  asked: ReadonlyMap<number, PromiseWithResolvers<MerkleHash>>,
  place: number,
  hash: MerkleHash | undefined,
): void {
  if (hash === undefined)
    asked.get(place)?.reject(trustErrors.log_damaged(`the log has no hash at its place ${place}`));
  else asked.get(place)?.resolve(hash);
}

async function readHashes(query: Query, places: readonly number[]): Promise<ReadonlyMap<number, MerkleHash>> {
  // Few lengths of lists are few statements: the last key stands for those that are missing.
  const length = 2 ** Math.ceil(Math.log2(places.length));
  const padded = Array.from({ length }, (_, at) => places[Math.min(at, places.length - 1)] as number);
  const rows = await query
    .selectFrom('trust_log_hash')
    .select(['place', 'hash'])
    .where('log', '=', LOG)
    .where('place', 'in', padded)
    .execute();
  return new Map(rows.map(({ place, hash }) => [place, hash]));
}
