// Distinguished names (RFC 5280 §4.1.2.4), read: the attributes as they stand. How names are compared, and which of them
// name somebody, is not decided here.
import { limits } from '../../kit/limits.ts';
import { parseAsn1, readOid, readText } from './asn1.ts';
import { x509Errors } from './errors.ts';

export interface NameAttribute {
  /** Dotted. */
  readonly oid: string;
  /** Undefined where the value is no text. */
  readonly text: string | undefined;
}

/** Of a name in DER, in its order, those of one part side by side; `x509.certificate_invalid`. */
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
