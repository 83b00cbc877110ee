// Feeds in a folder, for machines without a network: documents are read where they lie.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { advisoryErrors } from './errors.ts';
import { openFeedFile } from './feed-file.ts';
import type { FeedSource } from './feed-source.ts';

/** Feeds under `folder`, in the mirror's layout. */
export function createFeedFolder(folder: string): FeedSource {
  return {
    name: folder,
    async open(document, options) {
      const path = join(folder, ...document.path.split('/'));
      const sizeBytes = await fileSize(path);
      if (sizeBytes === undefined) return undefined;
      options?.onProgress?.(sizeBytes, sizeBytes);
      return openFeedFile({ path, address: path, sizeBytes, dispose: async () => {} });
    },
  };
}

async function fileSize(path: string): Promise<number | undefined> {
  try {
    const { size } = await stat(path);
    if (size > limits.feedBytes) {
      throw advisoryErrors.feed_damaged(`${path} is larger than ${limits.feedBytes} bytes`);
    }
    return size;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) {
      return undefined;
    }
    if (cause instanceof Error && 'syscall' in cause) {
      throw advisoryErrors.feed_unreadable(`${path} cannot be read: ${describeError(cause)}`, { cause });
    }
    throw cause;
  }
}
