// PEM (RFC 7468): the blocks of a text by their labels. Text around them is passed over, as openssl does.
import { createPublicKey } from 'node:crypto';
import { limits } from '../../kit/limits.ts';
import { x509Errors } from './errors.ts';

/** DER of each block of this label, in order; `x509.pem_invalid` where there is none or one is not base64. */
export function parsePem(
  text: string,
  label: 'CERTIFICATE' | 'CERTIFICATE REQUEST' | 'PUBLIC KEY',
): readonly Uint8Array[] {
  if (text.length > limits.pemChars)
    throw x509Errors.pem_invalid(`it has more than ${limits.pemChars} characters`);
  const blocks: Uint8Array[] = [];
  const begin = `-----BEGIN ${label}-----`;
  const end = `-----END ${label}-----`;
  for (let at = text.indexOf(begin); at >= 0; at = text.indexOf(begin, at + 1)) {
    const stop = text.indexOf(end, at);
    const body = stop < 0 ? '' : text.slice(at + begin.length, stop).replace(/\s/g, '');
    const bytes = Buffer.from(body, 'base64');
    if (body === '' || bytes.toString('base64') !== body)
      throw x509Errors.pem_invalid(`the ${label} at character ${at} is not whole, or not base64`);
    blocks.push(bytes);
  }
  if (blocks.length === 0) throw x509Errors.pem_invalid(`it has no block ${begin}`);
  return blocks;
}

/** SubjectPublicKeyInfo in DER of the one public key of a PEM text (SPKI, or PKCS #1 of old RSA keys). */
export function parsePublicKeyPem(text: string): Uint8Array {
  if (text.length > limits.pemChars)
    throw x509Errors.pem_invalid(`it has more than ${limits.pemChars} characters`);
  // node would take the public half of a private key: who hands that over has made a mistake.
  if (!/-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(text) || text.includes('PRIVATE KEY'))
    throw x509Errors.pem_invalid('it is not one public key in PEM');
  try {
    return createPublicKey(text).export({ format: 'der', type: 'spki' });
  } catch (cause) {
    throw x509Errors.pem_invalid('its public key is not one that can be read', { cause });
  }
}
