// Fields of protobuf's JSON (protobuf.dev/programming-guides/json), read strictly: bytes are base64 in one of its
// two alphabets and nothing else, 64-bit numbers are text or number, and null is absence.
import type { ErrorFactory } from '../../kit/error.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kit/json.ts';

/** Reads members of one object; each problem is thrown as `refuse` with the path of the member. */
export interface FieldReader {
  readonly object: JsonObject;
  has(name: string): boolean;
  /** `undefined` where it is absent. */
  text(name: string, limitChars: number): string | undefined;
  bytes(name: string, limitBytes: number): Uint8Array | undefined;
  /** A safe integer from 0. */
  count(name: string): number | undefined;
  time(name: string): Date | undefined;
  member(name: string): FieldReader | undefined;
  /** Empty where it is absent. */
  list(name: string, limit: number): readonly FieldReader[];
  /** What `refuse` makes of the member. */
  fail(name: string, why: string): Error;
}

export function readFields(value: unknown, where: string, refuse: ErrorFactory): FieldReader {
  if (!isJsonObject(value)) throw refuse(`${where || 'it'} is not an object`);
  const object = value;
  const at = (name: string): string => (where === '' ? name : `${where}.${name}`);
  const fail = (name: string, why: string): Error => refuse(`${at(name)} ${why}`);
  const get = (name: string): Json | undefined =>
    Object.hasOwn(object, name) ? (object[name] ?? undefined) : undefined;
  const text = (name: string, limitChars: number): string | undefined => {
    const found = get(name);
    if (found === undefined) return undefined;
    if (typeof found !== 'string' || found.length > limitChars)
      throw fail(name, `is not a text of at most ${limitChars} characters`);
    return found;
  };
  return {
    object,
    has: (name) => get(name) !== undefined,
    text,
    bytes(name, limitBytes) {
      const found = text(name, Math.ceil((limitBytes * 4) / 3) + 4);
      if (found === undefined) return undefined;
      const bytes = decodeBytes(found);
      if (bytes === undefined) throw fail(name, 'is not base64');
      return bytes;
    },
    count(name) {
      const found = get(name);
      if (found === undefined) return undefined;
      const count = parseCount(found);
      if (count === undefined) throw fail(name, 'is not a number from 0 on');
      return count;
    },
    time(name) {
      const found = text(name, 40);
      if (found === undefined) return undefined;
      const time = parseTime(found);
      if (time === undefined) throw fail(name, 'is not a time of RFC 3339');
      return time;
    },
    member(name) {
      const found = get(name);
      return found === undefined ? undefined : readFields(found, at(name), refuse);
    },
    list(name, limit) {
      const found = get(name);
      if (found === undefined) return [];
      if (!Array.isArray(found) || found.length > limit)
        throw fail(name, `is not a list of at most ${limit}`);
      return found.map((one, index) => readFields(one, `${at(name)}[${index}]`, refuse));
    },
    fail,
  };
}

/** 64-bit numbers are text in this JSON; only those that JavaScript has are taken. */
function parseCount(value: Json): number | undefined {
  const count = typeof value === 'string' && /^(?:0|[1-9]\d{0,15})$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}

function parseTime(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/**
 * Base64 of either alphabet, with its padding or without; undefined where the text is anything else. Line breaks
 * are passed over, as the readers of other languages do.
 */
export function decodeBytes(broken: string): Buffer | undefined {
  const text = /[\r\n]/.test(broken) ? broken.replace(/[\r\n]/g, '') : broken;
  const plain = text.endsWith('==') ? text.slice(0, -2) : text.endsWith('=') ? text.slice(0, -1) : text;
  if (!/^[A-Za-z0-9+/_-]*$/.test(plain)) return undefined;
  const bytes = Buffer.from(plain, 'base64');
  // Bits that stand for nothing must not be set: two texts would be one signature.
  return bytes.toString('base64url') === plain.replaceAll('+', '-').replaceAll('/', '_') ? bytes : undefined;
}
