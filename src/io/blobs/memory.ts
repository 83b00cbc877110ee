// Blobs in memory: for tests and for throw-away runs. Passes contract-suite.ts like every other store.
// Bytes handed in are copied, so a caller that reuses a buffer changes nothing here.
import { Readable } from 'node:stream';
import type { Digest } from '../../formats/oci/digest.ts';
import { concatBytes, formatSize } from '../../kit/bytes.ts';
import { type Clock, systemClock } from '../../kit/clock.ts';
import { blobErrors } from './errors.ts';
import type { BlobStore } from './store.ts';

interface StoredBlob {
  readonly bytes: Uint8Array;
  readonly modifiedAt: number;
}

interface Upload {
  readonly chunks: Uint8Array[];
  sizeBytes: number;
}

/** A store that lives as long as the process. */
export function createMemoryBlobStore(clock: Clock = systemClock): BlobStore {
  const blobs = new Map<Digest, StoredBlob>();
  const uploads = new Map<string, Upload>();
  const quarantined = new Map<string, StoredBlob>();

  const blob = (digest: Digest): StoredBlob => {
    const stored = blobs.get(digest);
    if (stored === undefined) throw blobErrors.missing(`no blob ${digest} in the store`);
    return stored;
  };
  const upload = (id: string): Upload => {
    const running = uploads.get(id);
    if (running === undefined) throw blobErrors.upload_missing(`no upload ${id} in the store`);
    return running;
  };

  return Object.freeze<BlobStore>({
    async stat(digest) {
      const stored = blobs.get(digest);
      return stored === undefined ? undefined : { sizeBytes: stored.bytes.byteLength };
    },
    async read(digest, range) {
      const { bytes } = blob(digest);
      return streamOf(range === undefined ? bytes : bytes.subarray(range.start, range.end + 1));
    },
    async send(digest, range, sink) {
      const { bytes } = blob(digest);
      const part = range === undefined ? bytes : bytes.subarray(range.start, range.end + 1);
      if (part.byteLength > 0) await sink(part);
    },
    async readAll(digest, limitBytes) {
      const { bytes } = blob(digest);
      if (bytes.byteLength > limitBytes)
        throw blobErrors.too_large(
          `blob ${digest} is ${formatSize(bytes.byteLength)}, over ${formatSize(limitBytes)}`,
        );
      return new Uint8Array(bytes);
    },
    async put(digest, bytes) {
      blobs.set(digest, { bytes: new Uint8Array(bytes), modifiedAt: clock.now() });
    },
    async delete(digest) {
      return blobs.delete(digest);
    },
    async quarantine(digest) {
      const stored = blobs.get(digest);
      if (stored === undefined) return false;
      quarantined.set(`${digest} ${quarantined.size}`, stored);
      return blobs.delete(digest);
    },
    async *list() {
      for (const [digest, { bytes, modifiedAt }] of [...blobs])
        yield { digest, sizeBytes: bytes.byteLength, modifiedAt };
    },

    async startUpload(id) {
      if (!uploads.has(id)) uploads.set(id, { chunks: [], sizeBytes: 0 });
    },
    async uploadSize(id) {
      return uploads.get(id)?.sizeBytes;
    },
    async appendUpload(id, offsetBytes, source, onChunk) {
      const running = upload(id);
      if (offsetBytes !== running.sizeBytes)
        throw blobErrors.upload_offset(
          `upload ${id} holds ${running.sizeBytes} bytes; a chunk came for ${offsetBytes}`,
        );
      for await (const chunk of source) {
        onChunk?.(chunk);
        running.chunks.push(new Uint8Array(chunk));
        running.sizeBytes += chunk.byteLength;
      }
      return running.sizeBytes;
    },
    async readUpload(id) {
      return Readable.from([...upload(id).chunks], { objectMode: false });
    },
    async commitUpload(id, digest) {
      if (!uploads.has(id) && blobs.has(digest)) return;
      const { chunks, sizeBytes } = upload(id);
      blobs.set(digest, { bytes: concatBytes(chunks, sizeBytes), modifiedAt: clock.now() });
      uploads.delete(id);
    },
    async cancelUpload(id) {
      return uploads.delete(id);
    },
  });
}

function streamOf(bytes: Uint8Array): Readable {
  return Readable.from(bytes.byteLength === 0 ? [] : [bytes], { objectMode: false });
}
