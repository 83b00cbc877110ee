// Keys of role files: a type, public bytes, and an id that is the SHA-256 of both (notary tuf/data/keys.go).
// The id that a file states for a key may be another than its own; both are kept, since the real client cares.
import { hash } from 'node:crypto';
import { formatCanonical } from './canonical.ts';
import { readFirstCertificate } from './certificate.ts';

export interface RoleKey {
  /** `ecdsa`, `ecdsa-x509`, `ed25519`, `rsa`, `rsa-x509`, or another that nothing is signed with. */
  readonly type: string;
  /** SubjectPublicKeyInfo for ecdsa and rsa, 32 bytes for ed25519, PEM certificates for the x509 types. */
  readonly bytes: Uint8Array;
  /** Computed from the two. */
  readonly id: string;
}

/** A key with its own id. */
export function createRoleKey(type: string, bytes: Uint8Array): RoleKey {
  const encoded = Buffer.from(bytes).toString('base64');
  // The private member is part of what is hashed, as null.
  const text = formatCanonical({ keytype: type, keyval: { private: null, public: encoded } });
  return Object.freeze({ type, bytes, id: hash('sha256', text, 'hex') });
}

/** The id without the certificate around the key: what the notary client shows to people and names key files by. */
export function canonicalKeyId(key: RoleKey): string {
  if (key.type !== 'ecdsa-x509' && key.type !== 'rsa-x509') return key.id;
  const leaf = readFirstCertificate(key.bytes);
  return leaf === undefined ? key.id : createRoleKey(key.type.slice(0, -5), leaf.publicKey).id;
}
