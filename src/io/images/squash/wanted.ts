// The files that are kept in memory, within their limits, and the unknowns for those that are not.
// Invariant: kept bytes together never pass `limits.wantedFilesBytes`; one file never its own limit.
import type { TarBody } from '../../../formats/archive/tar-reader.ts';
import { formatSize } from '../../../kit/bytes.ts';
import type { Limits } from '../../../kit/limits.ts';
import type { FileWish } from '../files.ts';

/** How `keepFile` ends: with the file's bytes, undefined where it is known to exist but could not be kept. */
export type OnKept = (bytes: Uint8Array | undefined) => void;

export interface WantedFiles {
  /** The consumer of a wanted body. `rejected` is called where the first bytes decide against it. */
  collect(
    file: { readonly path: string; readonly sizeBytes: number; readonly how: 'whole' | 'peek' },
    kept: OnKept,
    rejected: () => void,
  ): TarBody | undefined;
}

/** 'peek' shows the first KiB: enough for every file magic and for an ELF header. */
const HEAD_BYTES = 1024;

export function createWantedFiles(
  wish: FileWish,
  limits: Limits,
  unknown: (where: string, why: string) => void,
): WantedFiles {
  let keptBytes = 0;

  function tooLarge(path: string, sizeBytes: number): boolean {
    const limitBytes = wish.limitBytes?.(path) ?? limits.wantedFileBytes;
    if (sizeBytes > limitBytes) {
      unknown(
        path,
        `it is ${formatSize(sizeBytes)}, over the limit of ${formatSize(limitBytes)} for one file`,
      );
      return true;
    }
    if (keptBytes + sizeBytes > limits.wantedFilesBytes) {
      unknown(path, `the image's wanted files together pass ${formatSize(limits.wantedFilesBytes)}`);
      return true;
    }
    return false;
  }

  function finish(path: string, bytes: Uint8Array): Uint8Array {
    const reduced = wish.reduce === undefined ? bytes : wish.reduce(path, bytes);
    // A small view would hold the whole file's memory.
    const result = reduced.buffer.byteLength > 2 * reduced.byteLength ? reduced.slice() : reduced;
    keptBytes += result.byteLength;
    return result;
  }

  return {
    collect({ path, sizeBytes, how }, kept, rejected) {
      if (how === 'whole' && tooLarge(path, sizeBytes)) {
        kept(undefined);
        return undefined;
      }
      let bytes = new Uint8Array(how === 'whole' ? sizeBytes : Math.min(sizeBytes, HEAD_BYTES));
      let filled = 0;
      let isDecided = how === 'whole';
      let isKept = isDecided;

      function decide(): void {
        isDecided = true;
        isKept = false;
        if (wish.keeps !== undefined && !wish.keeps(path, bytes)) rejected();
        else if (tooLarge(path, sizeBytes)) kept(undefined);
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
          if (isKept) kept(finish(path, bytes));
        },
      };
    },
  };
}
