// Signing as the Notary Project has it (signing-and-verification-workflow.md, "Signing Steps"), with a key wherever it
// is. That the key is the certificate's is known before it signs anything; what was made is checked as a verifier would
// check it before it is given out.
import { createPublicKey } from 'node:crypto';
import { algorithmOfKey, isSignedBy, type NotationAlgorithm } from '../../formats/notation/algorithm.ts';
import { checkTimes, payloadType, type SigningScheme } from '../../formats/notation/attribute.ts';
import type { Certificate } from '../../formats/notation/certificate.ts';
import { checkChain, checkValidAt } from '../../formats/notation/chain.ts';
import { prepareCose } from '../../formats/notation/cose.ts';
import type { NotationMediaType } from '../../formats/notation/envelope.ts';
import { notationErrors } from '../../formats/notation/errors.ts';
import { prepareJws } from '../../formats/notation/jws.ts';
import { formatPayload } from '../../formats/notation/payload.ts';
import { formatRawSignature } from '../../formats/notation/raw-signature.ts';
import { formatSignatureManifest } from '../../formats/notation/signature-manifest.ts';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import type { KeyAlgorithm } from '../../formats/x509/key-algorithm.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import { notationTrustErrors } from './errors.ts';
import { type Stamp, type StampSource, stampSignature } from './stamp.ts';

export interface NotationRequest {
  /** What is signed: its media type, digest and size. */
  readonly descriptor: Descriptor;
  readonly key: SigningKey;
  /** The signing certificate first, then up to the root, which is part of it. */
  readonly chain: readonly Certificate[];
  readonly scheme: SigningScheme;
  readonly format: 'jws' | 'cose';
  /** A person's own words, signed too. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Epoch milliseconds; fractions of a second are cut off. */
  readonly expiresAtMs?: number;
  readonly nowMs: number;
  /** For `notary.x509` alone. */
  readonly timestamp?: StampSource;
  /** What program signs, as `plimsoll/1.0.0`. */
  readonly agent?: string;
}

export interface NotationSignature {
  readonly mediaType: NotationMediaType;
  readonly envelope: Uint8Array;
  /** To be pushed with the envelope and `emptyConfig` as its blobs. */
  readonly manifest: Uint8Array;
  /** The signing certificate's subject, for people. */
  readonly signer: string;
  /** When the first certificate of the chain ends, and without a stamp the signature. Epoch milliseconds. */
  readonly endsAtMs: number;
  readonly stamp?: Stamp;
}

const keyAlgorithms: Readonly<Record<NotationAlgorithm, KeyAlgorithm>> = Object.freeze({
  ES256: 'ecdsa-p256-sha256',
  ES384: 'ecdsa-p384-sha384',
  ES512: 'ecdsa-p521-sha512',
  PS256: 'rsa-pss-sha256',
  PS384: 'rsa-pss-sha384',
  PS512: 'rsa-pss-sha512',
});

/**
 * The envelope over an artifact and the manifest that hangs it on it. `notation.algorithm_unsupported`,
 * `notation.chain_invalid` (also: not valid now), `notation.metadata_reserved`, `notation.key_mismatch`,
 * `notation.attribute_invalid`, `notation.signature_wrong`; and what the key or the timestamp throws.
 */
export async function signNotation(request: NotationRequest): Promise<NotationSignature> {
  const { chain, scheme, agent } = request;
  const signingTimeMs = wholeSeconds(request.nowMs);
  const leaf = checkSigner(request.key, chain, signingTimeMs);
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
  const given = await request.key.sign(toBeSigned, keyAlgorithms[algorithm]);
  const signature = formatRawSignature(algorithm, given);
  if (!isSignedBy(algorithm, leaf.publicKey, toBeSigned, signature))
    throw notationErrors.signature_wrong(`what the key gave is no ${algorithm} signature by it`);
  const { timestamp } = request;
  const stamp =
    timestamp === undefined ? undefined : await stampSignature(timestamp, { signature, algorithm, chain });
  const envelope = seal({
    signature,
    chain: chain.map(({ der }) => der),
    ...(stamp === undefined ? {} : { timestampToken: stamp.token }),
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
  return {
    mediaType,
    envelope,
    manifest,
    signer: leaf.subjectText,
    endsAtMs: Math.min(...chain.map(({ notAfterMs }) => notAfterMs)),
    ...(stamp === undefined ? {} : { stamp }),
  };
}

/**
 * The signing certificate, of a chain that verifiers take and that is valid at the time; the key is asked for nothing.
 * `notation.chain_invalid`, `notation.algorithm_unsupported`, `notation.key_mismatch` where it is not the certificate's.
 */
export function checkSigner(
  { publicKey }: SigningKey,
  chain: readonly Certificate[],
  timeMs: number,
): Certificate {
  checkChain(chain, 'codesigning');
  checkValidAt(chain, timeMs);
  const [leaf] = chain as readonly [Certificate];
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  if (!key.equals(leaf.publicKey))
    throw notationTrustErrors.key_mismatch(`the key is not that of the certificate of ${leaf.subjectText}`);
  return leaf;
}

function wholeSeconds(timeMs: number): number {
  return Math.floor(timeMs / 1000) * 1000;
}
