// DSSE (secure-systems-lab/dsse, protocol.md): what is signed of a payload is its pre-authentication encoding, so
// that neither its type nor its length can be mistaken.

export const intotoPayloadType = 'application/vnd.in-toto+json';

/** `DSSEv1 LENGTH TYPE LENGTH PAYLOAD`, lengths in bytes. */
export function formatPae(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType);
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.byteLength} `),
    type,
    Buffer.from(` ${payload.byteLength} `),
    payload,
  ]);
}
