// What a client can prove of a tag's history without believing the server: that its log's head is signed by the
// key that is trusted, that the log only grew since the head that was seen last, and that every move shown is a
// leaf of it. A log of up to `limits.logEntriesRead` leaves is read whole: then also that no other move of the tag
// stands in it. Of a larger one the proofs are made from its tiles, and what is not proven is said.
// Never proven by one client alone: that the server shows everybody the same log.
import { type Checkpoint, parseCheckpoint } from '../../formats/crypto/checkpoint.ts';
import {
  emptyEdge,
  growEdge,
  hashLeaf,
  isSameHash,
  type MerkleHash,
  rootOfEdge,
} from '../../formats/crypto/merkle.ts';
import { type NoteKey, verifyNote } from '../../formats/crypto/note.ts';
import {
  isConsistent,
  isIncluded,
  proveConsistency,
  proveInclusion,
  type ReadNode,
} from '../../formats/crypto/proof.ts';
import {
  foldHashes,
  formatTilePath,
  parseBundle,
  parseTile,
  placeOfNode,
  type TilePlace,
  tileWidth,
  widthAt,
} from '../../formats/crypto/tile.ts';
import { limits } from '../../kit/limits.ts';
import { registryErrors } from './errors.ts';
import { formatEntry, type OpenedRecord, parseTagRecord } from './tag-record.ts';

export interface LogReader {
  tile(place: TilePlace): Promise<Uint8Array>;
}

export interface ShownMove extends OpenedRecord {
  readonly leaf: number;
}

export interface LogQuestion {
  readonly reader: LogReader;
  readonly key: NoteKey;
  /** The signed checkpoint to verify against, as the log gave it. */
  readonly note: string;
  /** The one that was seen last. */
  readonly seen?: string;
  readonly repository: string;
  readonly tag: string;
  /** All moves of the tag that the server shows. */
  readonly moves: readonly ShownMove[];
  /** Largest log that is read whole. */
  readonly entriesRead?: number;
}

export interface LogProven {
  readonly origin: string;
  readonly size: number;
  /** The log that was seen before, of which this is the continuation; absent where none was. */
  readonly grownFrom?: number;
  readonly included: number;
  /** Whether the log has no other move of this tag that is not sealed. */
  readonly isWhole: boolean;
  /** What was not proven, a sentence each. */
  readonly notProven: readonly string[];
}

/**
 * What holds. Everything that does not is an error of kind untrusted: `crypto.note_untrusted`,
 * `registry.log_forked`, `registry.log_entry_unproven`, `registry.log_move_hidden`; also `crypto.*_invalid`.
 */
export async function verifyTagLog(question: LogQuestion): Promise<LogProven> {
  const { key, note, seen, moves, entriesRead = limits.logEntriesRead } = question;
  const head = readHead(note, key);
  const before = seen === undefined ? undefined : readHead(seen, key);
  checkNotShorter(before, head);
  const late = moves.find(({ leaf }) => leaf >= head.size);
  if (late !== undefined)
    throw registryErrors.log_entry_unproven(
      `leaf ${late.leaf} is shown, but the log has ${head.size} leaves`,
    );
  const isRead = head.size <= entriesRead;
  const notProven = isRead
    ? await verifyWhole(question, head, before)
    : await verifyByTiles(question, head, before);
  return {
    origin: head.origin,
    size: head.size,
    ...(before === undefined ? {} : { grownFrom: before.size }),
    included: moves.length,
    isWhole: isRead,
    notProven,
  };
}

function readHead(note: string, key: NoteKey): Checkpoint {
  const head = parseCheckpoint(verifyNote(note, key));
  if (head.origin !== key.name)
    throw registryErrors.log_forked(`the key of ${key.name} has signed a checkpoint of ${head.origin}`);
  return head;
}

function checkNotShorter(before: Checkpoint | undefined, head: Checkpoint): void {
  if (before === undefined) return;
  const log = `the tag log ${head.origin}`;
  if (head.size < before.size)
    throw registryErrors.log_forked(
      `${log} had ${before.size} leaves when it was seen last and has ${head.size} now: leaves were taken away`,
    );
  if (head.size === before.size && !isSameHash(head.root, before.root)) throw forked(before, head);
}

