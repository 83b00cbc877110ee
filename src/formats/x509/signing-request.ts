// Requests for a certificate (PKCS #10, RFC 2986 §4): the key, and its signature over the request, which proves that
// whoever asks has it. The name and the extensions that they wish for are passed over: who somebody is, a token says.
import { verify } from 'node:crypto';
import { limits } from '../../kit/limits.ts';
import { algorithmOfKey, hashOfAlgorithm, readPublicKey } from './algorithm.ts';
import { asn1Tags, parseAsn1, readBits } from './asn1.ts';
import { x509Errors } from './errors.ts';
import { parsePem } from './pem.ts';

/** SubjectPublicKeyInfo of a request in PEM that its own key signed. `x509.pem_invalid`, `x509.key_invalid` */
export function parseSigningRequest(pem: string): Uint8Array {
  const [der, ...others] = parsePem(pem, 'CERTIFICATE REQUEST');
  if (der === undefined || others.length > 0)
    throw x509Errors.pem_invalid('it is not one request for a certificate');
  const { tag, children } = parseAsn1(der, x509Errors.pem_invalid, limits.certificateBytes);
  const [wish, , signed] = children;
  const [, , publicKey] = wish?.children ?? [];
  const signature = readBits(signed);
  if (tag !== asn1Tags.sequence || wish === undefined || publicKey === undefined || signature === undefined)
    throw x509Errors.pem_invalid('it is no request for a certificate (PKCS #10)');
  if (!isOwnSignature(publicKey.raw, wish.raw, signature))
    throw x509Errors.key_invalid('the request is not signed by the key that it is for');
  return publicKey.raw;
}

function isOwnSignature(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  const hash = hashOfAlgorithm(algorithmOfKey(publicKey)) ?? null;
  try {
    return verify(hash, bytes, readPublicKey(publicKey), signature);
  } catch {
    return false;
  }
}
