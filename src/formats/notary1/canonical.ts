// Canonical JSON as Notary v1 signs it (docker/go canonical/json, after OLPC's Canonical JSON): members sorted by
// their UTF-8 bytes, no spaces, whole numbers alone, and only the quote and the backslash escaped in a string.
// Not RFC 8785, and not what kit/json.ts spells.
import type { Json } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { notary1Errors } from './errors.ts';

/** The bytes that are signed; `notary.role_file_invalid` for a fraction, or nesting beyond the bound. */
export function formatCanonical(value: Json): Uint8Array {
  return Buffer.from(spell(value, 0), 'utf8');
}

function spell(value: Json, depth: number): string {
  if (depth > limits.trustFileDepth)
    throw notary1Errors.role_file_invalid(`it nests deeper than ${limits.trustFileDepth} levels`);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return spellNumber(value);
  if (typeof value === 'string') return spellText(value);
  if (Array.isArray(value)) return `[${value.map((one: Json) => spell(one, depth + 1)).join(',')}]`;
  const members = Object.entries(value as { readonly [key: string]: Json })
    .map(([key, inner]) => ({ key, order: Buffer.from(key, 'utf8'), inner }))
    .sort((a, b) => Buffer.compare(a.order, b.order));
  return `{${members.map(({ key, inner }) => `${spellText(key)}:${spell(inner, depth + 1)}`).join(',')}}`;
}

function spellNumber(value: number): string {
  if (!Number.isInteger(value) || Math.abs(value) >= 2 ** 63)
    throw notary1Errors.role_file_invalid(`${value} is not a whole number`);
  return BigInt(value).toString();
}

/** Lone surrogates become U+FFFD, as the real one decodes them. */
function spellText(text: string): string {
  return `"${text.toWellFormed().replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
