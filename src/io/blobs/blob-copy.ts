// Taking a blob's file from one store's folder to another's, for backups: linked where both lie in one file system,
// since a blob never changes once it has its name; else copied, and then proven on the way. Durable when it returns.
import { createReadStream } from 'node:fs';
import { link, open, rename, rm } from 'node:fs/promises';
import { createRunningDigest, type Digest, digestAlgorithm } from '../../formats/oci/digest.ts';
import { appendStream } from './append.ts';
import { blobPath, shardPath } from './blob-path.ts';
import { createSyncedFolders, syncFolder } from './synced-folder.ts';

/** 'damaged': its bytes are not what its name says; nothing was taken. */
export type BlobCopied = 'linked' | 'copied' | 'missing' | 'damaged';

export interface BlobCopier {
  /** `isLinked` false always copies: the bytes are then read, proven, and lie twice. */
  copy(digest: Digest, isLinked: boolean): Promise<BlobCopied>;
  /** Makes the names of what was taken durable; called once, at the end. */
  finish(): Promise<void>;
}

export function createBlobCopier(from: string, to: string): BlobCopier {
  const folders = createSyncedFolders();
  const touched = new Set<string>();

  async function copyBytes(digest: Digest): Promise<BlobCopied> {
    const target = blobPath(to, digest);
    const temporary = `${target}.partial`;
    const running = createRunningDigest(digestAlgorithm(digest));
    try {
      {
        await using handle = await open(temporary, 'w');
        await appendStream(handle, 0, createReadStream(blobPath(from, digest)), (chunk) =>
          running.update(chunk),
        );
        await handle.sync();
      }
      if (running.digest() !== digest) {
        await rm(temporary);
        return 'damaged';
      }
      await rename(temporary, target);
      return 'copied';
    } catch (cause) {
      await rm(temporary, { force: true });
      if (isAbsent(cause)) return 'missing';
      throw cause;
    }
  }

  return {
    async copy(digest, isLinked) {
      const shard = shardPath(to, digest);
      await folders.make(shard);
      touched.add(shard);
      if (!isLinked) return copyBytes(digest);
      try {
        await link(blobPath(from, digest), blobPath(to, digest));
        return 'linked';
      } catch (cause) {
        if (isAbsent(cause)) return 'missing';
        // Another file system, one without links, or as many links as it takes.
        return copyBytes(digest);
      }
    },
    async finish() {
      for (const shard of touched) await syncFolder(shard);
    },
  };
}

function isAbsent(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException).code === 'ENOENT';
}
