// What the signatures on one stored image prove, and what is said of how it was built: bundles on the image itself, and
// statements in attestation manifests with whatever signs those (BuildKit's in the index or as referrers; of a
// platform, never of the index). Statements without a signature are read too, and are called so: whoever may push may
// have written them.
import { type BuildRecord, isBuildRecord, readBuildRecord } from '../../engines/attest/build-record.ts';
import { checkAttestationManifest } from '../../engines/verify/attestation-manifest.ts';
import { joinAttested } from '../../engines/verify/attested.ts';
import { judgeChecks } from '../../engines/verify/check.ts';
import type { Revocation } from '../../engines/verify/expectation.ts';
import {
  createReadingBudget,
  type FoundBundle,
  type FoundSigned,
  findSigned,
  type ReadingBudget,
  readBlob,
  take,
} from '../../engines/verify/find-signed.ts';
import { judgeProof, type Proof, proveBundle, purposeOf } from '../../engines/verify/prove-bundle.ts';
import type { TrustedKey } from '../../engines/verify/signer.ts';
import { type Digest, isDigest } from '../../formats/oci/digest.ts';
import { parseManifest } from '../../formats/oci/manifest.ts';
import { parseSignedStatement, type SignedStatement } from '../../formats/sigstore/statement.ts';
import type { TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import type { ImageSource, RawManifest } from '../../io/images/source.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { hashHex } from '../../kit/hash.ts';

export interface ProvedSignature {
  readonly use: 'signature' | 'provenance';
  /** The image that it is about. */
  readonly subject: Digest;
  /** SHA-256 of its bytes: where it lies does not make it another. */
  readonly signature: string;
  readonly carrier: Digest;
  readonly proof: Proof;
}

export interface ReadBuild {
  readonly image: Digest;
  /** SHA-256 of the statement. */
  readonly statement: string;
  readonly carrier: Digest;
  readonly record: BuildRecord;
  /** Undefined where nobody signed it. None has failed: such are no word of a builder's. */
  readonly proof: Proof | undefined;
}

export interface ImageProofs {
  readonly signatures: readonly ProvedSignature[];
  readonly builds: readonly ReadBuild[];
}

export interface ProvingParts {
  readonly trustedRoots: readonly TrustedRoot[];
  readonly keys: readonly TrustedKey[];
  readonly revocations: readonly Revocation[];
  readonly now: Date;
}

interface Reading {
  readonly place: ImageSource;
  readonly parts: ProvingParts;
  readonly budget: ReadingBudget;
  readonly signatures: ProvedSignature[];
  readonly builds: ReadBuild[];
}

/** `images.missing` where the image is not there; what hangs on it never throws. */
export async function readImageProofs(place: ImageSource, parts: ProvingParts): Promise<ImageProofs> {
  const root = await place.root();
  const { digest } = root.descriptor;
  const reading: Reading = { place, parts, budget: createReadingBudget(), signatures: [], builds: [] };
  // What is about an image is read with that image: who signs it has signed no image.
  if (isAboutAnother(root)) return { signatures: [], builds: [] };
  const signed = await findSigned(place, digest, reading.budget);
  for (const found of signed.bundles) addBundle(reading, digest, root, found);
  addNotation(reading, signed);
  for (const manifest of signed.attestationManifests) await addAttested(reading, digest, manifest);
  for (const { descriptor, image } of listAttested(root))
    await skipUnread(async () => {
      take(reading.budget, 1, 0);
      await addAttested(reading, image, await place.manifest(descriptor));
    });
  const { signatures, builds } = reading;
  return { signatures, builds };
}

function isAboutAnother({ bytes, descriptor }: RawManifest): boolean {
  const manifest = parseManifest(bytes, descriptor.mediaType);
  if (manifest.kind !== 'image') return false;
  const { subject, layers } = manifest;
  return subject !== undefined || (layers.length > 0 && layers.every((one) => one.mediaType === IN_TOTO));
}

const IN_TOTO = 'application/vnd.in-toto+json';

/** A bundle whose signature is of the image itself. */
function addBundle(reading: Reading, subject: Digest, { bytes }: RawManifest, found: FoundBundle): void {
  const { bundle, digest: carrier } = found;
  const use = purposeOf(bundle);
  if (use === undefined) return;
  const artifact = { digest: subject, bytes };
  const { proof, verification } = proveBundle({ ...reading.parts, bundle, artifact });
  reading.signatures.push({ use, subject, signature: signatureOf(found), carrier, proof });
  const { statement } = verification;
  if (use !== 'provenance' || statement === undefined || bundle.content.kind !== 'envelope') return;
  addBuild(reading, { image: subject, carrier, statement, bytes: bundle.content.payload, proof });
}

/** This server has no trust store of Notary Project's: such a signature is seen, and proves nothing here. */
function addNotation({ signatures }: Reading, { notation, subject }: FoundSigned): void {
  for (const { envelope, digest: carrier } of notation) {
    const why = 'It is a signature of the Notary Project, which this server has no trust store to judge by.';
    const proof = { outcome: 'unknown', why } as const;
    signatures.push({ use: 'signature', subject, signature: hashHex('sha256', envelope), carrier, proof });
  }
}

/** Statements in an attestation manifest, each with everything that signs the manifest. */
async function addAttested(reading: Reading, image: Digest, manifest: RawManifest): Promise<void> {
  const { place, budget, parts } = reading;
  const { digest, mediaType } = manifest.descriptor;
  const artifact = { digest, bytes: manifest.bytes };
  await skipUnread(async () => {
    const statements = await readStatements(reading, manifest);
    if (statements.length === 0) return;
    const { bundles } = await findSigned(place, digest, budget);
    const attested = { manifest: { digest, mediaType, bytes: manifest.bytes }, statements: [], image };
    const signed = bundles
      .filter(({ bundle }) => purposeOf(bundle) === 'signature')
      .map((found) => ({ found, ...proveBundle({ ...parts, bundle: found.bundle, artifact }) }));
    for (const { statement, bytes } of statements) {
      const types = [statement.predicateType];
      const proofs = signed.map(({ found, verification }) => ({
        found,
        proof: judgeProof(joinAttested({ ...attested, bundles: [] }, bytes, verification, types)),
      }));
      for (const { found, proof } of proofs)
        reading.signatures.push({
          use: 'provenance',
          subject: image,
          signature: signatureOf(found),
          carrier: found.digest,
          proof,
        });
      const holds = checkAttestationManifest({
        manifest: attested.manifest,
        statement: bytes,
        platform: image,
        predicateTypes: types,
      });
      if (judgeChecks(holds) !== 'passed') continue;
      const right = proofs.find(({ proof }) => proof.outcome === 'proved') ?? proofs[0];
      addBuild(reading, { image, carrier: digest, statement, bytes, proof: right?.proof });
    }
  });
}

interface SaidBuild extends Omit<ReadBuild, 'statement' | 'record'> {
  readonly statement: SignedStatement;
  readonly bytes: Uint8Array;
}

function addBuild({ builds }: Reading, { statement, bytes, proof, ...rest }: SaidBuild): void {
  if (proof?.outcome === 'failed') return;
  try {
    const record = readBuildRecord(statement);
    builds.push({ ...rest, statement: hashHex('sha256', bytes), record, proof });
  } catch (error) {
    // It calls itself a provenance and is none: there is nothing to compare.
    if (!isPlimsollError(error)) throw error;
  }
}

interface ReadStatement {
  readonly statement: SignedStatement;
  readonly bytes: Uint8Array;
}

/** Those that say how it was built. */
async function readStatements(
  { place, budget }: Reading,
  { bytes, descriptor }: RawManifest,
): Promise<readonly ReadStatement[]> {
  const manifest = parseManifest(bytes, descriptor.mediaType);
  const found: ReadStatement[] = [];
  for (const layer of manifest.kind === 'image' ? manifest.layers : []) {
    if (layer.mediaType !== IN_TOTO) continue;
    const named = layer.annotations?.['in-toto.io/predicate-type'];
    // An inventory of megabytes is not read for this.
    if (named !== undefined && !isBuildRecord({ predicateType: named })) continue;
    await skipUnread(async () => {
      take(budget, 1, layer.sizeBytes);
      const statement = await readBlob(place, layer);
      const parsed = parseSignedStatement(statement);
      if (isBuildRecord(parsed)) found.push({ statement: parsed, bytes: statement });
    });
  }
  return found;
}

/** BuildKit's, of an index: the manifest, and the image that it is said to be about. */
function listAttested({ bytes, descriptor }: RawManifest) {
  const index = parseManifest(bytes, descriptor.mediaType);
  return (index.kind === 'index' ? index.manifests : []).flatMap((child) => {
    const image = child.annotations?.['vnd.docker.reference.digest'];
    return child.annotations?.['vnd.docker.reference.type'] === 'attestation-manifest' && isDigest(image)
      ? [{ descriptor: child, image }]
      : [];
  });
}

function signatureOf({ bundle }: FoundBundle): string {
  return hashHex('sha256', bundle.content.signature);
}

/** What cannot be read proves nothing; that it is there is told by the list of what hangs on the image. */
async function skipUnread(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isPlimsollError(error) || error.kind === 'unavailable') throw error;
  }
}
