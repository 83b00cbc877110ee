// What somebody signed in the shape of X.509: the bytes, the algorithm as it is named, the signature (RFC 5280
// §4.1.1.2, RFC 4055 §3.1, RFC 5758 §3.2, RFC 8410). SHA-1 and MD5 hold for nothing. Whose key it must be is
// judged elsewhere.
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type Asn1Node, readOid } from './asn1.ts';

export interface SignedPart {
  readonly bytes: Uint8Array;
  /** AlgorithmIdentifier. */
  readonly algorithm: Asn1Node;
  readonly signature: Uint8Array;
}

interface Scheme {
  readonly keyType: 'ec' | 'rsa' | 'ed25519';
  /** Absent of Ed25519, which takes the message itself; of PSS it is named in the parameters. */
  readonly hash?: string;
  readonly isPss?: boolean;
}

const schemes: Readonly<Record<string, Scheme>> = Object.freeze({
  '1.2.840.10045.4.3.2': { keyType: 'ec', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { keyType: 'ec', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { keyType: 'ec', hash: 'sha512' },
  '1.2.840.113549.1.1.11': { keyType: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { keyType: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { keyType: 'rsa', hash: 'sha512' },
  '1.2.840.113549.1.1.10': { keyType: 'rsa', isPss: true },
  '1.3.101.112': { keyType: 'ed25519' },
});

const pssHashes: Readonly<Record<string, string>> = Object.freeze({
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
});

/** Whether the key signed it; false too of an algorithm that is not known or of a key of another kind. */
export function isPartSignedBy({ bytes, algorithm, signature }: SignedPart, publicKey: Uint8Array): boolean {
  const scheme = schemes[readOid(algorithm.children[0]) ?? ''];
  if (scheme === undefined) return false;
  const hash = scheme.isPss === true ? pssHashOf(algorithm.children[1]) : scheme.hash;
  if (hash === undefined && scheme.keyType !== 'ed25519') return false;
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
    return (
      key.asymmetricKeyType === scheme.keyType &&
      verify(hash ?? null, bytes, optionsOf(scheme, key), signature)
    );
  } catch {
    // A key or a signature of the wrong form is none.
    return false;
  }
}

function optionsOf({ keyType, isPss }: Scheme, key: KeyObject) {
  if (keyType !== 'rsa') return key;
  return isPss === true
    ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
    : { key, padding: constants.RSA_PKCS1_PADDING };
}

/** RSASSA-PSS-params: [0] the hash; without it SHA-1, which holds for nothing. */
function pssHashOf(parameters: Asn1Node | undefined): string | undefined {
  const hash = parameters?.children.find(({ tag }) => tag === 0xa0)?.children[0];
  return pssHashes[readOid(hash?.children[0]) ?? ''];
}
