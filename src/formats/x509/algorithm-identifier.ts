// How X.509, CMS and RFC 6962 spell the algorithms of algorithm.ts: an object identifier and its parameters.
// RSA's parameters are NULL, the others' absent (RFC 5758 §3.2, RFC 8410 §3).
import type { MessageHash, SignatureAlgorithm } from './algorithm.ts';
import { type Der, derNull, derOid, derSequence } from './der.ts';

export const hashOids: Readonly<Record<MessageHash, string>> = Object.freeze({
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
});

const oids: Readonly<Record<SignatureAlgorithm, string>> = Object.freeze({
  'ecdsa-p256-sha256': '1.2.840.10045.4.3.2',
  'ecdsa-p384-sha384': '1.2.840.10045.4.3.3',
  'rsa-pkcs1-sha256': '1.2.840.113549.1.1.11',
  ed25519: '1.3.101.112',
});

export function formatAlgorithm(algorithm: SignatureAlgorithm): Der {
  return derSequence(derOid(oids[algorithm]), ...(algorithm === 'rsa-pkcs1-sha256' ? [derNull()] : []));
}

export function formatHashAlgorithm(hash: MessageHash): Der {
  return derSequence(derOid(hashOids[hash]));
}
