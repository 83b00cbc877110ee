// The files that are kept in memory, within their limits, and the unknowns for those that are not.
// Invariant: kept bytes together never pass `limits.wantedFilesBytes`; one file never its own limit.
import type { TarBody } from '../../../formats/archive/tar-reader.ts';
import { formatSize } from '../../../kit/bytes.ts';
import type { Limits } from '../../../kit/limits.ts';
import type { FileWish } from '../files.ts';
import { createContentBody, type FileContent, type WantedFile } from './content.ts';

/** How `collect` ends: with the file's bytes, undefined where it is known to exist but could not be kept. */
export type OnKept = (bytes: Uint8Array | undefined) => void;

/** Takes a wanted body: its bytes, or instead of them what they are known to come to. */
export interface WantedBody extends TarBody {
  /** The path that the wish was asked by: another than the entry's where a hard link waits for these bytes. */
  readonly path: string;
  /** Ends the body with what `path`'s bytes come to; false, and nothing has happened, where that is not enough. */
  settle(content: FileContent): boolean;
}

export interface WantedFiles {
  /** The consumer of a wanted body. `rejected` is called where the first bytes decide against it. */
  collect(file: WantedFile, kept: OnKept, rejected: () => void): WantedBody | undefined;
  /** What may still be kept. */
  readonly roomBytes: number;
}

/** The largest file that is kept at a path. */
export function limitOf(path: string, wish: FileWish, limits: Limits): number {
  return wish.limitBytes?.(path) ?? limits.wantedFileBytes;
}

export function createWantedFiles(
  wish: FileWish,
  limits: Limits,
  unknown: (where: string, why: string) => void,
): WantedFiles {
  let roomBytes = limits.wantedFilesBytes;

  function hasRoom({ path, sizeBytes }: WantedFile): boolean {
    const limitBytes = limitOf(path, wish, limits);
    if (sizeBytes > limitBytes) {
      unknown(
        path,
        `it is ${formatSize(sizeBytes)}, over the limit of ${formatSize(limitBytes)} for one file`,
      );
      return false;
    }
    if (sizeBytes > roomBytes) {
      unknown(path, `the image's wanted files together pass ${formatSize(limits.wantedFilesBytes)}`);
      return false;
    }
    return true;
  }

  return {
    get roomBytes() {
      return roomBytes;
    },
    collect(file, kept, rejected) {
      if (file.how === 'whole' && !hasRoom(file)) {
        kept(undefined);
        return undefined;
      }
      function take(content: FileContent): void {
        if (content.kind === 'rejected') rejected();
        else if (content.kind === 'large') kept(undefined);
        else {
          roomBytes -= content.bytes.byteLength;
          kept(content.bytes);
        }
      }
      let body: TarBody | undefined;
      // Made when the first bytes come: for a settled one the memory is never taken.
      const streamed = () => (body ??= createContentBody(file, wish, () => hasRoom(file), take));
      return {
        path: file.path,
        chunk: (part) => streamed().chunk(part),
        end: () => streamed().end(),
        settle(content) {
          const isPeek = file.how === 'peek';
          if (content.kind === 'rejected' && !isPeek) return false;
          if (content.kind !== 'rejected' && isPeek && !hasRoom(file)) kept(undefined);
          else if (content.kind === 'large') return false;
          else take(content);
          return true;
        },
      };
    },
  };
}
