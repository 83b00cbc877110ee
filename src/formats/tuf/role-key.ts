// Keys in a root file (TUF 1.0, section 4.2.2). Of all spellings that there are, the two that cosign's, Python's and
// JavaScript's clients all read: Ed25519 as hexadecimal bytes, P-256 as PEM. A key's id is the hash of its own
// spelling, so that one key cannot stand for two.
import { createPublicKey, hash } from 'node:crypto';
import { Key } from '@tufjs/models';
import { algorithmOfKey, rawEd25519 } from '../x509/algorithm.ts';
import { tufErrors } from './errors.ts';
import type { RoleFile, RoleName } from './role-file.ts';

/** Who keeps the key, in words for people; part of the file, not of the id. */
const HOLDER = 'x-plimsoll-holder';
const HOLDER_CHARS = 100;

/** `tuf.key_unsuitable` unless it is Ed25519 or P-256. The public key is SubjectPublicKeyInfo, DER. */
export function createRoleKey(publicKey: Uint8Array, holder?: string): Key {
  const { keyType, scheme, spelled } = spell(publicKey);
  if (holder !== undefined && !isHolder(holder))
    throw tufErrors.key_unsuitable(
      `"${holder.slice(0, HOLDER_CHARS)}" names no holder of a key: up to ${HOLDER_CHARS} letters, digits, spaces and .,@'_-`,
    );
  return new Key({
    keyID: idOf(keyType, scheme, spelled),
    keyType,
    scheme,
    keyVal: { public: spelled },
    unrecognizedFields: holder === undefined ? {} : { [HOLDER]: holder },
  });
}

function spell(publicKey: Uint8Array) {
  const algorithm = algorithmOfKey(publicKey);
  if (algorithm === 'ed25519')
    return {
      keyType: 'ed25519',
      scheme: 'ed25519',
      spelled: Buffer.from(rawEd25519(publicKey)).toString('hex'),
    };
  if (algorithm !== 'ecdsa-p256-sha256')
    throw tufErrors.key_unsuitable(`a key of ${algorithm} is not read by every client`);
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  return {
    keyType: 'ecdsa',
    scheme: 'ecdsa-sha2-nistp256',
    spelled: key.export({ format: 'pem', type: 'spki' }) as string,
  };
}

/** SHA-256 of the key's canonical JSON; neither PEM nor hexadecimal has anything to escape in it. */
function idOf(keyType: string, scheme: string, spelled: string): string {
  return hash(
    'sha256',
    `{"keytype":"${keyType}","keyval":{"public":"${spelled}"},"scheme":"${scheme}"}`,
    'hex',
  );
}

/** Whether the id is the key's own, spelled as here. */
export function hasOwnId({ keyID, keyType, scheme, keyVal }: Key): boolean {
  return keyID === idOf(keyType, scheme, keyVal.public ?? '');
}

/** `8d1c2f… (Alice)`: enough of the id to tell keys apart, and who keeps it. */
export function nameKey(key: Key): string {
  const holder = holderOf(key);
  return `${key.keyID.slice(0, SHORT_ID_CHARS)}${holder === undefined ? '' : ` (${holder})`}`;
}

const SHORT_ID_CHARS = 12;

/** Undefined also where what stands there is no name: a root that somebody else made may say anything. */
export function holderOf(key: Key): string | undefined {
  const holder = key.unrecognizedFields?.[HOLDER];
  return typeof holder === 'string' && isHolder(holder) ? holder : undefined;
}

function isHolder(text: string): boolean {
  return text.length <= HOLDER_CHARS && /^[\p{L}\p{N}][\p{L}\p{N} .,@'_-]*$/u.test(text);
}

export interface RoleKeys {
  readonly threshold: number;
  /** Those of the role that the root has; an id without its key counts for nothing. */
  readonly keys: readonly Key[];
}

/** Who signs for a role, by a root. */
export function keysOfRole(root: RoleFile<'root'>, role: RoleName): RoleKeys {
  const { keys, roles } = root.signed;
  const named = roles[role];
  if (named === undefined) return { threshold: Number.POSITIVE_INFINITY, keys: [] };
  return {
    threshold: named.threshold,
    keys: named.keyIDs.flatMap((id) => (Object.hasOwn(keys, id) ? [keys[id] as Key] : [])),
  };
}

/** Those of the keys whose signature on the file holds. */
export function signersAmong(keys: readonly Key[], file: RoleFile): readonly Key[] {
  return keys.filter((key) => {
    try {
      key.verifySignature(file);
      return true;
    } catch {
      return false;
    }
  });
}

/** Whether the root believes the file of the role. */
export function isSignedBy(root: RoleFile<'root'>, role: RoleName, file: RoleFile): boolean {
  const { threshold, keys } = keysOfRole(root, role);
  return signersAmong(keys, file).length >= threshold;
}
