// Roots and keys that a person trusts, kept in this browser and nowhere else (localStorage of this address). What is read
// back is checked: a page of before, or somebody else at this address, may have written it.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { isObject, readJson, writeJson } from './kept-json.ts';
import type { KeptTrust } from './trust.ts';

const NAME = 'plimsoll.trust';

export function readKept(): readonly KeptTrust[] {
  const list = readJson(NAME);
  return (Array.isArray(list) ? list : []).filter(isKept);
}

/** False where the browser keeps nothing. */
export function writeKept(list: readonly KeptTrust[]): boolean {
  return writeJson(NAME, list);
}

/** SHA-256 of its UTF-8, hex. */
export function fingerprintOf(text: string): string {
  return bytesToHex(sha256(new TextEncoder().encode(text)));
}

function isKept(value: unknown): value is KeptTrust {
  if (!isObject(value)) return false;
  const { kind, name, text, fingerprint, repository } = value;
  return (
    (kind === 'root' ||
      (['key', 'authority', 'stamper'].includes(kind as string) && typeof repository === 'string')) &&
    typeof name === 'string' &&
    typeof text === 'string' &&
    fingerprint === fingerprintOf(text)
  );
}
