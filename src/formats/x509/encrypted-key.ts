// A private key under a passphrase: EncryptedPrivateKeyInfo (RFC 5958 §3) by PBES2 with scrypt (RFC 7914 §7) and
// AES-256-CBC, which openssl and Node read. Only the form is here: who calls derives, encrypts and hands it over.
import { derInteger, derOctets, derOid, derSequence } from './der.ts';

const oids = Object.freeze({
  pbes2: '1.2.840.113549.1.5.13',
  scrypt: '1.3.6.1.4.1.11591.4.11',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
});

export interface EncryptedKeyParts {
  readonly salt: Uint8Array;
  /** scrypt's N, r and p. */
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
  /** 16 bytes. */
  readonly iv: Uint8Array;
  readonly encrypted: Uint8Array;
}

/** PEM text with its last line feed. */
export function formatEncryptedKey(parts: EncryptedKeyParts): string {
  const { salt, cost, blockSize, parallelization, iv, encrypted } = parts;
  const derivation = derSequence(
    derOid(oids.scrypt),
    derSequence(derOctets(salt), derInteger(cost), derInteger(blockSize), derInteger(parallelization)),
  );
  const encryption = derSequence(derOid(oids.aes256Cbc), derOctets(iv));
  const algorithm = derSequence(derOid(oids.pbes2), derSequence(derivation, encryption));
  const der = derSequence(algorithm, derOctets(encrypted));
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${lines.join('\n')}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
}
