// A feed's document as a file on disk: read as a stream, or as a zip archive, as often as wanted.
import { createReadStream } from 'node:fs';
import { describeError } from '../../kit/error.ts';
import { advisoryErrors } from './errors.ts';
import type { FeedFile } from './feed-source.ts';
import { readZipEntries } from './zip.ts';

/** Large reads: a feed is read once, from start to end. */
const CHUNK_BYTES = 256 * 1024;

/** Wraps the file at `path`; `dispose` is called once, when the caller is done with it. */
export function openFeedFile(file: {
  readonly path: string;
  readonly address: string;
  readonly sizeBytes: number;
  readonly dispose: () => Promise<void>;
}): FeedFile {
  const { path, address } = file;
  return {
    address,
    sizeBytes: file.sizeBytes,
    async *bytes() {
      try {
        yield* createReadStream(path, { highWaterMark: CHUNK_BYTES });
      } catch (cause) {
        throw advisoryErrors.feed_unreadable(`${address} cannot be read: ${describeError(cause)}`, { cause });
      }
    },
    entries: () => readZipEntries(path, address),
    [Symbol.asyncDispose]: file.dispose,
  };
}
