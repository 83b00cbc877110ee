// Distinguished names (RFC 5280 §4.1.2.4): written of the two attributes that an instance's own certificates have,
// and read of any, as they stand. How names are compared, and which of them name somebody, is not decided here.
import { limits } from '../../kit/limits.ts';
import { parseAsn1, readOid, readText } from './asn1.ts';
import { type Der, derOid, derSequence, derSet, derUtf8 } from './der.ts';
import { x509Errors } from './errors.ts';

export interface DistinguishedName {
  readonly organization?: string;
  readonly commonName?: string;
}

const ORGANIZATION = '2.5.4.10';
const COMMON_NAME = '2.5.4.3';

/** DER; the empty name is an empty sequence. */
export function formatName({ organization, commonName }: DistinguishedName): Der {
  return derSequence(...attribute(ORGANIZATION, organization), ...attribute(COMMON_NAME, commonName));
}

export interface NameAttribute {
  /** Dotted. */
  readonly oid: string;
  /** Undefined where the value is no text. */
  readonly text: string | undefined;
}

/** The attributes in their order, those of one part side by side; `x509.certificate_invalid`. */
export function parseNameAttributes(name: Uint8Array): readonly NameAttribute[] {
  const { children } = parseAsn1(name, x509Errors.certificate_invalid, limits.certificateBytes);
  return children
    .flatMap((part) => part.children)
    .map(({ children: [type, value] }) => {
      const oid = readOid(type);
      if (oid === undefined)
        throw x509Errors.certificate_invalid('this is not a readable name: an attribute has no type');
      return { oid, text: readText(value) };
    });
}

function attribute(oid: string, text: string | undefined): readonly Der[] {
  return text === undefined ? [] : [derSet(derSequence(derOid(oid), derUtf8(text)))];
}
