// Signatures as keys give them, and as envelopes have them: of ECDSA, keys give DER (RFC 3279 §2.2.3), and envelopes
// have r and s side by side, each as long as the curve's order (RFC 7518 §3.4, RFC 9053 §2.1). RSA-PSS is the same in
// both. What a key gives is foreign: numbers that do not fit are refused, and nothing here proves the signature.
import type { NotationAlgorithm } from './algorithm.ts';
import { bytesOf, childrenOf, contentOf, parseDer } from './der.ts';
import { notationErrors } from './errors.ts';

const INTEGER = 0x02;
const numberBytes: Readonly<Partial<Record<NotationAlgorithm, number>>> = Object.freeze({
  ES256: 32,
  ES384: 48,
  ES512: 66,
});

/** `notation.signature_wrong` where the bytes are no ECDSA signature of that curve. */
export function formatRawSignature(algorithm: NotationAlgorithm, signature: Uint8Array): Uint8Array {
  const sizeBytes = numberBytes[algorithm];
  if (sizeBytes === undefined) return signature;
  try {
    const numbers = childrenOf(parseDer(signature));
    if (numbers.length !== 2) throw new TypeError('not two numbers');
    return Buffer.concat(
      numbers.map((block) => fill(readNumber(bytesOf(block), contentOf(block)), sizeBytes)),
    );
  } catch (cause) {
    throw notationErrors.signature_wrong(`what the key gave is no ECDSA signature for ${algorithm}`, {
      cause,
    });
  }
}

/** Without the zero that tells it from a negative one. */
function readNumber(whole: Uint8Array, content: Uint8Array): Uint8Array {
  const first = content[0] ?? 0x80;
  if (whole[0] !== INTEGER || first >= 0x80) throw new TypeError('no positive number');
  return first === 0 ? content.subarray(1) : content;
}

function fill(number: Uint8Array, sizeBytes: number): Uint8Array {
  if (number.byteLength > sizeBytes) throw new TypeError('a number of another curve');
  return Buffer.concat([new Uint8Array(sizeBytes - number.byteLength), number]);
}
