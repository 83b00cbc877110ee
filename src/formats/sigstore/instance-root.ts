// trusted_root.json of an instance (protobuf-specs, sigstore_trustroot.proto, version 0.1): all that a verifier
// must know of it, each part with the time for which it holds. A start is obligatory: without one a verifier would
// take a key for times at which nobody had it.
import { TrustedRoot } from '@sigstore/protobuf-specs';

export const trustedRootMediaType = 'application/vnd.dev.sigstore.trustedroot+json;version=0.1';

/** For which time; `endMs` absent while it is in use. Both ends belong to it. */
export interface Validity {
  readonly startMs: number;
  readonly endMs?: number;
}

export interface TrustedLog {
  readonly url: string;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  readonly keyDetails: string;
  readonly logId: Uint8Array;
  readonly validity: Validity;
}

export interface TrustedAuthority {
  readonly url: string;
  readonly subject: { readonly organization: string; readonly commonName: string };
  /** DER from the one that signs leaves (of a timestamp authority: from the one that stamps) to the root. */
  readonly chain: readonly Uint8Array[];
  readonly validity: Validity;
}

export interface TrustedParts {
  readonly logs: readonly TrustedLog[];
  readonly certificateLogs: readonly TrustedLog[];
  readonly certificateAuthorities: readonly TrustedAuthority[];
  readonly timestampAuthorities: readonly TrustedAuthority[];
}

/** UTF-8 JSON. */
export function formatTrustedRoot(parts: TrustedParts): Uint8Array {
  const root = TrustedRoot.fromJSON({
    mediaType: trustedRootMediaType,
    tlogs: parts.logs.map(logJson),
    certificateAuthorities: parts.certificateAuthorities.map(authorityJson),
    ctlogs: parts.certificateLogs.map(logJson),
    timestampAuthorities: parts.timestampAuthorities.map(authorityJson),
  });
  return Buffer.from(JSON.stringify(TrustedRoot.toJSON(root)));
}

function logJson({ url, publicKey, keyDetails, logId, validity }: TrustedLog) {
  return {
    baseUrl: url,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: base64(publicKey), keyDetails, validFor: rangeJson(validity) },
    logId: { keyId: base64(logId) },
  };
}

function authorityJson({ url, subject, chain, validity }: TrustedAuthority) {
  return {
    subject,
    uri: url,
    certChain: { certificates: chain.map((der) => ({ rawBytes: base64(der) })) },
    validFor: rangeJson(validity),
  };
}

/** A validity as the documents spell it. */
export function rangeJson({ startMs, endMs }: Validity) {
  return {
    start: new Date(startMs).toISOString(),
    ...(endMs === undefined ? {} : { end: new Date(endMs).toISOString() }),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
