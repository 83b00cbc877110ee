// Finds what hangs on an image and reads its in-toto statements: BuildKit's attestation manifests in the index
// (moby/buildkit docs/attestations/attestation-storage.md), and OCI referrers of the image and of its index that
// hold statements, DSSE envelopes or Sigstore bundles. cosign's older tag `sha256-<hex>.att` is not looked for:
// an ImageSource opens one reference and reaches no tags. No signature is checked.
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import { type ImageManifest, parseManifest } from '../../formats/oci/manifest.ts';
import { manifestKind, mediaTypes } from '../../formats/oci/media-type.ts';
import { imageErrors } from '../../io/images/errors.ts';
import type { Unknown } from '../../io/images/files.ts';
import type { ChosenImage } from '../../io/images/platform-choice.ts';
import type { ImageSource } from '../../io/images/source.ts';
import { verifiedBytes } from '../../io/images/verify.ts';
import { collectBytes } from '../../kit/bytes.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import type { Attestation } from './attestation.ts';
import { listAttestationManifests } from './attestation-manifest.ts';
import { isProvenance, readProvenance } from './provenance.ts';
import { parseStatement } from './statement.ts';

export interface FoundAttestations {
  /** By predicate type, then digest. */
  readonly attestations: readonly Attestation[];
  /** What could not be listed or read, so that its absence here says nothing. */
  readonly unknowns: readonly Unknown[];
}

/** A manifest whose layers may be statements. */
interface Carrier {
  readonly descriptor: Descriptor;
  readonly via: Attestation['via'];
}

/**
 * Every attestation of the image that can be reached, at most `limits.imageStatements`. Never throws for what is
 * attached or for a registry that does not answer: those are unknowns.
 */
export async function readAttestations(
  source: ImageSource,
  { root, image }: Pick<ChosenImage, 'root' | 'image'>,
): Promise<FoundAttestations> {
  const unknowns: Unknown[] = [];
  const own = image.descriptor.digest;
  const named = [...new Set([own, root.descriptor.digest])];
  const carriers = new Map<Digest, Carrier>();
  const add = (carrier: Carrier): void => {
    if (!carriers.has(carrier.descriptor.digest)) carriers.set(carrier.descriptor.digest, carrier);
  };
  await attempt(unknowns, 'its index', async () => {
    for (const descriptor of await listAttestationManifests(source, root, own))
      add({ descriptor, via: 'index' });
  });
  for (const subject of named)
    await attempt(unknowns, `referrers of ${subject}`, async () => {
      const referrers = (await source.referrers(subject)).filter(mayCarryStatements);
      for (const descriptor of referrers.toSorted(byDigest)) add({ descriptor, via: 'referrer' });
    });
  const found = new Map<Digest, Attestation>();
  const budget = { statements: limits.imageStatements, sizeBytes: limits.imageStatementsBytes };
  let left = carriers.size;
  for (const carrier of carriers.values()) {
    if (budget.statements <= 0) {
      unknowns.push({
        where: 'attestations',
        why: `${left} more are attached than the ${limits.imageStatements} that are read`,
      });
      break;
    }
    left -= 1;
    await attempt(unknowns, `attestation ${carrier.descriptor.digest}`, () =>
      readCarrier(source, carrier, { named, found, unknowns, budget }),
    );
  }
  return { attestations: [...found.values()].sort(byTypeAndDigest), unknowns };
}

interface Reading {
  readonly named: readonly Digest[];
  readonly found: Map<Digest, Attestation>;
  readonly unknowns: Unknown[];
  readonly budget: { statements: number; sizeBytes: number };
}

async function readCarrier(source: ImageSource, carrier: Carrier, reading: Reading): Promise<void> {
  const { bytes, descriptor } = await source.manifest(carrier.descriptor);
  // Even a carrier of nothing costs a request.
  reading.budget.statements -= 1;
  const manifest = parseManifest(bytes, descriptor.mediaType);
  if (manifest.kind !== 'image' || isPlainSignature(manifest)) return;
  for (const [position, layer] of manifest.layers.filter(isStatement).entries()) {
    if (position > 0) reading.budget.statements -= 1;
    if (reading.budget.statements < 0) throw imageErrors.damaged('it holds more statements than are read');
    await attempt(reading.unknowns, `attestation ${layer.digest}`, () =>
      readStatement(source, layer, carrier.via, reading),
    );
  }
}

async function readStatement(
  source: ImageSource,
  layer: Descriptor,
  via: Attestation['via'],
  { named, found, unknowns, budget }: Reading,
): Promise<void> {
  if (found.has(layer.digest)) return;
  const limitBytes = Math.min(limits.statementBytes, budget.sizeBytes);
  if (layer.sizeBytes > limitBytes)
    throw imageErrors.damaged(`it has ${layer.sizeBytes} bytes; ${limitBytes} would still be read`);
  budget.sizeBytes -= layer.sizeBytes;
  const stream = verifiedBytes(await source.blob(layer), layer);
  const statement = parseStatement(await collectBytes(stream, limitBytes, imageErrors.damaged));
  const { predicateType, subjects } = statement;
  const isAboutImage = subjects.some((digest) => named.includes(digest));
  const attestation = { predicateType, digest: layer.digest, via, isAboutImage };
  found.set(layer.digest, attestation);
  if (!isProvenance(statement)) return;
  await attempt(unknowns, `provenance ${layer.digest}`, async () => {
    found.set(layer.digest, { ...attestation, provenance: readProvenance(statement) });
  });
}

/** The type may be missing or wrong in lists that clients keep (cosign wrote the empty type): those are looked into. */
function mayCarryStatements({ mediaType, artifactType }: Descriptor): boolean {
  return (
    manifestKind(mediaType) === 'image' &&
    (artifactType === undefined ||
      artifactType === mediaTypes.ociEmpty ||
      artifactType === mediaTypes.ociConfig ||
      artifactType === 'application/vnd.docker.attestation.manifest.v1+json' ||
      artifactType.startsWith('application/vnd.dev.cosign.') ||
      isStatementType(artifactType))
  );
}

function isStatement({ mediaType }: Descriptor): boolean {
  return isStatementType(mediaType);
}

/** `application/vnd.in-toto+json`, `….in-toto.provenance+dsse`, `….dsse.envelope.v1+json`, Sigstore bundles. */
function isStatementType(mediaType: string): boolean {
  return /^application\/vnd\.(?:in-toto[.+]|dsse\.envelope\.|dev\.sigstore\.bundle[.+])/.test(mediaType);
}

/** A Sigstore bundle that signs bytes and holds no statement (cosign BUNDLE_SPEC.md). */
function isPlainSignature({ annotations }: ImageManifest): boolean {
  return annotations?.['dev.sigstore.bundle.content'] === 'message-signature';
}

/** Coded failures become an unknown; anything else is a defect, or the caller's wish to end. */
async function attempt(unknowns: Unknown[], where: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    unknowns.push({ where, why: error.message });
  }
}

function byDigest(a: Descriptor, b: Descriptor): number {
  return a.digest < b.digest ? -1 : a.digest > b.digest ? 1 : 0;
}

function byTypeAndDigest(a: Attestation, b: Attestation): number {
  const [one, other] = [a, b].map(({ predicateType, digest }) => `${predicateType} ${digest}`);
  return (one as string) < (other as string) ? -1 : one === other ? 0 : 1;
}
