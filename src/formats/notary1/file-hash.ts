// What one role file says of another file, or of an image: its length and hashes. Hashes are base64 on the wire and
// hex here. Of hashes by other algorithms nothing is known, as in the real client.
import { hash } from 'node:crypto';
import type { Json } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { notary1Errors } from './errors.ts';
import { needBytes, needCount, needObject, optionalObject } from './member.ts';

export interface FileHash {
  readonly sizeBytes: number;
  /** 64 hex digits. */
  readonly sha256?: string;
  /** 128 hex digits. */
  readonly sha512?: string;
}

/** A map of names to hashes, in the file's order; `notary.role_file_invalid`. */
export function readFileHashes(value: Json | undefined, where: string): ReadonlyMap<string, FileHash> {
  const entries = Object.entries(optionalObject(value, where));
  return new Map(entries.map(([name, inner]) => [name, readFileHash(inner, `${where}."${shown(name)}"`)]));
}

function readFileHash(value: Json, where: string): FileHash {
  const { length, hashes } = needObject(value, where);
  const found = optionalObject(hashes, `${where}.hashes`);
  const sha256 = readHash(found.sha256, `${where}.hashes.sha256`, 32);
  const sha512 = readHash(found.sha512, `${where}.hashes.sha512`, 64);
  return {
    sizeBytes: needCount(length, `${where}.length`, 0),
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(sha512 === undefined ? {} : { sha512 }),
  };
}

function readHash(value: Json | undefined, where: string, sizeBytes: number): string | undefined {
  if (value === undefined) return undefined;
  const bytes = needBytes(value, where);
  if (bytes.byteLength !== sizeBytes)
    throw notary1Errors.role_file_invalid(`${where} has ${bytes.byteLength} bytes, not ${sizeBytes}`);
  return Buffer.from(bytes).toString('hex');
}

/** Whether the bytes have every hash that is stated; undefined where none is that can be checked. */
export function hasHashes(stated: FileHash, bytes: Uint8Array): boolean | undefined {
  if (stated.sha256 === undefined && stated.sha512 === undefined) return undefined;
  return (
    (stated.sha256 === undefined || stated.sha256 === hash('sha256', bytes, 'hex')) &&
    (stated.sha512 === undefined || stated.sha512 === hash('sha512', bytes, 'hex'))
  );
}

function shown(name: string): string {
  return name.slice(0, limits.tagChars);
}
