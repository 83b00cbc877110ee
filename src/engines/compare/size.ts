// How large two images are, measured alike: as they travel, compressed, where both lie so; else by their unpacked
// layers. An engine keeps layers unpacked: its image beside a registry's would seem twice as large for nothing.
import { isCompressedLayer } from '../../formats/oci/media-type.ts';
import type { LayerSummary } from '../../io/images/files.ts';
import type { Side } from './comparison.ts';

export interface SizeComparison {
  readonly measure: 'compressed' | 'unpacked';
  /** Bytes; absent where they are not known. */
  readonly before?: number;
  readonly after?: number;
  /** Bytes, negative where it became smaller; absent where either is not known. */
  readonly change?: number;
}

type Sized = Pick<Side, 'sizeBytes' | 'unpackedBytes' | 'isCompressed'>;

export function compareSizes(before: Sized, after: Sized): SizeComparison {
  const isCompressed = [before, after].every((side) => side.isCompressed !== false);
  const measure = isCompressed ? 'compressed' : 'unpacked';
  const [old, now] = [before, after].map((side) => (isCompressed ? side.sizeBytes : side.unpackedBytes));
  return {
    measure,
    ...(old === undefined ? {} : { before: old }),
    ...(now === undefined ? {} : { after: now }),
    ...(old === undefined || now === undefined ? {} : { change: now - old }),
  };
}

/** The sizes of a side; an SBOM has no layers and none. */
export function describeSizes(sizeBytes: number | undefined, layers: readonly LayerSummary[]): Sized {
  if (sizeBytes === undefined) return {};
  if (layers.length === 0) return { sizeBytes };
  return {
    sizeBytes,
    unpackedBytes: layers.reduce((sum, layer) => sum + layer.unpackedBytes, 0),
    isCompressed: layers.some(({ mediaType }) => isCompressedLayer(mediaType)),
  };
}
