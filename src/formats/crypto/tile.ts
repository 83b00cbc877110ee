// Where a log's hashes and entries stand (C2SP tlog-tiles): tiles of 256 hashes of every eighth level of the tree,
// and bundles of 256 entries. The last one of a level may be partial: `.p/W` says how many it has.
import { concatBytes } from '../../kit/bytes.ts';
import { cryptoErrors } from './errors.ts';
import { hashBytes, hashNode, type MerkleHash } from './merkle.ts';

/** Hashes in a full tile, entries in a full bundle. */
export const tileWidth = 256;
const TILE_LEVELS = 8;
/** Level 6 spans 2^56 leaves: more than can be counted here. */
const LEVELS = 64;
/** A length of 16 bits stands before each entry. */
export const entryBytes = 65_535;

/** Which tile: of hashes, by its level, or of entries. `width` below 256 is a partial one. */
export type TilePlace =
  | { readonly kind: 'hashes'; readonly level: number; readonly position: number; readonly width: number }
  | { readonly kind: 'entries'; readonly position: number; readonly width: number };

const PATH = /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/** The place that a path below a log's address names; undefined where it is the path of none. */
export function parseTilePath(path: string): TilePlace | undefined {
  const [, kind = '', digits, partial] = PATH.exec(path) ?? [];
  if (digits === undefined) return undefined;
  // More elements than the number needs would be a second spelling of the same tile.
  if (digits.startsWith('x000/')) return undefined;
  const position = Number(digits.replaceAll(/[x/]/g, ''));
  const width = partial === undefined ? tileWidth : Number(partial);
  if (!Number.isSafeInteger(position) || (partial !== undefined && width >= tileWidth)) return undefined;
  if (kind === 'entries') return { kind, position, width };
  const level = Number(kind);
  return level < LEVELS ? { kind: 'hashes', level, position, width } : undefined;
}

/** `tile/0/x001/234.p/7` */
export function formatTilePath(place: TilePlace): string {
  const digits = String(place.position);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const elements = padded.match(/\d{3}/g) as RegExpMatchArray;
  const path = elements.map((one, at) => (at === elements.length - 1 ? one : `x${one}`)).join('/');
  const kind = place.kind === 'entries' ? 'entries' : place.level;
  return `tile/${kind}/${path}${place.width === tileWidth ? '' : `.p/${place.width}`}`;
}

/** How many hashes the tile has in a tree of `size` leaves; 0 where it has no such tile. */
export function widthAt(level: number, position: number, size: number): number {
  const hashes = Math.floor(size / tileWidth ** level);
  return Math.max(0, Math.min(tileWidth, hashes - position * tileWidth));
}

export function formatTile(hashes: readonly MerkleHash[]): Uint8Array {
  return Buffer.concat(hashes);
}

/** `crypto.bundle_invalid` unless it holds `width` hashes. */
export function parseTile(bytes: Uint8Array, width: number): readonly MerkleHash[] {
  if (bytes.byteLength !== width * hashBytes)
    throw cryptoErrors.bundle_invalid(
      `a tile of ${width} hashes has ${width * hashBytes} bytes, this has ${bytes.byteLength}`,
    );
  return Array.from({ length: width }, (_, at) => bytes.subarray(at * hashBytes, (at + 1) * hashBytes));
}

/** Where the tree's node stands: in which tile of a tree of `size`, and from which of its hashes it is made. */
export function placeOfNode(
  level: number,
  position: number,
  size: number,
): { readonly place: TilePlace; readonly start: number; readonly count: number } {
  const tileLevel = Math.floor(level / TILE_LEVELS);
  const count = 2 ** (level - tileLevel * TILE_LEVELS);
  const first = position * count;
  const tile = Math.floor(first / tileWidth);
  const width = widthAt(tileLevel, tile, size);
  return {
    place: { kind: 'hashes', level: tileLevel, position: tile, width },
    start: first - tile * tileWidth,
    count,
  };
}

/** The root over a tile's hashes, whose number is a power of two. */
export function foldHashes(hashes: readonly MerkleHash[]): MerkleHash {
  const [only] = hashes;
  if (only !== undefined && hashes.length === 1) return only;
  const middle = hashes.length / 2;
  return hashNode(foldHashes(hashes.slice(0, middle)), foldHashes(hashes.slice(middle)));
}

/** Each entry after its length in two bytes, the higher one first; an entry has at most `entryBytes`. */
export function formatBundle(entries: readonly Uint8Array[]): Uint8Array {
  return concatBytes(
    entries.flatMap((entry) => {
      if (entry.byteLength > entryBytes)
        throw cryptoErrors.bundle_invalid(
          `an entry has ${entry.byteLength} bytes, ${entryBytes} are the most`,
        );
      return [Uint8Array.of(entry.byteLength >> 8, entry.byteLength & 0xff), entry];
    }),
  );
}

/** `crypto.bundle_invalid` unless it holds `width` whole entries and nothing else. */
export function parseBundle(bytes: Uint8Array, width: number): readonly Uint8Array[] {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at + 2 <= bytes.byteLength && entries.length < width) {
    const end = at + 2 + (((bytes[at] as number) << 8) | (bytes[at + 1] as number));
    if (end > bytes.byteLength) break;
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  if (entries.length !== width || at !== bytes.byteLength)
    throw cryptoErrors.bundle_invalid(
      `a bundle of ${width} entries has ${entries.length} and ${bytes.byteLength - at} bytes behind them`,
    );
  return entries;
}
