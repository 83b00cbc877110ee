// What a leaf of the tag log says, and how it is spelt: canonical JSON (keys sorted, no white space), of which the
// bytes are hashed. A record of a private repository is sealed: the log has only a salted hash of it, so that no
// name is to be read or guessed from the log, while whoever is given record and salt can check them against it.
import { hashHex } from '../../kit/hash.ts';
import { isJsonObject, parseJson, stableJson } from '../../kit/json.ts';

export interface TagRecord {
  readonly v: 1;
  /** `adopted`: the tag was there before the log began, since `since` as far as is known. */
  readonly kind: 'moved' | 'deleted' | 'adopted';
  readonly repository: string;
  readonly tag: string;
  /** Null where it was deleted. */
  readonly digest: string | null;
  /** Null where there was no such tag before. */
  readonly previous: string | null;
  /** RFC 3339. */
  readonly at: string;
  /** An account's name; `plimsoll` is the product itself. */
  readonly by: string;
  /** How: `push`, `confirmed`, `delete`, `api`, `adoption`. */
  readonly via: string;
  readonly reason?: string;
  /** Of an adopted tag, RFC 3339. */
  readonly since?: string;
}

/** A record with what opens it: the salt, hex, where it is sealed in the log. */
export interface OpenedRecord {
  readonly recordJson: string;
  readonly salt: string | null;
}

/** 256 bits: guessing a private name from the commitment is guessing these. */
export const saltBytes = 32;

export function formatTagRecord(record: TagRecord): string {
  return stableJson(record);
}

/** Undefined where the text is no record of this version. */
export function parseTagRecord(text: string): TagRecord | undefined {
  const value = parseJson(text);
  if (!isJsonObject(value) || value.v !== 1) return undefined;
  const { kind, digest, previous } = value;
  const isKnown = kind === 'moved' || kind === 'deleted' || kind === 'adopted';
  const isText = ['repository', 'tag', 'at', 'by', 'via'].every((name) => typeof value[name] === 'string');
  const isPlace = [digest, previous].every((one) => one === null || typeof one === 'string');
  const isMore = ['reason', 'since'].every((name) => ['string', 'undefined'].includes(typeof value[name]));
  return isKnown && isText && isPlace && isMore ? (value as unknown as TagRecord) : undefined;
}

/** The bytes that stand in the log. */
export function formatEntry({ recordJson, salt }: OpenedRecord): Uint8Array {
  if (salt === null) return Buffer.from(recordJson);
  const commitment = hashHex('sha256', Buffer.concat([Buffer.from(salt, 'hex'), Buffer.from(recordJson)]));
  return Buffer.from(stableJson({ v: 1, kind: 'sealed', commitment }));
}