function forked(before: Checkpoint, head: Checkpoint) {
  return registryErrors.log_forked(
    `the tag log ${head.origin} of ${head.size} leaves does not continue the one of ${before.size} that was seen last: its past was changed`,
  );
}

async function verifyWhole(
  { reader, repository, tag, moves }: LogQuestion,
  head: Checkpoint,
  before: Checkpoint | undefined,
): Promise<readonly string[]> {
  const shown = new Map(moves.map((move) => [move.leaf, Buffer.from(formatEntry(move))]));
  let edge = emptyEdge;
  let sealed = 0;
  const check = (): void => {
    if (edge.size === before?.size && !isSameHash(rootOfEdge(edge), before.root)) throw forked(before, head);
  };
  check();
  const hidden: number[] = [];
  for await (const entry of readEntries(reader, head.size)) {
    const leaf = edge.size;
    const wanted = shown.get(leaf);
    if (wanted === undefined) {
      const said = readEntry(entry);
      if (said === 'sealed') sealed += 1;
      else if (said?.repository === repository && said.tag === tag) hidden.push(leaf);
    } else if (!wanted.equals(entry)) throw unproven(leaf, head);
    edge = growEdge(edge, hashLeaf(entry)).edge;
    check();
  }
  if (!isSameHash(rootOfEdge(edge), head.root))
    throw registryErrors.log_forked(
      `the entries that the tag log ${head.origin} serves are not those that its checkpoint of ${head.size} leaves is signed for`,
    );
  // Only now: before, the entry may have been anything.
  if (hidden.length > 0)
    throw registryErrors.log_move_hidden(
      `the tag log has moves of ${repository}:${tag} that the server did not show: leaf ${hidden.join(', ')}`,
    );
  return sealed === 0
    ? []
    : [
        `${sealed} sealed entries, of repositories while they were private, cannot be read: any may be of this tag`,
      ];
}

async function verifyByTiles(
  { reader, moves }: LogQuestion,
  head: Checkpoint,
  before: Checkpoint | undefined,
): Promise<readonly string[]> {
  const { size, root } = head;
  const read = createNodes(reader, size);
  if (before !== undefined && before.size > 0) {
    const proof = await proveConsistency(before.size, size, read);
    if (!isConsistent(before, head, proof)) throw forked(before, head);
  }
  for (const move of moves) {
    const leaf = hashLeaf(formatEntry(move));
    const proof = await proveInclusion(move.leaf, size, read);
    if (!isIncluded({ leaf, index: move.leaf, size, proof, root })) throw unproven(move.leaf, head);
  }
  return [
    `the log of ${size} leaves was not read whole: it may have moves of this tag that the server did not show`,
  ];
}

function unproven(leaf: number, { origin, size }: Checkpoint) {
  return registryErrors.log_entry_unproven(
    `what the server shows as leaf ${leaf} is not in the tag log ${origin} of ${size} leaves`,
  );
}

async function* readEntries(reader: LogReader, size: number): AsyncIterable<Uint8Array> {
  for (let position = 0; position * tileWidth < size; position += 1) {
    const width = widthAt(0, position, size);
    yield* parseBundle(await reader.tile({ kind: 'entries', position, width }), width);
  }
}

function readEntry(entry: Uint8Array) {
  const text = Buffer.from(entry).toString('utf8');
  return /^\{"commitment":"[0-9a-f]{64}","kind":"sealed","v":1\}$/.test(text)
    ? 'sealed'
    : parseTagRecord(text);
}

/** Nodes of a tree from its tiles, each of which is fetched once. */
function createNodes(reader: LogReader, size: number): ReadNode {
  const tiles = new Map<string, Promise<readonly MerkleHash[]>>();
  const readTile = (place: TilePlace): Promise<readonly MerkleHash[]> => {
    const path = formatTilePath(place);
    const tile = tiles.get(path) ?? reader.tile(place).then((bytes) => parseTile(bytes, place.width));
    tiles.set(path, tile);
    return tile;
  };
  return async (level, position) => {
    const { place, start, count } = placeOfNode(level, position, size);
    return foldHashes((await readTile(place)).slice(start, start + count));
  };
}
