// DSSE envelopes (secure-systems-lab/dsse envelope.md, protocol.md): what their signature is over, and envelopes
// that lie beside an image by themselves (cosign's `.att` layers).
import { decodeUtf8 } from '../../kit/bytes.ts';
import { parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import type { BundleContent } from './bundle.ts';
import { sigstoreErrors } from './errors.ts';
import { readFields } from './field.ts';

/** The payload type of in-toto statements. */
export const intotoPayloadType = 'application/vnd.in-toto+json';

/** `DSSEv1 SP len SP type SP len SP payload`, lengths in bytes. */
export function formatPae(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType);
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.byteLength} `),
    type,
    Buffer.from(` ${payload.byteLength} `),
    payload,
  ]);
}

/** One content for each signature of the envelope, at least one; `sigstore.signature_invalid`. */
export function parseEnvelope(bytes: Uint8Array): readonly Extract<BundleContent, { kind: 'envelope' }>[] {
  if (bytes.byteLength > limits.signatureBundleBytes)
    throw sigstoreErrors.signature_invalid(
      `the envelope is larger than ${limits.signatureBundleBytes} bytes`,
    );
  const envelope = readFields(
    parseJson(decodeUtf8(bytes) ?? ''),
    'the envelope',
    sigstoreErrors.signature_invalid,
  );
  const payloadType = envelope.text('payloadType', limits.uriChars);
  const payload = envelope.bytes('payload', limits.statementBytes);
  const signatures = envelope.list('signatures', limits.signatureProofs);
  if (payloadType === undefined || payload === undefined || signatures.length === 0)
    throw envelope.fail('payloadType', 'payload and signatures must stand there');
  return signatures.map((one) => {
    const signature = one.bytes('sig', limits.signatureBytes);
    if (signature === undefined || signature.byteLength === 0) throw one.fail('sig', 'is missing');
    return { kind: 'envelope', payloadType, payload, signature, source: bytes };
  });
}
