// The tag log as it is served: signed checkpoint, tiles and bundles of entries (C2SP tlog-tiles), and the proof of
// one leaf (C2SP tlog-proof). Nothing here writes leaves: rows/tag.ts does, in the transaction of each move.
// A checkpoint is signed when it is asked for, of what is committed, and kept until the log has grown.
import { formatCheckpoint } from '../../formats/crypto/checkpoint.ts';
import { formatLogProof } from '../../formats/crypto/log-proof.ts';
import { type MerkleHash, rootOfEdge, type TreeEdge } from '../../formats/crypto/merkle.ts';
import { createNoteSigner, formatNoteKey, type NoteSigner } from '../../formats/crypto/note.ts';
import { proveConsistency, proveInclusion, type ReadNode } from '../../formats/crypto/proof.ts';
import {
  foldHashes,
  formatBundle,
  formatTile,
  placeOfNode,
  type TilePlace,
  tileWidth,
  widthAt,
} from '../../formats/crypto/tile.ts';
import type { Database } from '../../io/db/database.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { keysThatHold, readKeptKeys } from '../hub/kept-keys.ts';
import { keepSetting } from '../hub/kept-setting.ts';
import { readTagLogEdge } from './rows/tag-log.ts';
import { formatEntry } from './tag-record.ts';

export interface TagLogFacts {
  /** Which log this is; made at the first start and kept whatever the server is called later. */
  readonly origin: string;
  /** `NAME+ID+KEY`: what checkpoints are verified with. */
  readonly key: string;
  /** Keys that the newest took the place of and that sign beside it; `until` in epoch milliseconds. */
  readonly former: readonly { readonly key: string; readonly until: number }[];
  readonly size: number;
}

export interface TagLog {
  describe(): Promise<TagLogFacts>;
  /** The signed note of the log as it is now. `registry.tag_log_damaged` */
  checkpoint(): Promise<string>;
  /** The bytes of a tile or a bundle; undefined where the log is not that large. */
  tile(place: TilePlace): Promise<Uint8Array | undefined>;
  /** The leaf's proof, with the checkpoint that it leads to; undefined where there is no such leaf. */
  prove(leaf: number): Promise<string | undefined>;
}

export interface TagLogParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  /** Where clients reach the server; names the log at its first start. */
  readonly publicUrl?: string;
  /** Adds the word of witnesses to a new checkpoint; asked once for each, before anybody is shown it. */
  readonly cosign?: (
    checkpoint: string,
    prove: (before: number, after: number) => Promise<readonly MerkleHash[]>,
  ) => Promise<string>;
}

const KEY_NAME = 'tag_log_key';
const ORIGIN_SETTING = 'tag_log_origin';
/** Tells logs without a public name apart; no two are ever compared by it alone. */
const NAME_BYTES = 8;

