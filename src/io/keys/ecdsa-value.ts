// ECDSA's two numbers side by side, as tokens give them (PKCS #11 §2.3.1), in the DER that everything else takes
// (RFC 3279 §2.2.3).
import { derInteger, derSequence } from '../../formats/x509/der.ts';

/** DER of r and s, each half of the bytes; whether they are a signature only the public key tells. */
export function formatEcdsaValue(sideBySide: Uint8Array): Uint8Array {
  const half = Math.floor(sideBySide.byteLength / 2);
  return derSequence(derInteger(sideBySide.subarray(0, half)), derInteger(sideBySide.subarray(half)));
}
