// What a part of an instance signs to get a certificate for a new key: with the new key, that it holds it; with the key
// of its former certificate, that it is who had that one. Both sign the same text, which names the instance, what gives
// the right (an invitation or a certificate, by its SHA-256) and the new key, so that no proof serves anything else.
// ECDSA with SHA-256 over P-256, as DER.
import { hashHex } from '../../kit/hash.ts';

export interface PartProof {
  /** Host and port of the instance's public address, as `images.example.org`. */
  readonly host: string;
  /** The invitation's text as UTF-8, or the former certificate, DER. */
  readonly right: Uint8Array;
  /** SubjectPublicKeyInfo of the new key. */
  readonly publicKey: Uint8Array;
}

/** The bytes to sign. */
export function formatPartProof({ host, right, publicKey }: PartProof): Uint8Array {
  const lines = ['plimsoll part key v1', host, hashHex('sha256', right), hashHex('sha256', publicKey)];
  return new TextEncoder().encode(`${lines.join('\n')}\n`);
}
