// The squashed view of an image in one streaming pass: each layer is read and unpacked once, its digest and
// diffID computed on the way. Spec: image-spec layer.md.
// Layers are read from the top down, one after the other: a path seen above or whited out needs nothing from
// below, so shadowed files are never kept and `reduce` never runs in vain; unpacking is on the thread pool, hashing
// and reading here, which keeps two cores busy already. Only where a wanted link names a file that nobody wanted
// when it passed is that one layer read again. Nothing of an image is ever written to disk but, where there is a
// cache, what a layer came to: the next image that has the layer is squashed from that, to the same view.
import { randomInt } from 'node:crypto';
import type { Readable } from 'node:stream';
import { decompress } from '../../formats/archive/compression.ts';
import { createTarReader, type OnTarEntry } from '../../formats/archive/tar-reader.ts';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { createRunningDigest, type Digest, digestAlgorithm } from '../../formats/oci/digest.ts';
import { isLayer, isNondistributable } from '../../formats/oci/media-type.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { type Limits, limits as standardLimits } from '../../kit/limits.ts';
import { imageErrors } from './errors.ts';
import type { FileWish, LayerSummary, SquashedView } from './files.ts';
import type { LayerCache } from './layer-cache.ts';
import { type AskedWish, createAskedWish } from './squash/asked.ts';
import { finishView, wantLinkTargets } from './squash/finish.ts';
import type { LayerSums } from './squash/record.ts';
import type { OnLayerEntry } from './squash/recorder.ts';
import { readRememberedLayer } from './squash/remembered.ts';
import { createUnknownList, type UnknownList } from './squash/unknowns.ts';
import { createView, type LayerCounts, type View } from './squash/view.ts';
import { verifiedBytes } from './verify.ts';

/** What has been read of an image so far. */
export interface SquashProgress {
  readonly layer: number;
  readonly layers: number;
  /** Compressed bytes of the layer. */
  readonly doneBytes: number;
  readonly layerBytes: number;
}

export interface SquashRequest {
  /** Oldest first, as the manifest lists them. */
  readonly layers: readonly Descriptor[];
  /** As the configuration declares them; each is compared with what the bytes give. */
  readonly diffIds?: readonly Digest[];
  /** Opens a layer's blob from its start, unverified; a layer may be opened twice. */
  readonly open: (descriptor: Descriptor) => Promise<Readable>;
  readonly wish: FileWish;
  /** What was read of layers before, by a wish that has a name: a layer that it knows is not opened. */
  readonly cache?: LayerCache;
  readonly limits?: Limits;
  readonly onProgress?: (progress: SquashProgress) => void;
}

/** Rounds of second looks; each follows one more hard link of a chain. */
const SECOND_LOOKS = 4;

/**
 * The view. `images.damaged` for wrong digests or diffIDs and cut or malformed layers, `images.hostile_layer` for
 * bombs and endless entries, errors of `open` as they are. Layers that cannot be read by kind are unknowns.
 * `fileCount` counts hard links too, `totalBytes` their content once; a path that one layer has twice counts with
 * its first size.
 */
export async function squashImage(request: SquashRequest): Promise<SquashedView> {
  const { layers, diffIds, limits = standardLimits } = request;
  const wish = createAskedWish(request.wish);
  if (layers.length > limits.imageLayers)
    throw imageErrors.hostile_layer(
      `the image has ${layers.length} layers, over the limit of ${limits.imageLayers}`,
    );
  if (
    diffIds !== undefined &&
    layers.every(({ mediaType }) => isLayer(mediaType)) &&
    diffIds.length !== layers.length
  )
    throw imageErrors.damaged(
      `the image has ${layers.length} layers, but its configuration lists ${diffIds.length}`,
    );
  const unknowns = createUnknownList();
  const view = createView(wish, limits, [randomInt(2 ** 32), randomInt(2 ** 32)], unknowns);
  const summaries: LayerSummary[] = new Array(layers.length);
  for (let position = layers.length - 1; position >= 0; position--) {
    summaries[position] = await readLayer(request, position, view, wish, unknowns);
    view.settle();
  }
  view.closeDemands();
  wantLinkTargets(view, wish, unknowns);
  await lookAgain(request, view, unknowns);
  return finishView(view, wish, summaries, unknowns);
}

