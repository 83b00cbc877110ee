// Sigstore bundles v0.1 to v0.3 (sigstore/protobuf-specs sigstore_bundle.proto): a signature with all that is
// needed to judge it offline. Each version's own duties are kept: v0.1 has a promise of the log for each entry,
// v0.2 a proof, v0.3 a single certificate. Reading proves nothing.
import { decodeUtf8 } from '../../kit/bytes.ts';
import { parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { sigstoreErrors } from './errors.ts';
import { type FieldReader, readFields } from './field.ts';
import { type HashName, readHashName } from './hash-name.ts';
import { readLogEntry, type SignedLogEntry } from './signed-log-entry.ts';

export interface Bundle {
  readonly version: '0.1' | '0.2' | '0.3' | 'old';
  readonly signer: BundleSigner;
  readonly content: BundleContent;
  readonly logEntries: readonly SignedLogEntry[];
  /** RFC 3161, DER. */
  readonly timestamps: readonly Uint8Array[];
}

export type BundleSigner =
  /** DER, the signer's own first. */
  | { readonly kind: 'certificate'; readonly chain: readonly [Uint8Array, ...Uint8Array[]] }
  /** A key that whoever verifies must have; the hint says which, and is not believed. */
  | { readonly kind: 'key'; readonly hint: string };

export type BundleContent =
  | MessageContent
  /** DSSE (secure-systems-lab/dsse envelope.md), with its one signature. */
  | {
      readonly kind: 'envelope';
      readonly payloadType: string;
      readonly payload: Uint8Array;
      readonly signature: Uint8Array;
      /** The envelope as it lay beside the image; of bundles undefined. */
      readonly source?: Uint8Array;
    };

export interface MessageContent {
  readonly kind: 'message';
  readonly signature: Uint8Array;
  /** The hint of the bundle: what was signed, by its hash. */
  readonly digest?: { readonly algorithm: HashName; readonly hash: Uint8Array };
  /** The message, where it came with the signature (cosign's simple signing). */
  readonly message?: Uint8Array;
}

export const bundleMediaTypes = Object.freeze({
  v03: 'application/vnd.dev.sigstore.bundle.v0.3+json',
});

const VERSIONS: Readonly<Record<string, '0.1' | '0.2' | '0.3'>> = {
  'application/vnd.dev.sigstore.bundle+json;version=0.1': '0.1',
  'application/vnd.dev.sigstore.bundle+json;version=0.2': '0.2',
  'application/vnd.dev.sigstore.bundle+json;version=0.3': '0.3',
  [bundleMediaTypes.v03]: '0.3',
};

/** `sigstore.bundle_invalid`, `sigstore.bundle_unsupported`. At most `limits.signatureBundleBytes`. */
export function parseBundle(bytes: Uint8Array): Bundle {
  if (bytes.byteLength > limits.signatureBundleBytes)
    throw sigstoreErrors.bundle_invalid(`the bundle is larger than ${limits.signatureBundleBytes} bytes`);
  const root = readFields(parseJson(decodeUtf8(bytes) ?? ''), '', sigstoreErrors.bundle_invalid);
  const mediaType = root.text('mediaType', 200);
  const version = mediaType === undefined ? undefined : VERSIONS[mediaType];
  if (version === undefined || !Object.hasOwn(VERSIONS, mediaType as string))
    throw sigstoreErrors.bundle_unsupported(
      `a bundle of type ${JSON.stringify(mediaType ?? '')} is not read; versions 0.1 to 0.3 are`,
    );
  const material = root.member('verificationMaterial');
  if (material === undefined) throw root.fail('verificationMaterial', 'is missing');
  const logEntries = material.list('tlogEntries', limits.signatureProofs).map(readLogEntry);
  checkDuties(version, logEntries);
  const stamps = material.member('timestampVerificationData');
  return {
    version,
    signer: readSigner(material, version),
    content: readContent(root),
    logEntries,
    timestamps: (stamps?.list('rfc3161Timestamps', limits.signatureProofs) ?? []).map((one) =>
      need(one, 'signedTimestamp', limits.timestampBytes),
    ),
  };
}

function checkDuties(version: Bundle['version'], entries: readonly SignedLogEntry[]): void {
  for (const [at, { promise, proof }] of entries.entries())
    if (version === '0.1' ? promise === undefined : proof?.checkpoint === undefined)
      throw sigstoreErrors.bundle_invalid(
        `verificationMaterial.tlogEntries[${at}] has no ${version === '0.1' ? 'inclusionPromise' : 'inclusionProof with a checkpoint'}, which version ${version} must have`,
      );
}

function readSigner(material: FieldReader, version: Bundle['version']): BundleSigner {
  const kinds = ['certificate', 'x509CertificateChain', 'publicKey'].filter((name) => material.has(name));
  if (kinds.length !== 1) throw material.fail('certificate', 'or publicKey: exactly one must say who signed');
  const key = material.member('publicKey');
  if (key !== undefined) return { kind: 'key', hint: key.text('hint', 1_000) ?? '' };
  const single = material.member('certificate');
  if (single !== undefined)
    return { kind: 'certificate', chain: [need(single, 'rawBytes', limits.certificateBytes)] };
  if (version === '0.3')
    throw material.fail('x509CertificateChain', 'does not stand in version 0.3; one certificate does');
  const [leaf, ...rest] = (
    material.member('x509CertificateChain')?.list('certificates', limits.certificateChain) ?? []
  ).map((one) => need(one, 'rawBytes', limits.certificateBytes));
  if (leaf === undefined) throw material.fail('x509CertificateChain', 'is empty');
  return { kind: 'certificate', chain: [leaf, ...rest] };
}

function readContent(root: FieldReader): BundleContent {
  const message = root.member('messageSignature');
  const envelope = root.member('dsseEnvelope');
  if ((message === undefined) === (envelope === undefined))
    throw root.fail('messageSignature', 'or dsseEnvelope: exactly one must stand there');
  return message === undefined ? readEnvelope(envelope as FieldReader) : readMessage(message);
}

function readMessage(message: FieldReader): MessageContent {
  const digest = message.member('messageDigest');
  if (digest === undefined) throw message.fail('messageDigest', 'is missing');
  const algorithm = readHashName(digest, 'algorithm');
  const hash = need(digest, 'digest', 64);
  if (hash.byteLength * 8 !== Number(algorithm.slice(3))) throw digest.fail('digest', `is no ${algorithm}`);
  return {
    kind: 'message',
    signature: need(message, 'signature', limits.signatureBytes),
    digest: { algorithm, hash },
  };
}

function readEnvelope(envelope: FieldReader): BundleContent {
  const signatures = envelope.list('signatures', limits.signatureProofs);
  const [first] = signatures;
  // Several signatures under one identity: which of them was proven would be open.
  if (first === undefined || signatures.length !== 1)
    throw envelope.fail('signatures', 'must be exactly one');
  const payloadType = envelope.text('payloadType', limits.uriChars);
  if (payloadType === undefined || payloadType === '') throw envelope.fail('payloadType', 'is missing');
  return {
    kind: 'envelope',
    payloadType,
    payload: need(envelope, 'payload', limits.statementBytes),
    signature: need(first, 'sig', limits.signatureBytes),
  };
}

function need(reader: FieldReader, name: string, limitBytes: number): Uint8Array {
  const bytes = reader.bytes(name, limitBytes);
  if (bytes === undefined || bytes.byteLength === 0) throw reader.fail(name, 'is missing or empty');
  return bytes;
}
