// Signing as the Notary Project has it (signing-and-verification-workflow.md, "Signing Steps"). What was made is
// checked as a verifier would check it before it is given out, so that a wrong key or certificate is found here.
import type { KeyObject } from 'node:crypto';
import {
  algorithmOfKey,
  isSignedBy,
  type NotationAlgorithm,
  signBytes,
} from '../../formats/notation/algorithm.ts';
import { checkTimes, payloadType, type SigningScheme } from '../../formats/notation/attribute.ts';
import type { Certificate } from '../../formats/notation/certificate.ts';
import { checkChain, checkValidAt } from '../../formats/notation/chain.ts';
import { prepareCose } from '../../formats/notation/cose.ts';
import type { NotationMediaType } from '../../formats/notation/envelope.ts';
import { prepareJws } from '../../formats/notation/jws.ts';
import { formatPayload } from '../../formats/notation/payload.ts';
import { formatSignatureManifest } from '../../formats/notation/signature-manifest.ts';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { notationTrustErrors } from './errors.ts';

/** Whatever holds a private key: a file's, a token's, a service's. */
export interface NotationKey {
  /** A raw signature over the bytes, as `signBytes` makes it: r and s side by side, or PSS. */
  sign(algorithm: NotationAlgorithm, bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

export interface NotationRequest {
  /** What is signed: its media type, digest and size. */
  readonly descriptor: Descriptor;
  readonly key: NotationKey;
  /** The signing certificate first, then up to the root, which is part of it. */
  readonly chain: readonly Certificate[];
  readonly scheme: SigningScheme;
  readonly format: 'jws' | 'cose';
  /** A person's own words, signed too. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Epoch milliseconds; fractions of a second are cut off. */
  readonly expiresAtMs?: number;
  readonly nowMs: number;
  /** Over the signature, RFC 3161; for `notary.x509` alone. */
  readonly timestamp?: (
    signature: Uint8Array,
    algorithm: NotationAlgorithm,
  ) => Uint8Array | Promise<Uint8Array>;
  /** What program signs, as `plimsoll/1.0.0`. */
  readonly agent?: string;
}

export interface NotationSignature {
  readonly mediaType: NotationMediaType;
  readonly envelope: Uint8Array;
  /** To be pushed with the envelope and `emptyConfig` as its blobs. */
  readonly manifest: Uint8Array;
}

/** A key in memory. */
export function createNotationKey(privateKey: KeyObject): NotationKey {
  return { sign: (algorithm, bytes) => signBytes(algorithm, privateKey, bytes) };
}

/**
 * The envelope over an artifact and the manifest that hangs it on it. `notation.algorithm_unsupported`,
 * `notation.chain_invalid` (also: not valid now), `notation.metadata_reserved`, `notation.key_mismatch`,
 * `notation.attribute_invalid`; and what the key or the timestamp throws.
 */
export async function signNotation(request: NotationRequest): Promise<NotationSignature> {
  const { chain, scheme, agent } = request;
  const signingTimeMs = wholeSeconds(request.nowMs);
  checkChain(chain, 'codesigning');
  checkValidAt(chain, signingTimeMs);
  const [leaf] = chain as readonly [Certificate];
  const algorithm = algorithmOfKey(leaf.publicKey);
  const parts = {
    algorithm,
    contentType: payloadType,
    scheme,
    signingTimeMs,
    ...(request.expiresAtMs === undefined ? {} : { expiresAtMs: wholeSeconds(request.expiresAtMs) }),
    extended: [],
    payload: formatPayload(request.descriptor, request.metadata),
  };
  checkTimes(parts);
  const { toBeSigned, seal } = request.format === 'jws' ? prepareJws(parts) : prepareCose(parts);
  const signature = await request.key.sign(algorithm, toBeSigned);
  if (!isSignedBy(algorithm, leaf.publicKey, toBeSigned, signature))
    throw notationTrustErrors.key_mismatch(`the key is not that of the certificate of ${leaf.subjectText}`);
  const timestampToken = await request.timestamp?.(signature, algorithm);
  const envelope = seal({
    signature,
    chain: chain.map(({ der }) => der),
    ...(timestampToken === undefined ? {} : { timestampToken }),
    ...(agent === undefined ? {} : { agent }),
  });
  const mediaType = request.format === 'jws' ? 'application/jose+json' : 'application/cose';
  const fingerprints = chain.map(({ fingerprint }) => fingerprint);
  const manifest = formatSignatureManifest({
    subject: request.descriptor,
    envelope,
    mediaType,
    fingerprints,
    createdAtMs: signingTimeMs,
  });
  return { mediaType, envelope, manifest };
}

function wholeSeconds(timeMs: number): number {
  return Math.floor(timeMs / 1000) * 1000;
}
