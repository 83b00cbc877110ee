// The instance's log as it is served: signed checkpoint and tiles (C2SP tlog-tiles). Only read here; entries come
// through the authority. A checkpoint is signed when it is asked for, of what is durable, and kept until it has grown
// or another key signs.
import { formatCheckpoint } from '../../formats/crypto/checkpoint.ts';
import { rootOfEdge } from '../../formats/crypto/merkle.ts';
import { formatNote, formatNoteKey, noteKey } from '../../formats/crypto/note.ts';
import { proveConsistency } from '../../formats/crypto/proof.ts';
import { formatBundle, formatTile, type TilePlace, tileWidth, widthAt } from '../../formats/crypto/tile.ts';
import { rawEd25519 } from '../../formats/x509/algorithm.ts';
import type { Cosign } from './cosigning.ts';
import type { TrustKey } from './trust-key.ts';
import type { TrustService } from './trust-service.ts';

export interface LogFacts {
  readonly origin: string;
  /** `NAME+ID+KEY` of the key that signs now. */
  readonly key: string;
  /** Keys that are published and sign from a time on, epoch milliseconds. */
  readonly next: readonly { readonly key: string; readonly from: number }[];
  readonly size: number;
}

export interface LogView {
  describe(): Promise<LogFacts>;
  /** The signed note of the log as it is now. `trust.log_damaged`, `trust.key_missing` */
  checkpoint(): Promise<string>;
  /** The bytes of a tile or a bundle; undefined where the log is not that large. */
  tile(place: TilePlace): Promise<Uint8Array | undefined>;
}

/** Each level of tiles is so many levels of the tree. */
const TILE_LEVELS = 8;

export function createLogView({
  trust,
  cosign,
}: {
  readonly trust: TrustService;
  /** As the log's own entries are answered. */
  readonly cosign?: Cosign | undefined;
}): LogView {
  const { logStore, origin } = trust;
  const spell = ({ publicKey }: Pick<TrustKey, 'publicKey'>): string =>
    formatNoteKey(noteKey(origin, rawEd25519(publicKey)));
  let last: { readonly name: string; readonly note: string } | undefined;
  return {
    async describe() {
      const { row } = await trust.openKey('log');
      const { size } = await logStore.readEdge();
      const keys = (await trust.listKeys()).filter(({ purpose }) => purpose === 'log');
      const later = keys.slice(keys.findIndex(({ id }) => id === row.id) + 1);
      const next = later.map((key) => ({ key: spell(key), from: key.validFrom }));
      return { origin, key: spell(row), next, size };
    },

    async checkpoint() {
      const { row, key } = await trust.openKey('log');
      const edge = await logStore.readEdge();
      const name = `${row.id} ${edge.size}`;
      if (last?.name === name) return last.note;
      const text = formatCheckpoint({ origin, size: edge.size, root: rootOfEdge(edge) });
      const signature = await key.sign(Buffer.from(text), 'ed25519');
      const own = formatNote(text, noteKey(origin, rawEd25519(row.publicKey)), signature);
      const prove = (before: number, after: number) =>
        proveConsistency(before, after, (level, position) => logStore.readNode(level, position));
      const note = edge.size === 0 || cosign === undefined ? own : await cosign(own, prove);
      last = { name, note };
      return note;
    },

    async tile(place) {
      const { position, width } = place;
      const { size } = await logStore.readEdge();
      const level = place.kind === 'hashes' ? place.level : 0;
      // A partial tile stays to be had when the log has grown past it: whoever saw its checkpoint may ask.
      if (width > widthAt(level, position, size)) return undefined;
      const start = position * tileWidth;
      if (place.kind === 'entries') return formatBundle(await logStore.readEntries(start, width));
      return formatTile(await logStore.readNodes(level * TILE_LEVELS, start, width));
    },
  };
}
