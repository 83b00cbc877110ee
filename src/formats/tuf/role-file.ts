// Role files of The Update Framework 1.0 (specification 1.0.31, section 4): root, targets, snapshot, timestamp, as
// @tufjs/models has them, read with a bound and coded errors. What is read is what is signed: signatures are over the
// canonical form of the members that were understood. No signature is checked here.
import {
  Metadata,
  MetadataKind,
  type Root,
  Signature,
  type Snapshot,
  type Targets,
  type Timestamp,
} from '@tufjs/models';
import { decodeUtf8 } from '../../kit/bytes.ts';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { tufErrors } from './errors.ts';

export type OnlineRole = 'targets' | 'snapshot' | 'timestamp';
export type RoleName = 'root' | OnlineRole;

interface SignedParts {
  readonly root: Root;
  readonly targets: Targets;
  readonly snapshot: Snapshot;
  readonly timestamp: Timestamp;
}

/** A role's file with its signatures. Not to be changed in place. */
export type RoleFile<R extends RoleName = RoleName> = Metadata<SignedParts[R]>;

/** What is written here keeps to this version of the specification. */
export const specVersion = '1.0.31';

export const onlineRoles: readonly OnlineRole[] = Object.freeze(['targets', 'snapshot', 'timestamp']);

/** The file; `tuf.file_invalid`. At most `limits.tufFileBytes`. Whether it is signed or expired is not looked at. */
export function parseRoleFile<R extends RoleName>(role: R, bytes: Uint8Array): RoleFile<R> {
  if (bytes.byteLength > limits.tufFileBytes)
    throw tufErrors.file_invalid(`${role}.json has more than ${limits.tufFileBytes} bytes`);
  return readRoleFile(role, parseJson(decodeUtf8(bytes) ?? ''));
}

/** The same of JSON that was parsed already, of bounded size. */
export function readRoleFile<R extends RoleName>(role: R, value: unknown): RoleFile<R> {
  if (!isJsonObject(value)) throw tufErrors.file_invalid(`${role}.json is not a JSON object`);
  try {
    const file = readMetadata(role, value);
    checkNumbers(role, file);
    // A number that cannot be signed, or nesting too deep to be spelled, is found now and not at a signature.
    signedBytes(file);
    return file;
  } catch (cause) {
    if (isPlimsollError(cause)) throw cause;
    throw tufErrors.file_invalid(`${role}.json cannot be read: ${describeError(cause)}`, { cause });
  }
}

function readMetadata<R extends RoleName>(role: R, value: JsonObject): RoleFile<R> {
  const kinds = {
    root: MetadataKind.Root,
    targets: MetadataKind.Targets,
    snapshot: MetadataKind.Snapshot,
    timestamp: MetadataKind.Timestamp,
  } as const;
  // The overloads know one kind each; the kind and the type are of the same role here.
  return Metadata.fromJSON(kinds[role] as MetadataKind.Root, value as never) as unknown as RoleFile<R>;
}

function checkNumbers(role: RoleName, { signed, signatures }: RoleFile): void {
  if (!Number.isSafeInteger(signed.version) || signed.version < 1)
    throw tufErrors.file_invalid(`${role}.json has the version ${signed.version}; versions count from 1`);
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(signed.expires))
    throw tufErrors.file_invalid(`${role}.json expires at no time that is written as 2026-11-20T12:00:00Z`);
  const keys = signed.type === MetadataKind.Root ? Object.keys(signed.keys).length : 0;
  for (const count of [keys, Object.keys(signatures).length])
    if (count > limits.tufKeys)
      throw tufErrors.file_invalid(`${role}.json has more than ${limits.tufKeys} keys or signatures`);
}

/** UTF-8 JSON of the file, the same for the same file. */
export function formatRoleFile(file: RoleFile): Uint8Array {
  return Buffer.from(`${JSON.stringify(file.toJSON(), undefined, 1)}\n`);
}

/** What a signature of this file is over: its canonical JSON. */
export function signedBytes(file: RoleFile): Uint8Array {
  let bytes: Uint8Array = new Uint8Array(0);
  new Metadata(file.signed).sign((data) => {
    bytes = data;
    return new Signature({ keyID: '', sig: '' });
  });
  return bytes;
}

/** The file with one signature more; one of the same key is replaced. */
export function withSignature<R extends RoleName>(
  file: RoleFile<R>,
  keyId: string,
  signature: Uint8Array,
): RoleFile<R> {
  const sig = Buffer.from(signature).toString('hex');
  const signatures = { ...file.signatures, [keyId]: new Signature({ keyID: keyId, sig }) };
  return new Metadata(file.signed, signatures, file.unrecognizedFields) as RoleFile<R>;
}

/** The file without its signatures. */
export function withoutSignatures<R extends RoleName>(file: RoleFile<R>): RoleFile<R> {
  return new Metadata(file.signed, {}, file.unrecognizedFields) as RoleFile<R>;
}

/** `2026-11-20T12:00:00Z`: role files have no fractions of a second. */
export function formatExpiry(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
