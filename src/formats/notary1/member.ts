// Readers of the members of a role file's JSON, each with the sentence that names where it stands.
// Go writes empty lists and maps as null, so null is read as empty; everything else is strict.
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';
import { decodeBase64 } from './base64.ts';
import { notary1Errors } from './errors.ts';

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** Each throws `notary.role_file_invalid`. */
export function needObject(value: Json | undefined, where: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw notary1Errors.role_file_invalid(`${where} is not an object`);
}

export function optionalObject(value: Json | undefined, where: string): JsonObject {
  return value === undefined || value === null ? {} : needObject(value, where);
}

export function optionalList(value: Json | undefined, where: string, most: number): readonly Json[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw notary1Errors.role_file_invalid(`${where} is not a list`);
  if (value.length > most) throw notary1Errors.role_file_invalid(`${where} has more than ${most} entries`);
  return value as readonly Json[];
}

export function optionalTexts(value: Json | undefined, where: string, most: number): readonly string[] {
  return optionalList(value, where, most).map((one, at) => needText(one, `${where}[${at}]`));
}

export function needText(value: Json | undefined, where: string): string {
  if (typeof value === 'string') return value;
  throw notary1Errors.role_file_invalid(`${where} is not a text`);
}

/** A whole number that is not below `least`. */
export function needCount(value: Json | undefined, where: string, least: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
  throw notary1Errors.role_file_invalid(`${where} is not a whole number from ${least}`);
}

export function needBytes(value: Json | undefined, where: string): Uint8Array {
  const bytes = typeof value === 'string' ? decodeBase64(value) : undefined;
  if (bytes !== undefined) return bytes;
  throw notary1Errors.role_file_invalid(`${where} is not base64`);
}

/** RFC 3339 as epoch milliseconds, parts of one cut off. */
export function needInstant(value: Json | undefined, where: string): number {
  const at = typeof value === 'string' && INSTANT.test(value) ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw notary1Errors.role_file_invalid(`${where} is not a time as 2026-11-20T12:00:00Z`);
}
