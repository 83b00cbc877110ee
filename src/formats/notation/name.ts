// Distinguished names: read from a certificate (RFC 5280 §4.1.2.4), and from what a person wrote (RFC 4514), and
// whether one is part of the other (trust-store-trust-policy.md, "Trusted Identities"). Attributes are compared as
// they are spelt; a name that has an attribute twice or one that has no short name matches nothing.
import { limits } from '../../kit/limits.ts';
import { parseNameAttributes } from '../x509/name-attribute.ts';
import { notationErrors } from './errors.ts';

export interface NameAttribute {
  /** `C`, `ST`, `O` ..., or the object identifier where it has no such name. */
  readonly type: string;
  readonly value: string;
}

/** Attributes by their short names; each once; C, ST and O at least. */
export type DistinguishedName = ReadonlyMap<string, string>;

const shortNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'SERIALNUMBER',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.17': 'POSTALCODE',
};

const MANDATORY = ['C', 'ST', 'O'];

/** The attributes of a certificate's name (DER), in its order; `x509.certificate_invalid`. */
export function readName(name: Uint8Array): readonly NameAttribute[] {
  return parseNameAttributes(name).map(({ oid, text = '' }) => ({
    type: shortNames[oid] ?? oid,
    value: text,
  }));
}

/** A name to compare by; `notation.name_invalid`. */
export function createName(attributes: readonly NameAttribute[], shown: string): DistinguishedName {
  const name = new Map<string, string>();
  for (const { type, value } of attributes) {
    const key = type === 'S' ? 'ST' : type;
    if (/^\d/.test(key))
      throw notationErrors.name_invalid(
        `the name "${shown}" has the attribute ${key}, which identities are not compared by`,
      );
    if (name.has(key)) throw notationErrors.name_invalid(`the name "${shown}" has ${key} twice`);
    name.set(key, value);
  }
  const missing = MANDATORY.filter((key) => !name.get(key));
  if (missing.length > 0)
    throw notationErrors.name_invalid(
      `the name "${shown}" has no ${missing.join(', ')}; C, ST and O must be there`,
    );
  return name;
}

/** RFC 4514, without `#` values and `+`; `notation.name_invalid`. */
export function parseName(text: string): DistinguishedName {
  if (text.length > limits.nameChars)
    throw notationErrors.name_invalid(`a name has at most ${limits.nameChars} characters`);
  const shown = text.trim().slice(0, 200);
  const attributes = splitUnescaped(text, shown).map((part) => {
    const at = part.indexOf('=');
    const type = part.slice(0, at).trim();
    if (at < 0 || !/^[A-Za-z][A-Za-z0-9-]*$/.test(type))
      throw notationErrors.name_invalid(
        `"${part.trim().slice(0, 100)}" in "${shown}" is not ATTRIBUTE=VALUE`,
      );
    return { type, value: unescapeValue(part.slice(at + 1), shown) };
  });
  return createName(attributes, shown);
}

/** Whether each attribute of the one is in the other with the same value. */
export function isPartOf(part: DistinguishedName, whole: DistinguishedName): boolean {
  return [...part].every(([type, value]) => whole.get(type) === value);
}

function splitUnescaped(text: string, shown: string): readonly string[] {
  const parts: string[] = [''];
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '+')
      throw notationErrors.name_invalid(`"${shown}" joins attributes with +; write them one by one`);
    if (char === ',' || char === ';') parts.push('');
    else parts[parts.length - 1] += char === '\\' ? char + text.charAt(++at) : char;
  }
  return parts;
}

function unescapeValue(text: string, shown: string): string {
  const value = text.replace(/^ +/, '').replace(/(?<!\\) +$/, '');
  if (value.startsWith('#')) throw notationErrors.name_invalid(`"${shown}" has a value in hexadecimal (=#)`);
  const bytes: Buffer[] = [];
  for (let at = 0; at < value.length; at += 1) {
    const [, escaped = '', plain = ''] =
      /^(?:\\([0-9A-Fa-f]{2}|[ "#+,;<=>\\])|([^\\"]))/su.exec(value.slice(at, at + 3)) ?? [];
    if (escaped === '' && plain === '')
      throw notationErrors.name_invalid(`"${shown}" has an escape that is none`);
    bytes.push(escaped.length === 2 ? Buffer.from(escaped, 'hex') : Buffer.from(escaped || plain));
    at += escaped === '' ? plain.length - 1 : escaped.length;
  }
  return Buffer.concat(bytes).toString('utf8');
}
