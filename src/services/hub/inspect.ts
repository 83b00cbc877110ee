// The one line of looking into an image, the same in the server's worker and on the command line:
// choose the platform's image -> squashed view -> inventory -> matching -> fixes -> verdict -> report.
// Indexing reads the image, judging needs only what indexing left, so a stored inventory is judged again
// without its layers.
import { groupByFix } from '../../engines/advisory/group-by-fix.ts';
import { matchInventory } from '../../engines/advisory/match.ts';
import type { Lineage } from '../../engines/lineage/lineage.ts';
import { evaluatePolicy } from '../../engines/policy/evaluate.ts';
import type { PolicyEvidence } from '../../engines/policy/evidence.ts';
import type { Policy } from '../../engines/policy/policy.ts';
import { catalog, createWish } from '../../engines/sbom/catalog.ts';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { ociErrors } from '../../formats/oci/errors.ts';
import { type ImageManifest, parseManifest } from '../../formats/oci/manifest.ts';
import { isImageConfig, isLayer, isNondistributable } from '../../formats/oci/media-type.ts';
import { formatPlatform, normalPlatform, type Platform } from '../../formats/oci/platform.ts';
import type { AdvisoryStore } from '../../io/advisories/store.ts';
import type { LayerCache } from '../../io/images/layer-cache.ts';
import { chooseImage } from '../../io/images/platform-choice.ts';
import type { ImageSource } from '../../io/images/source.ts';
import { squashImage } from '../../io/images/squash.ts';
import { type Clock, formatInstant } from '../../kit/clock.ts';
import { readAttested } from './lineage.ts';
import type { Indexed, IndexedImage } from './packed.ts';
import type { ImageReport, ImageSubject, Report, ReportSubject } from './report.ts';

/** What is being done; told as each begins, and for each layer that is read. */
export type InspectStep =
  | { readonly kind: 'indexing'; readonly layersDone: number; readonly layersTotal: number }
  | { readonly kind: 'matching' }
  | { readonly kind: 'judging' };