export function createTagLog(parts: TagLogParts): TagLog {
  const { query } = parts.database;
  const signers = createSigners(parts);
  let last: SignedHead | undefined;
  let signing: Promise<SignedHead> | undefined;

  async function readHead(): Promise<SignedHead> {
    const edge = await readTagLogEdge(query);
    const by = await signers();
    const ids = by.map(({ signer }) => signer.key.id).join(' ');
    if (last?.size === edge.size && last.ids === ids) return last;
    signing ??= signHead(edge, by, ids).finally(() => {
      signing = undefined;
    });
    const head = await signing;
    // What another is waiting for may be of the tree, or by the keys, of before.
    return head.size >= edge.size && head.ids === ids ? head : readHead();
  }

  async function signHead(edge: TreeEdge, by: Signers, ids: string): Promise<SignedHead> {
    const { size } = edge;
    const [{ signer }] = by;
    const text = formatCheckpoint({ origin: signer.key.name, size, root: rootOfEdge(edge) });
    const own =
      signer.sign(text) +
      by
        .slice(1)
        .map((one) => one.signer.sign(text).slice(text.length + 1))
        .join('');
    const prove = (before: number, after: number) => proveConsistency(before, after, readNodeOf(after));
    const note = size === 0 || parts.cosign === undefined ? own : await parts.cosign(own, prove);
    last = { size, note, ids };
    return last;
  }

  /** Nodes of the tree of `size` leaves, from its tiles' hashes. */
  function readNodeOf(size: number): ReadNode {
    return async (level, position) => {
      const { place, start, count } = placeOfNode(level, position, size);
      const from = place.position * tileWidth + start;
      return foldHashes(await readHashes(place.kind === 'hashes' ? place.level : 0, from, count));
    };
  }

  async function readHashes(level: number, start: number, count: number): Promise<readonly MerkleHash[]> {
    const rows =
      level === 0
        ? await query
            .selectFrom('tag_leaf')
            .select('hash')
            .where('leaf', '>=', start)
            .where('leaf', '<', start + count)
            .orderBy('leaf')
            .execute()
        : await query
            .selectFrom('tag_log_hash')
            .select('hash')
            .where('level', '=', level)
            .where('position', '>=', start)
            .where('position', '<', start + count)
            .orderBy('position')
            .execute();
    return rows.map(({ hash }) => hash);
  }

  async function readEntries(start: number, count: number): Promise<readonly Uint8Array[]> {
    const rows = await query
      .selectFrom('tag_leaf')
      .select(['record_json', 'salt'])
      .where('leaf', '>=', start)
      .where('leaf', '<', start + count)
      .orderBy('leaf')
      .execute();
    return rows.map(({ record_json, salt }) => formatEntry({ recordJson: record_json, salt }));
  }

  return {
    async describe() {
      const [newest, ...others] = await signers();
      const { key } = newest.signer;
      const former = others.map(({ signer, until = 0 }) => ({ key: formatNoteKey(signer.key), until }));
      return { origin: key.name, key: formatNoteKey(key), former, size: (await readTagLogEdge(query)).size };
    },

    async checkpoint() {
      return (await readHead()).note;
    },

    async tile(place) {
      const { position, width } = place;
      const { size } = await readTagLogEdge(query);
      const level = place.kind === 'hashes' ? place.level : 0;
      // A partial tile stays to be had when the log has grown past it: whoever saw its checkpoint may ask.
      if (width > widthAt(level, position, size)) return undefined;
      const start = position * tileWidth;
      if (place.kind === 'entries') return formatBundle(await readEntries(start, width));
      return formatTile(await readHashes(level, start, width));
    },

    async prove(leaf) {
      const { size, note } = await readHead();
      if (leaf >= size) return undefined;
      const path = await proveInclusion(leaf, size, readNodeOf(size));
      return formatLogProof({ index: leaf, path, checkpoint: note });
    },
  };
}

interface SignedHead {
  readonly size: number;
  readonly note: string;
  /** Ids of the keys that signed it. */
  readonly ids: string;
}

/** The newest first; `until` of those that it took the place of. */
type Signers = readonly [DatedSigner, ...DatedSigner[]];

interface DatedSigner {
  readonly signer: NoteSigner;
  readonly until?: number;
}

/** Who signs now; rows are read each time, so that a renewal needs no restart. */
function createSigners(parts: TagLogParts): () => Promise<Signers> {
  const made = new Map<number, NoteSigner>();
  let opening: Promise<string> | undefined;
  return async () => {
    opening ??= keepOrigin(parts).catch((cause: unknown) => {
      opening = undefined;
      throw cause;
    });
    const origin = await opening;
    const kept = await readKeptKeys(parts, KEY_NAME);
    return keysThatHold(kept, parts.clock.now()).map(({ generation, secret, acceptedUntil: until }) => {
      const signer = made.get(generation) ?? createNoteSigner(origin, secret);
      made.set(generation, signer);
      return { signer, ...(until === undefined ? {} : { until }) };
    }) as readonly DatedSigner[] as Signers;
  };
}

/** The origin is kept: a log that changed its name would be another log to everyone who has seen it. */
function keepOrigin({ database, random, publicUrl }: TagLogParts): Promise<string> {
  const unnamed = `plimsoll/${Buffer.from(random.bytes(NAME_BYTES)).toString('hex')}`;
  const wish = publicUrl === undefined ? unnamed : `${new URL(publicUrl).host}/tlog`;
  return keepSetting(database, ORIGIN_SETTING, wish);
}
