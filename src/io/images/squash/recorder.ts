// Records a layer while the view reads it: each wanted body is read once, and what it came to goes to both. Files
// that upper layers hide are recorded too, as another image may show them; the view never hears of those.
// Invariant: what the view keeps and one body on its way together never pass `limits.wantedFilesBytes`.
import { safePath } from '../../../formats/archive/safe-path.ts';
import type { TarBody, TarEntry } from '../../../formats/archive/tar-reader.ts';
import type { Limits } from '../../../kit/limits.ts';
import type { Answer, AskedWish } from './asked.ts';
import { createContentBody, type FileContent } from './content.ts';
import type { LayerEntry } from './record.ts';
import type { RecordWriter } from './record-writer.ts';
import { limitOf, type WantedBody } from './wanted.ts';
import { readLayerPath } from './whiteout.ts';

/** The view's consumer of entries. */
export type OnLayerEntry = (entry: LayerEntry) => WantedBody | undefined;

export interface RecorderParts {
  readonly wish: AskedWish;
  readonly limits: Limits;
  /** What the view may still keep. */
  readonly roomBytes: () => number;
}

/** A consumer that hands all to `onEntry` and records it. */
export function recordInto(
  writer: RecordWriter,
  onEntry: OnLayerEntry,
  { wish, limits, roomBytes }: RecorderParts,
): (entry: TarEntry) => TarBody | undefined {
  /** The body as the record needs it, or what it comes to unread; undefined where recording must end. */
  function collect(
    path: string,
    { sizeBytes }: TarEntry,
    how: 'whole' | 'peek',
    done: (content: FileContent) => void,
  ): TarBody | FileContent | undefined {
    const isTooLarge = sizeBytes > limitOf(path, wish, limits);
    function hasRoom(): boolean {
      if (!isTooLarge && sizeBytes > roomBytes()) writer.close();
      return !isTooLarge && writer.isOpen;
    }
    if (how === 'whole' && !hasRoom()) return isTooLarge ? { kind: 'large' } : undefined;
    return createContentBody({ path, sizeBytes, how }, wish, hasRoom, done);
  }

  return (entry) => {
    if (!writer.isOpen) return onEntry(entry);
    const path = safePath(entry.path);
    const answer = path === undefined ? false : askPlain(path, entry, wish);
    const body = onEntry(entry);
    if (!answer || path === undefined || entry.kind !== 'file' || entry.unreadable !== undefined) {
      writer.add({ entry, answer });
      return body;
    }
    const isOwn = body?.path === path;
    const own = collect(path, entry, answer, (content) => {
      writer.add({ entry, answer, content });
      if (isOwn && body?.settle(content) === false) throw new Error(`${path} was read and is not enough`);
    });
    if (own === undefined) return body;
    if ('kind' in own) {
      writer.add({ entry, answer, content: own });
      return body;
    }
    return isOwn || body === undefined ? own : both(own, body);
  };
}

/** What the wish says of an entry that is itself, no whiteout and nothing that aufs left. */
function askPlain(path: string, entry: LayerEntry, wish: AskedWish): Answer {
  return path !== '' && readLayerPath(path).kind === 'plain' && wish.ask(path, entry);
}

function both(one: TarBody, other: TarBody): TarBody {
  return {
    chunk(bytes) {
      one.chunk(bytes);
      other.chunk(bytes);
    },
    end() {
      one.end();
      other.end();
    },
  };
}