export interface IndexRequest {
  readonly source: ImageSource;
  /** Which image of an index; the machine's where absent. */
  readonly platform?: Platform;
  readonly machine?: Platform;
  /** 'skip' where what hangs on the image is not there to be read (docker-archive), or is read at another time. */
  readonly attestations?: 'read' | 'skip';
  /** A layer that it knows is not read again. */
  readonly layers?: LayerCache;
  /** Waited for. */
  readonly onStep?: (step: InspectStep) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

export interface JudgeRequest<S extends ReportSubject = ReportSubject> {
  readonly image: Indexed<S>;
  readonly advisories: AdvisoryStore;
  readonly clock: Clock;
  /** The standard one where absent. */
  readonly policy?: Policy;
  /** Finds the base; nobody looks for it where absent. */
  readonly trace?: (image: Indexed<S>) => Promise<Lineage>;
  readonly onStep?: (step: InspectStep) => void | Promise<void>;
}

/** The whole line. Throws what the source, platform choice (`oci.platform_missing`) and squashing throw. */
export async function inspectImage(
  request: IndexRequest & Pick<JudgeRequest<ImageSubject>, 'advisories' | 'clock' | 'policy' | 'trace'>,
): Promise<ImageReport> {
  const image = await indexImage(request);
  return judgeImage({ ...request, image });
}

/** Reads the image: its configuration, and each layer once; those that `layers` knows not at all. */
export async function indexImage(request: IndexRequest): Promise<IndexedImage> {
  const { source, signal, onStep } = request;
  const { root, image, manifest, config, platform } = await chooseImage(
    source,
    request.platform,
    request.machine,
  );
  const unsupported = describeUnsupported(manifest);
  if (unsupported !== undefined) throw ociErrors.manifest_unsupported(`${source.name}: ${unsupported}`);
  const layersTotal = manifest.layers.length;
  await onStep?.({ kind: 'indexing', layersDone: 0, layersTotal });
  let telling: Promise<void> | undefined;
  let layersDone = 0;
  const view = await squashImage({
    layers: manifest.layers,
    diffIds: config.diffIds,
    open(layer: Descriptor) {
      signal?.throwIfAborted();
      return source.blob(layer);
    },
    wish: createWish(),
    ...(request.layers === undefined ? {} : { cache: request.layers }),
    onProgress(progress) {
      signal?.throwIfAborted();
      if (progress.doneBytes < progress.layerBytes || layersDone >= layersTotal) return;
      layersDone += 1;
      const step = { kind: 'indexing', layersDone, layersTotal } as const;
      telling = (telling ?? Promise.resolve()).then(() => onStep?.(step));
    },
  });
  await telling;
  const attested = request.attestations === 'skip' ? {} : await readAttested(source, { root, image });
  signal?.throwIfAborted();
  const { digest } = image.descriptor;
  const { annotations } = manifest;
  const named = platform === undefined ? {} : { platform: formatPlatform(normalPlatform(platform)) };
  const index = root.descriptor.digest;
  return {
    subject: {
      reference: source.name,
      digest,
      ...(index === digest ? {} : { indexDigest: index }),
      ...named,
      sizeBytes: [manifest.config, ...manifest.layers].reduce((sum, blob) => sum + blob.sizeBytes, 0),
      config,
      ...(annotations === undefined ? {} : { annotations }),
      ...attested,
    },
    inventory: catalog(view, { digest, ...named }),
  };
}

/** Judges an inventory by the advisories as they stand, and by the policy. */
export async function judgeImage<S extends ReportSubject>(request: JudgeRequest<S>): Promise<Report<S>> {
  const { image, advisories, clock, policy, trace, onStep } = request;
  const { subject, inventory } = image;
  await onStep?.({ kind: 'matching' });
  const matching = matchInventory(inventory, advisories);
  await onStep?.({ kind: 'judging' });
  const lineage = await trace?.(image);
  const judgedAt = clock.now();
  const evidence: PolicyEvidence = {
    ...evidenceOf(subject),
    inventory,
    matching,
    ...(lineage && { lineage }),
    hasExploitedFeed: advisories.feeds().some(({ feed }) => feed === EXPLOITED_FEED),
    judgedAt,
  };
  return {
    schema: 1,
    createdAt: formatInstant(judgedAt),
    subject,
    inventory,
    matching,
    fixes: groupByFix(matching),
    ...(lineage && { lineage }),
    verdict: evaluatePolicy(evidence, policy),
  };
}

/** Whose refreshing says that which vulnerabilities are exploited is known. */
const EXPLOITED_FEED = 'kev';

function evidenceOf({
  reference,
  config,
  attestations,
  attestationUnknowns,
  annotations,
}: ReportSubject): Partial<PolicyEvidence> {
  return {
    reference,
    ...(config && { config }),
    ...(attestations && { attestations }),
    ...(attestationUnknowns && { attestationUnknowns }),
    ...(annotations && { annotations }),
  };
}

/** Why there is nothing to look into, one sentence: an artifact, an attestation. Undefined for an image. */
export async function whyNotRunnable(source: ImageSource): Promise<string | undefined> {
  const root = await source.root();
  const manifest = parseManifest(root.bytes, root.descriptor.mediaType);
  return manifest.kind === 'image' ? describeUnsupported(manifest) : undefined;
}

function describeUnsupported({ artifactType, config, layers }: ImageManifest): string | undefined {
  // Container engines look at the configuration alone: a type beside it would hide an image, and not keep it from running.
  if (!isImageConfig(config.mediaType))
    return artifactType === undefined
      ? `its configuration is ${config.mediaType}, not that of an image to run`
      : `it is an artifact of type ${artifactType}, not an image to run`;
  const odd = layers.find(({ mediaType }) => !isLayer(mediaType) && !isNondistributable(mediaType));
  return odd === undefined || layers.some(({ mediaType }) => isLayer(mediaType))
    ? undefined
    : `it holds ${odd.mediaType}, not layers of an image to run`;
}