async function readLayer(
  request: SquashRequest,
  position: number,
  view: View,
  wish: AskedWish,
  unknowns: UnknownList,
): Promise<LayerSummary> {
  const counts: LayerCounts = { entries: 0, deletions: 0 };
  const descriptor = request.layers[position] as Descriptor;
  const declared = request.diffIds?.[position];
  const { mediaType, digest, sizeBytes } = descriptor;
  const summary = {
    position,
    digest,
    diffId: declared ?? digest,
    mediaType,
    sizeBytes,
    unpackedBytes: 0,
    ...counts,
  };
  const where = `layer ${position} (${digest})`;
  if (!isReadableLayer(mediaType)) {
    unknowns.add(where, `its media type ${mediaType.slice(0, 200)} is not one that can be read`);
    return summary;
  }
  try {
    const onEntry = view.layer(position, counts);
    const read = await readThroughCache(request, position, onEntry, wish, view);
    return { ...summary, ...read, ...counts };
  } catch (error) {
    if (isNondistributable(mediaType) && isPlimsollError(error, { kind: 'missing' }))
      unknowns.add(where, 'it is a foreign layer whose content is not here');
    else if (isPlimsollError(error, { code: 'archive.unsupported' })) unknowns.add(where, error.message);
    else throw asImageError(error, where);
    return summary;
  }
}

/** From what is known of the layer, else from its bytes. */
async function readThroughCache(
  request: SquashRequest,
  position: number,
  onEntry: OnLayerEntry,
  wish: AskedWish,
  view: View,
): Promise<LayerSums> {
  const { layers, diffIds, cache, limits = standardLimits, onProgress } = request;
  const stream = (consumer: OnTarEntry) => streamLayer(request, position, consumer);
  if (cache === undefined || wish.name === undefined) return stream(onEntry);
  const descriptor = layers[position] as Descriptor;
  const { isRead, ...sums } = await readRememberedLayer(
    {
      cache,
      wishName: wish.name,
      wish,
      limits,
      descriptor,
      declared: diffIds?.[position],
      roomBytes: () => view.roomBytes,
      stream,
    },
    onEntry,
  );
  const layerBytes = descriptor.sizeBytes;
  if (!isRead) onProgress?.({ layer: position, layers: layers.length, doneBytes: layerBytes, layerBytes });
  return sums;
}

/** One layer through verification, unpacking and the tar reader. */
async function streamLayer(
  { layers, diffIds, open, limits = standardLimits, onProgress }: SquashRequest,
  position: number,
  onEntry: OnTarEntry,
): Promise<LayerSums> {
  const descriptor = layers[position] as Descriptor;
  const declared = diffIds?.[position];
  const diff = createRunningDigest(declared === undefined ? 'sha256' : digestAlgorithm(declared));
  const reader = createTarReader(onEntry);
  let doneBytes = 0;
  let isVerified = false;
  async function* verified(): AsyncGenerator<Uint8Array> {
    for await (const chunk of verifiedBytes(await open(descriptor), descriptor)) {
      doneBytes += chunk.byteLength;
      onProgress?.({ layer: position, layers: layers.length, doneBytes, layerBytes: descriptor.sizeBytes });
      yield chunk;
    }
    isVerified = true;
  }
  const bounds = { unpackedBytes: limits.layerUnpackedBytes, expansion: limits.layerExpansion };
  for await (const chunk of decompress(verified(), bounds)) {
    diff.update(chunk);
    reader.push(chunk);
  }
  reader.end();
  if (!isVerified) throw imageErrors.damaged('bytes follow the end of the compressed stream');
  const diffId = diff.digest();
  if (declared !== undefined && declared !== diffId)
    throw imageErrors.damaged(`the configuration says diffID ${declared}, but the bytes give ${diffId}`);
  return { diffId, unpackedBytes: diff.sizeBytes };
}

async function lookAgain(request: SquashRequest, view: View, unknowns: UnknownList): Promise<void> {
  for (let round = 0; view.secondLooks.size > 0; round++) {
    const looks = [...view.secondLooks];
    view.secondLooks.clear();
    for (const [position, wanted] of looks) {
      if (round < SECOND_LOOKS) {
        const { digest } = request.layers[position] as Descriptor;
        await streamLayer(request, position, view.again(position, wanted)).catch((error: unknown) => {
          throw asImageError(error, `layer ${position} (${digest})`);
        });
      } else
        for (const path of wanted.keys()) unknowns.add(path, 'it is a chain of hard links', 'hard links');
    }
  }
}

/** Plain, gzip and zstd tars; `+encrypted` and whatever else stands behind is not read. */
function isReadableLayer(mediaType: string): boolean {
  return isLayer(mediaType) && /[.]tar(?:[.+](?:gzip|zstd))?$/.test(mediaType);
}

function asImageError(error: unknown, where: string): unknown {
  if (isPlimsollError(error, { code: 'archive.too_large' }))
    return imageErrors.hostile_layer(`${where}: ${error.message}`, { cause: error });
  if (
    isPlimsollError(error, { code: 'archive.malformed' }) ||
    isPlimsollError(error, { code: 'archive.truncated' })
  )
    return imageErrors.damaged(`${where}: ${error.message}`, { cause: error });
  if (isPlimsollError(error, { code: 'images.damaged' }))
    return imageErrors.damaged(`${where}: ${error.message}`, { cause: error });
  return error;
}
