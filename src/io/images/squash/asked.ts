// A wish whose last answer is remembered: the view and the record ask for the same entry one after the other, and a
// record that is replayed knows the answer already. Asking costs a regular expression for every cataloguer.
import type { TarEntry } from '../../../formats/archive/tar-reader.ts';
import type { FileWish } from '../files.ts';

export type Answer = ReturnType<FileWish['wants']>;

/** Told to `wants` for links, whose header has no size. */
export const LINK_SIZE_BYTES = 4096;

export interface AskedWish extends FileWish {
  /** Says what `wants` will answer for this entry, if it is asked next. */
  tell(path: string, entry: AskedEntry, answer: Answer): void;
  /** Asks for an entry; false for what is neither file nor link. */
  ask(path: string, entry: AskedEntry): Answer;
}

type AskedEntry = Pick<TarEntry, 'kind' | 'sizeBytes' | 'mode'>;

export function createAskedWish(wish: FileWish): AskedWish {
  let lastPath: string | undefined;
  let lastSizeBytes = 0;
  let lastMode = 0;
  let lastAnswer: Answer = false;

  function wants(path: string, file: { readonly sizeBytes: number; readonly mode: number }): Answer {
    if (path === lastPath && file.sizeBytes === lastSizeBytes && file.mode === lastMode) return lastAnswer;
    const answer = wish.wants(path, file);
    remember(path, file.sizeBytes, file.mode, answer);
    return answer;
  }

  function remember(path: string, sizeBytes: number, mode: number, answer: Answer): void {
    lastPath = path;
    lastSizeBytes = sizeBytes;
    lastMode = mode;
    lastAnswer = answer;
  }

  return {
    ...wish,
    wants,
    tell(path, entry, answer) {
      if (isAsked(entry)) remember(path, askedSize(entry), entry.mode, answer);
    },
    ask: (path, entry) => isAsked(entry) && wants(path, { sizeBytes: askedSize(entry), mode: entry.mode }),
  };
}

/** Nobody asks for a folder, and its answer is none for a link or file of the same path. */
function isAsked({ kind }: AskedEntry): boolean {
  return kind === 'file' || kind === 'hardlink' || kind === 'symlink';
}

function askedSize({ kind, sizeBytes }: AskedEntry): number {
  return kind === 'file' ? sizeBytes : LINK_SIZE_BYTES;
}
