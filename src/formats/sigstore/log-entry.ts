// What a transparency log keeps of a signature: `hashedrekord 0.0.2` of Rekor version 2 (rekor-tiles), canonical
// JSON. Of a DSSE envelope the entry is over SHA-256 of its pre-authentication encoding; the kind `dsse 0.0.2` is
// read by no cosign, and so never written.
import { hash } from 'node:crypto';
import { stableJson } from '../../kit/json.ts';

export const logEntryKind = Object.freeze({ kind: 'hashedrekord', version: '0.0.2' });

export interface LogEntryParts {
  /** What was signed: of an envelope, its PAE. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
  /** Name of key and algorithm, as `PKIX_ECDSA_P256_SHA_256`. */
  readonly keyDetails: string;
  readonly verifier:
    | { readonly kind: 'certificate'; readonly der: Uint8Array }
    | { readonly kind: 'key'; readonly publicKey: Uint8Array };
}

/** The leaf's bytes, RFC 8785: texts alone, so sorted keys without spaces are it. */
export function formatLogEntry({ signed, signature, keyDetails, verifier }: LogEntryParts): Uint8Array {
  const who =
    verifier.kind === 'certificate'
      ? { x509Certificate: { rawBytes: base64(verifier.der) } }
      : { publicKey: { rawBytes: base64(verifier.publicKey) } };
  const hashedRekordV002 = {
    data: { algorithm: 'SHA2_256', digest: hash('sha256', signed, 'base64') },
    signature: { content: base64(signature), verifier: { keyDetails, ...who } },
  };
  const { kind, version } = logEntryKind;
  return Buffer.from(stableJson({ apiVersion: version, kind, spec: { hashedRekordV002 } }));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
