// Which image another was built upon, from the surest witness to the least: what the builder wrote down, what the
// image is annotated with, whose layers lie below, and how its history reads. What is stated is compared with the
// layers wherever it can be asked for. Same answers of the ports, same base: ties go to more layers, then to the
// most telling name.
import type { ImageConfig } from '../../formats/oci/config.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import type { Platform } from '../../formats/oci/platform.ts';
import type { Attestation } from '../attest/attestation.ts';
import { type Asking, createAsking } from './compare.ts';
import { type Found, plural } from './found.ts';
import { readFromAnnotations } from './from-annotations.ts';
import { readFromLayers } from './from-layers.ts';
import { readFromProvenance } from './from-provenance.ts';
import { guessBaseLayers } from './history.ts';
import type { BaseImage, Lineage } from './lineage.ts';
import { formatNamed } from './named-image.ts';
import type { FindByLayers, OpenImage } from './place.ts';

export interface BaseRequest {
  /** Of the platform's image. */
  readonly digest: Digest;
  readonly config: Pick<ImageConfig, 'diffIds' | 'history' | 'labels'>;
  readonly platform?: Platform;
  /** Of the image manifest. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Absent where nobody looked. */
  readonly attestations?: readonly Attestation[];
  /** Absent where nothing may be asked. */
  readonly open?: OpenImage;
  /** Absent where no images are known. */
  readonly findByLayers?: FindByLayers;
}

/** Never throws but for what the ports throw; a request costs at most `limits.baseCandidates` openings and two more. */
export async function findBase(request: BaseRequest): Promise<Lineage> {
  const { digest, config, annotations = {}, attestations = [], platform } = request;
  const unknowns: string[] = [];
  const asking = createAsking({ digest, diffIds: config.diffIds }, unknowns, request);
  const provenance = await readFromProvenance(attestations, platform, asking);
  const witnesses = [
    async () => provenance.found,
    () => readFromAnnotations(annotations, config.labels, asking),
    () => readFromLayers(asking),
    async () => (provenance.isComplete ? undefined : readFromHistory(request)),
  ];
  let guess: Found | undefined;
  for (const ask of witnesses) {
    const found = await ask();
    if (found === undefined) continue;
    const better = found.isInherited === true ? await preferLayers(found, asking) : found;
    if (better.base.confidence !== 'guess') return { base: await complete(better, asking), unknowns };
    guess ??= better;
  }
  if (guess !== undefined) return { base: await complete(guess, asking), unknowns };
  return { unknowns: [...unknowns, describeNothing(request)] };
}

/** A label may have come down from the base: layers that are more than its, or that alone were compared, say more. */
async function preferLayers(found: Found, asking: Asking): Promise<Found> {
  const below = await readFromLayers(asking);
  if (below === undefined) return found;
  return (below.base.layers ?? 0) > (found.base.layers ?? 0) ? below : found;
}

/** What the tag names now, in the terms of the stated digest: an index is compared with an index. */
async function complete({ base, named }: Found, asking: Asking): Promise<BaseImage> {
  if (named?.name === undefined || named.tag === undefined) return base;
  const now = await asking.open(named.name);
  if (now === undefined) return base;
  const reference = formatNamed(named);
  // Opened before, so this asks nobody.
  const used = reference === undefined ? undefined : await asking.open(reference, true);
  const isSame =
    used?.digest === now.digest ||
    (base.digest !== undefined && [now.digest, now.indexDigest].includes(base.digest));
  const isIndex = used !== undefined && base.digest !== used.digest;
  const moved = used !== undefined && !isIndex ? now.digest : (now.indexDigest ?? now.digest);
  const digest = isSame ? (base.digest ?? now.digest) : moved;
  return {
    ...base,
    current: { digest, ...(now.createdAt === undefined ? {} : { createdAt: now.createdAt }) },
  };
}

function describeNothing({ attestations, findByLayers }: BaseRequest): string {
  const looked = [
    ...(attestations === undefined ? [] : ['provenance']),
    'annotations',
    ...(findByLayers === undefined ? [] : ['layers']),
    'history',
  ];
  const words = `${looked.slice(0, -1).join(', ')} and ${looked.at(-1)}`;
  return `Its ${words} do not tell which image it was built upon.`;
}

function readFromHistory({ config }: BaseRequest): Found | undefined {
  const layers = guessBaseLayers(config.history, config.diffIds.length);
  if (layers === undefined) return undefined;
  const why = `Its history has a CMD or ENTRYPOINT after ${plural(layers, 'layer')}, where a base would end.`;
  return { base: { aliases: [], layers, method: 'history', confidence: 'guess', why } };
}
