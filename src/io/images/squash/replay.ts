// Hands a record's entries to the view as the layer's bytes would. Where the record does not hold what the view
// asks (a hard link of an upper layer names a file that nobody wanted by its own name), the layer itself is read
// from there on: the view cannot tell the difference.
import { safePath } from '../../../formats/archive/safe-path.ts';
import type { OnTarEntry } from '../../../formats/archive/tar-reader.ts';
import type { AskedWish } from './asked.ts';
import type { LayerRecord } from './record.ts';
import type { OnLayerEntry } from './recorder.ts';
import type { WantedBody } from './wanted.ts';

/** Where a replay had to stop. */
export interface Halt {
  /** Entries that the view was handed. */
  readonly passed: number;
  /** Waits for the bytes of the last of them. */
  readonly body?: WantedBody;
}

/** Undefined when all is handed over. Throws what `onEntry` throws. */
export function replayRecord(record: LayerRecord, onEntry: OnLayerEntry, wish: AskedWish): Halt | undefined {
  let passed = 0;
  for (const { entry, answer, content } of record.read()) {
    const path = safePath(entry.path);
    if (path !== undefined) wish.tell(path, entry, answer);
    const body = onEntry(entry);
    passed += 1;
    if (body === undefined) continue;
    if (content === undefined || body.path !== path || !body.settle(content)) return { passed, body };
  }
  return passed === record.entryCount ? undefined : { passed };
}

/** A consumer for the layer's own entries that goes on where the replay stopped. */
export function resumeAfter({ passed, body }: Halt, onEntry: OnLayerEntry): OnTarEntry {
  let seen = 0;
  return (entry) => {
    seen += 1;
    if (seen > passed) return onEntry(entry);
    return seen === passed ? body : undefined;
  };
}
