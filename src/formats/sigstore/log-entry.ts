// What a transparency log keeps of a signature: `hashedrekord 0.0.2` of Rekor version 2 (rekor-tiles), canonical
// JSON. Of a DSSE envelope the entry is over SHA-256 of its pre-authentication encoding; the kind `dsse 0.0.2` is
// read by no cosign, and so never written.
import { stableJson } from '../../kit/json.ts';

export const logEntryKind = Object.freeze({ kind: 'hashedrekord', version: '0.0.2' });

export interface LogEntryParts {
  /** SHA-256 of what was signed: of an envelope, of its PAE. */
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
  /** Name of key and algorithm, as `PKIX_ECDSA_P256_SHA_256`. */
  readonly keyDetails: string;
  readonly verifier:
    | { readonly kind: 'certificate'; readonly der: Uint8Array }
    | { readonly kind: 'key'; readonly publicKey: Uint8Array };
}

/** The leaf's bytes, RFC 8785: texts alone, so sorted keys without spaces are it. */
export function formatLogEntry({ digest, signature, keyDetails, verifier }: LogEntryParts): Uint8Array {
  const who =
    verifier.kind === 'certificate'
      ? { x509Certificate: { rawBytes: base64(verifier.der) } }
      : { publicKey: { rawBytes: base64(verifier.publicKey) } };
  const hashedRekordV002 = {
    data: { algorithm: 'SHA2_256', digest: base64(digest) },
    signature: { content: base64(signature), verifier: { keyDetails, ...who } },
  };
  const { kind, version } = logEntryKind;
  return Buffer.from(stableJson({ apiVersion: version, kind, spec: { hashedRekordV002 } }));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
