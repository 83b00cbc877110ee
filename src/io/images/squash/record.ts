// A layer record: what squashing needs of one layer, whatever image it stands in. Every entry in order, and of
// the files that the wish wants what their bytes came to. Bytes: a head as JSON, then blocks of entries, each one
// zstd frame: fixed rows, then the entries' texts end to end, then the kept bytes. Own format, of this program only.
import type { TarEntry, TarKind } from '../../../formats/archive/tar-reader.ts';
import type { Digest } from '../../../formats/oci/digest.ts';
import type { Answer } from './asked.ts';
import type { FileContent } from './content.ts';

/** As much of a tar entry as squashing looks at. */
export type LayerEntry = Pick<TarEntry, 'kind' | 'path' | 'linkPath' | 'sizeBytes' | 'mode' | 'unreadable'>;

export interface RecordedEntry {
  readonly entry: LayerEntry;
  /** What the wish said of the path. */
  readonly answer: Answer;
  /** What the body came to; absent where it was not wanted or has none. */
  readonly content?: FileContent;
}

/** What the whole layer came to. */
export interface LayerSums {
  readonly diffId: Digest;
  readonly unpackedBytes: number;
}

export interface LayerRecord extends LayerSums {
  /** How many `read` gives, if the record is sound. */
  readonly entryCount: number;
  /** The entries in the layer's order; ends early where the record is damaged. Never throws. */
  read(): Iterable<RecordedEntry>;
}

/** Raised when the bytes below mean something else; part of the key. */
export const RECORD_FORMAT = 1;

// A block: count, bytes of the texts, bytes of the kept files (u32), then whether the texts are UTF-16 (u8).
export const BLOCK_HEAD = Object.freeze({ count: 0, textBytes: 4, keptBytes: 8, isWide: 12, size: 13 });
/** A row: flags (u8), mode (u16), size (f64), then characters of path, link and reason, and kept bytes (u32). */
export const ROW = Object.freeze({
  flags: 0,
  mode: 1,
  sizeBytes: 3,
  pathChars: 11,
  linkChars: 15,
  reasonChars: 19,
  keptBytes: 23,
  size: 27,
});
/** Before each block: its bytes packed and unpacked (u32). */
export const FRAME_HEAD = Object.freeze({ packedBytes: 0, blockBytes: 4, size: 8 });

// Flags, from the lowest bit: kind (3), answer (2), content (2), whether there is a reason (1).
export const KINDS: readonly TarKind[] = Object.freeze([
  'file',
  'folder',
  'symlink',
  'hardlink',
  'device',
  'fifo',
  'other',
]);
export const ANSWERS: readonly Answer[] = Object.freeze([false, 'whole', 'peek']);
export const CONTENTS: readonly (FileContent['kind'] | undefined)[] = Object.freeze([
  undefined,
  'rejected',
  'large',
  'kept',
]);
export const ANSWER_SHIFT = 3;
export const CONTENT_SHIFT = 5;
export const HAS_REASON = 0x80;
