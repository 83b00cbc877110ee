// Reads a layer through the cache: from its record where there is one, else from its bytes, recording. A record is
// kept only after the layer's digest and diffID were found right, under a key of all that it depends on.
import type { OnTarEntry } from '../../../formats/archive/tar-reader.ts';
import type { Descriptor } from '../../../formats/oci/descriptor.ts';
import type { Digest } from '../../../formats/oci/digest.ts';
import { hashHex } from '../../../kit/hash.ts';
import { stableJson } from '../../../kit/json.ts';
import type { Limits } from '../../../kit/limits.ts';
import type { LayerCache } from '../layer-cache.ts';
import type { AskedWish } from './asked.ts';
import { type LayerSums, RECORD_FORMAT } from './record.ts';
import { parseLayerRecord } from './record-reader.ts';
import { createRecordWriter } from './record-writer.ts';
import { type OnLayerEntry, recordInto } from './recorder.ts';
import { replayRecord, resumeAfter } from './replay.ts';

export interface RememberedLayer {
  readonly cache: LayerCache;
  /** Names the wish; see `FileWish.name`. */
  readonly wishName: string;
  readonly wish: AskedWish;
  readonly limits: Limits;
  readonly descriptor: Descriptor;
  readonly declared: Digest | undefined;
  readonly roomBytes: () => number;
  /** Reads the layer's bytes from the start, verified. */
  readonly stream: (onEntry: OnTarEntry) => Promise<LayerSums>;
}

/** A block holds one kept file of the record's own bound, and beside it rows and paths of a few MiB. */
const BLOCK_ROOM_BYTES = 16 * 1024 * 1024;

/** Hands the layer's entries to `onEntry`; `isRead` is false where its bytes were not asked for. */
export async function readRememberedLayer(
  layer: RememberedLayer,
  onEntry: OnLayerEntry,
): Promise<LayerSums & { readonly isRead: boolean }> {
  const { cache, wish, limits } = layer;
  const key = keyOf(layer);
  const known = await cache.read(key);
  const record =
    known === undefined ? undefined : parseLayerRecord(known, limits.layerRecordBytes + BLOCK_ROOM_BYTES);
  if (record !== undefined) {
    const halt = replayRecord(record, onEntry, wish);
    if (halt !== undefined) return { ...(await layer.stream(resumeAfter(halt, onEntry))), isRead: true };
    return { diffId: record.diffId, unpackedBytes: record.unpackedBytes, isRead: false };
  }
  const writer = createRecordWriter(limits.layerRecordBytes);
  const sums = await layer.stream(recordInto(writer, onEntry, layer));
  const bytes = writer.finish(sums);
  if (bytes !== undefined) await cache.write(key, bytes);
  return { ...sums, isRead: true };
}

/** The declared size and diffID are in it, as a wrong one must be found wrong every time. */
function keyOf({ cache, wishName, limits, descriptor, declared }: RememberedLayer): string {
  const { digest, sizeBytes } = descriptor;
  const parts = [RECORD_FORMAT, cache.generation, wishName, digest, sizeBytes, declared ?? null, limits];
  return hashHex('sha256', stableJson(parts));
}
