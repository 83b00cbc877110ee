// Signatures as cosign kept them before bundles: a layer under the tag `sha256-….sig` or `.att`, what proves it in
// the layer's annotations (sigstore/cosign specs/SIGNATURE_SPEC.md, ATTESTATION_SPEC.md). Each becomes a bundle of
// version `old`, so that one verifier judges all of them.
import { decodeUtf8 } from '../../kit/bytes.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { type Digest, isDigest } from '../oci/digest.ts';
import { parsePem } from '../x509/pem.ts';
import type { Bundle, BundleContent, BundleSigner } from './bundle.ts';
import { parseEnvelope } from './envelope.ts';
import { sigstoreErrors } from './errors.ts';
import { decodeBytes, type FieldReader, readFields } from './field.ts';
import type { SignedLogEntry } from './signed-log-entry.ts';

export interface OldSignatureLayer {
  readonly mediaType: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** The blob. */
  readonly bytes: Uint8Array;
}

export const oldMediaTypes = Object.freeze({
  simpleSigning: 'application/vnd.dev.cosign.simplesigning.v1+json',
  envelope: 'application/vnd.dsse.envelope.v1+json',
});

const SIGNATURE = 'dev.cosignproject.cosign/signature';
const OLD = 'dev.sigstore.cosign';

/** One bundle, or one for each signature of an envelope; `sigstore.signature_invalid`. */
export function parseOldSignature(layer: OldSignatureLayer): readonly Bundle[] {
  const rest = {
    version: 'old' as const,
    signer: readSigner(layer.annotations),
    logEntries: readEntries(layer.annotations[`${OLD}/bundle`]),
    timestamps: readStamps(layer.annotations[`${OLD}/rfc3161timestamp`]),
  };
  return readContents(layer).map((content) => ({ ...rest, content }));
}

function readContents({ mediaType, annotations, bytes }: OldSignatureLayer): readonly BundleContent[] {
  if (mediaType === oldMediaTypes.envelope) return parseEnvelope(bytes);
  if (mediaType !== oldMediaTypes.simpleSigning)
    throw sigstoreErrors.signature_invalid(`a layer of type ${JSON.stringify(mediaType)} is no signature`);
  if (bytes.byteLength > limits.statementBytes)
    throw sigstoreErrors.signature_invalid(
      `the signed payload is larger than ${limits.statementBytes} bytes`,
    );
  const text = annotations[SIGNATURE] ?? '';
  const signature = text.length > 2 * limits.signatureBytes ? undefined : decodeBytes(text);
  if (signature === undefined || signature.byteLength === 0)
    throw sigstoreErrors.signature_invalid(`the annotation ${SIGNATURE} is not a signature in base64`);
  return [{ kind: 'message', signature, message: bytes }];
}

function readSigner(annotations: OldSignatureLayer['annotations']): BundleSigner {
  const certificate = annotations[`${OLD}/certificate`] ?? '';
  if (certificate === '') return { kind: 'key', hint: '' };
  const chain = annotations[`${OLD}/chain`] ?? '';
  try {
    const [leaf] = parsePem(certificate, 'CERTIFICATE') as [Uint8Array];
    const others = chain.trim() === '' ? [] : parsePem(chain, 'CERTIFICATE');
    if (others.length >= limits.certificateChain)
      throw sigstoreErrors.signature_invalid(
        `its chain has more than ${limits.certificateChain} certificates`,
      );
    return { kind: 'certificate', chain: [leaf, ...others] };
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    throw sigstoreErrors.signature_invalid(`its certificate cannot be read: ${cause.message}`, { cause });
  }
}

/** Rekor v1's promise, as `cosign sign` kept it: the proof of inclusion was left out then. */
function readEntries(text: string | undefined): readonly SignedLogEntry[] {
  if (text === undefined || text === '') return [];
  const bundle = open(text, `${OLD}/bundle`);
  const payload = bundle.member('Payload');
  const promise = bundle.bytes('SignedEntryTimestamp', limits.signatureBytes);
  if (payload === undefined || promise === undefined) throw bundle.fail('Payload', 'is missing');
  const id = payload.text('logID', 128) ?? '';
  const body = payload.bytes('body', limits.logBodyBytes);
  const integratedSeconds = payload.count('integratedTime');
  if (!/^(?:[0-9a-f]{2}){4,64}$/.test(id)) throw payload.fail('logID', 'is not hex');
  if (body === undefined || integratedSeconds === undefined) throw payload.fail('body', 'is missing');
  return [
    {
      index: payload.count('logIndex') ?? 0,
      logId: Buffer.from(id, 'hex'),
      integratedSeconds,
      promise,
      body,
    },
  ];
}

function readStamps(text: string | undefined): readonly Uint8Array[] {
  if (text === undefined || text === '' || text === 'null') return [];
  const bytes = open(text, `${OLD}/rfc3161timestamp`).bytes('SignedRFC3161Timestamp', limits.timestampBytes);
  return bytes === undefined ? [] : [bytes];
}

function open(text: string, where: string): FieldReader {
  if (text.length > 2 * limits.logBodyBytes)
    throw sigstoreErrors.signature_invalid(`the annotation ${where} is too long`);
  return readFields(parseJson(text), where, sigstoreErrors.signature_invalid);
}

/** What a simple signing payload says (containers/image docs/atomic-signature.md, with cosign's own type). */
export interface SimpleSigning {
  readonly digest: Digest;
  /** The name that it was signed as; cosign leaves the tag out. */
  readonly name?: string;
}

/** `sigstore.signature_invalid`: not of cosign's type, or without a digest. */
export function parseSimpleSigning(message: Uint8Array): SimpleSigning {
  const refuse = sigstoreErrors.signature_invalid;
  const root = readFields(parseJson(decodeUtf8(message) ?? ''), 'the signed payload', refuse);
  const critical = root.member('critical');
  const digest = critical?.member('image')?.text('docker-manifest-digest', 200);
  const type = critical?.text('type', 200);
  if (type !== 'cosign container image signature') throw root.fail('critical.type', 'is not that of cosign');
  if (digest === undefined || !isDigest(digest))
    throw root.fail('critical.image.docker-manifest-digest', 'is not a digest');
  const name = critical?.member('identity')?.text('docker-reference', limits.uriChars);
  return { digest, ...(name ? { name } : {}) };
}

/** Whether the bytes are JSON in the shape of simple signing; a message may be anything. */
export function isSimpleSigning(message: Uint8Array): boolean {
  if (message.byteLength > limits.statementBytes) return false;
  const value = parseJson(decodeUtf8(message) ?? '');
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'critical');
}
