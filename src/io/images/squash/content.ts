// What a file's bytes come to under a wish, decided from its path, size and bytes alone: whatever image and
// whatever other files it stands among. That is why it can be kept with the layer.
import type { TarBody } from '../../../formats/archive/tar-reader.ts';
import type { FileWish } from '../files.ts';

export type FileContent =
  /** The bytes, reduced. */
  | { readonly kind: 'kept'; readonly bytes: Uint8Array }
  /** The first bytes were looked at, and the rest is not wanted. */
  | { readonly kind: 'rejected' }
  /** It is wanted, but there was no room for it. */
  | { readonly kind: 'large' };

export interface WantedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly how: 'whole' | 'peek';
}

/** 'peek' shows the first KiB: enough for every file magic and for an ELF header. */
const HEAD_BYTES = 1024;

/**
 * The consumer of a wanted body. A file wanted 'whole' takes its memory at once, so ask for room before; for
 * 'peek' `hasRoom` is asked when the first bytes were not rejected. `done` is called once, at the latest at the end.
 */
export function createContentBody(
  { path, sizeBytes, how }: WantedFile,
  wish: FileWish,
  hasRoom: () => boolean,
  done: (content: FileContent) => void,
): TarBody {
  let bytes = new Uint8Array(how === 'whole' ? sizeBytes : Math.min(sizeBytes, HEAD_BYTES));
  let filled = 0;
  let isDecided = how === 'whole';
  let isKept = isDecided;

  function decide(): void {
    isDecided = true;
    isKept = false;
    if (wish.keeps !== undefined && !wish.keeps(path, bytes)) done({ kind: 'rejected' });
    else if (!hasRoom()) done({ kind: 'large' });
    else isKept = true;
    if (!isKept) return;
    const head = bytes;
    bytes = new Uint8Array(sizeBytes);
    bytes.set(head);
  }

  return {
    chunk(part) {
      let at = 0;
      while (at < part.byteLength && (isKept || !isDecided)) {
        const taken = Math.min(bytes.byteLength - filled, part.byteLength - at);
        bytes.set(part.subarray(at, at + taken), filled);
        filled += taken;
        at += taken;
        if (!isDecided && filled === bytes.byteLength) decide();
      }
    },
    end() {
      if (!isDecided) decide();
      if (isKept) done({ kind: 'kept', bytes: reduce(wish, path, bytes) });
    },
  };
}

function reduce(wish: FileWish, path: string, bytes: Uint8Array): Uint8Array {
  const reduced = wish.reduce === undefined ? bytes : wish.reduce(path, bytes);
  // A small view would hold the whole file's memory; a Buffer's own slice would be one too.
  return reduced.buffer.byteLength > 2 * reduced.byteLength ? new Uint8Array(reduced) : reduced;
}
