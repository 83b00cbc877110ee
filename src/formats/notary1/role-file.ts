// A role file of Notary v1 (notary tuf/data): TUF before its 1.0. Types are capitalised, there is no spec_version,
// hashes are base64, keys have their own types. Parsed strictly and within bounds; the signed bytes are spelt anew in
// canonical JSON from what was parsed, so that nothing is believed that was not signed. Signatures are read, not judged.
import { hash } from 'node:crypto';
import { decodeUtf8, formatSize } from '../../kit/bytes.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { type Json, type JsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { formatCanonical } from './canonical.ts';
import { notary1Errors } from './errors.ts';
import { type FileHash, readFileHashes } from './file-hash.ts';
import {
  needBytes,
  needCount,
  needInstant,
  needObject,
  needText,
  optionalList,
  optionalObject,
  optionalTexts,
} from './member.ts';
import { createRoleKey, type RoleKey } from './role-key.ts';
import { isDelegationName, parentRole, type RoleName, type TopRole, topRoles } from './role-name.ts';
import type { RoleSignature } from './signature.ts';

interface Signed {
  readonly role: RoleName;
  readonly version: number;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly signatures: readonly RoleSignature[];
  /** What the signatures are over. */
  readonly message: Uint8Array;
  /** Of the file as it came, hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Who signs for a role. */
export interface RoleKeys {
  /** By the id that the file states; it may differ from the key’s own. */
  readonly keys: ReadonlyMap<string, RoleKey>;
  /** From 1. */
  readonly threshold: number;
}

export interface Delegation extends RoleKeys {
  readonly role: RoleName;
  /** A target belongs to it where its name begins with one of these; the empty text is every name. */
  readonly paths: readonly string[];
}

export interface RootFile extends Signed {
  readonly kind: 'root';
  readonly roles: Readonly<Record<TopRole, RoleKeys>>;
}

export interface TimestampFile extends Signed {
  readonly kind: 'timestamp';
  readonly snapshot: FileHash;
}

export interface SnapshotFile extends Signed {
  readonly kind: 'snapshot';
  /** By role; names that no role can have are kept, and never asked for. */
  readonly files: ReadonlyMap<string, FileHash>;
}

export interface TargetsFile extends Signed {
  readonly kind: 'targets';
  /** By name, for images the tag. */
  readonly targets: ReadonlyMap<string, FileHash>;
  /** In the file's order, which is that of precedence. */
  readonly delegations: readonly Delegation[];
}

export type RoleFile = RootFile | TimestampFile | SnapshotFile | TargetsFile;
export type RoleFileOf<K extends RoleFile['kind']> = Extract<RoleFile, { kind: K }>;

const TYPES = Object.freeze({
  root: 'Root',
  timestamp: 'Timestamp',
  snapshot: 'Snapshot',
  targets: 'Targets',
});

/** The file of a role, or `notary.role_file_invalid` that names the role and the member. */
export function parseRoleFile(bytes: Uint8Array, role: RoleName): RoleFile {
  try {
    return readRoleFile(bytes, role);
  } catch (error) {
    if (!isPlimsollError(error, { code: notary1Errors.role_file_invalid.code })) throw error;
    throw notary1Errors.role_file_invalid(`the file of ${role}: ${error.message}`, { cause: error });
  }
}

function readRoleFile(bytes: Uint8Array, role: RoleName): RoleFile {
  const most = role === 'timestamp' ? limits.trustTimestampBytes : limits.trustFileBytes;
  if (bytes.byteLength > most) throw notary1Errors.role_file_invalid(`it is larger than ${formatSize(most)}`);
  const value = readJson(bytes);
  const { signed: inner, signatures } = needObject(value, 'it');
  const signed = needObject(inner, 'signed');
  const kind = isDelegationName(role) ? 'targets' : (role as string as TopRole);
  if (signed._type !== TYPES[kind])
    throw notary1Errors.role_file_invalid(`signed._type is not "${TYPES[kind]}"`);
  const head: Signed = {
    role,
    message: formatCanonical(signed),
    version: needCount(signed.version, 'signed.version', 1),
    expiresAt: needInstant(signed.expires, 'signed.expires'),
    signatures: optionalList(signatures, 'signatures', limits.trustSignatures).map(readSignature),
    sha256: hash('sha256', bytes, 'hex'),
    sizeBytes: bytes.byteLength,
  };
  switch (kind) {
    case 'root':
      return { ...head, kind, roles: readRoles(signed) };
    case 'timestamp':
      return { ...head, kind, snapshot: needHash(readFileHashes(signed.meta, 'meta'), 'snapshot') };
    case 'snapshot': {
      const files = readFileHashes(signed.meta, 'meta');
      for (const name of ['root', 'targets']) needHash(files, name);
      return { ...head, kind, files };
    }
    case 'targets': {
      const targets = readFileHashes(signed.targets, 'targets');
      return { ...head, kind, targets, delegations: readDelegations(signed, role) };
    }
  }
}

/** Whole numbers alone and no byte order mark, as the real client takes it. */
function readJson(bytes: Uint8Array): Json {
  const text = bytes[0] === 0xef ? undefined : decodeUtf8(bytes);
  const value = text === undefined ? undefined : parseJson(text);
  if (text === undefined || value === undefined) throw notary1Errors.role_file_invalid('it is not JSON');
  // What was parsed no longer shows whether 1 was written as 1.0, which the real client refuses.
  if (/[0-9][.eE]/.test(text.replace(/"(?:[^"\\]|\\.)*"/g, '""')))
    throw notary1Errors.role_file_invalid('it has a number that is not spelt as a whole one');
  return value;
}

function readSignature(value: Json, at: number): RoleSignature {
  const where = `signatures[${at}]`;
  const { keyid, method, sig } = needObject(value, where);
  return {
    keyId: needText(keyid, `${where}.keyid`),
    // Without one nothing is signed, but other signatures may hold.
    method: method === undefined ? '' : needText(method, `${where}.method`).toLowerCase(),
    bytes: needBytes(sig, `${where}.sig`),
  };
}

function readRoles(signed: JsonObject): Readonly<Record<TopRole, RoleKeys>> {
  const keys = readKeys(signed.keys, 'keys');
  const roles = needObject(signed.roles, 'roles');
  const read = topRoles.map((role) => [role, readRoleKeys(roles[role], `roles.${role}`, keys)] as const);
  return Object.fromEntries(read) as Record<TopRole, RoleKeys>;
}

function readDelegations(signed: JsonObject, parent: RoleName): readonly Delegation[] {
  const delegations = optionalObject(signed.delegations, 'delegations');
  const keys = readKeys(delegations.keys, 'delegations.keys');
  const roles = optionalList(delegations.roles, 'delegations.roles', limits.trustDelegations);
  return roles.map((value, at) => {
    const where = `delegations.roles[${at}]`;
    const { name, paths } = needObject(value, where);
    const role = needText(name, `${where}.name`);
    if (!isDelegationName(role) || parentRole(role) !== parent)
      throw notary1Errors.role_file_invalid(`${where}.name is not that of a role below ${parent}`);
    return {
      role,
      ...readRoleKeys(value, where, keys),
      paths: optionalTexts(paths, `${where}.paths`, limits.trustDelegations),
    };
  });
}

function readKeys(value: Json | undefined, where: string): ReadonlyMap<string, RoleKey> {
  const entries = Object.entries(optionalObject(value, where));
  if (entries.length > limits.trustKeys)
    throw notary1Errors.role_file_invalid(`${where} has more than ${limits.trustKeys} entries`);
  return new Map(entries.map(([id, inner]) => [id, readKey(inner, `${where}."${id.slice(0, 64)}"`)]));
}

function readKey(value: Json, where: string): RoleKey {
  const { keytype, keyval } = needObject(value, where);
  const { public: bytes } = needObject(keyval, `${where}.keyval`);
  return createRoleKey(needText(keytype, `${where}.keytype`), needBytes(bytes, `${where}.keyval.public`));
}

function readRoleKeys(value: Json | undefined, where: string, known: ReadonlyMap<string, RoleKey>): RoleKeys {
  const { keyids, threshold } = needObject(value, where);
  const ids = optionalTexts(keyids, `${where}.keyids`, limits.trustKeys);
  const keys = ids.map((id) => {
    const key = known.get(id);
    if (key !== undefined) return [id, key] as const;
    throw notary1Errors.role_file_invalid(`${where} names the key ${id.slice(0, 64)}, which is not there`);
  });
  return { keys: new Map(keys), threshold: needCount(threshold, `${where}.threshold`, 1) };
}

function needHash(files: ReadonlyMap<string, FileHash>, name: string): FileHash {
  const found = files.get(name);
  if (found?.sha256 !== undefined) return found;
  throw notary1Errors.role_file_invalid(`meta.${name} has no SHA-256`);
}
