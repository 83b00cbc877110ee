// Distinguished names (RFC 5280 §4.1.2.4) of the attributes that an instance's own certificates have.

import { limits } from '../../kit/limits.ts';
import { asn1Tags, parseAsn1, readOid } from './asn1.ts';
import { type Der, derOid, derPrintable, derSequence, derSet, derUtf8 } from './der.ts';
import { x509Errors } from './errors.ts';

export interface DistinguishedName {
  readonly organization?: string;
  readonly commonName?: string;
  /** Letters, digits and dashes: which one of those with the same names. */
  readonly serialNumber?: string;
}

const ORGANIZATION = '2.5.4.10';
const COMMON_NAME = '2.5.4.3';
const SERIAL_NUMBER = '2.5.4.5';

/** DER; the empty name is an empty sequence. */
export function formatName({ organization, commonName, serialNumber }: DistinguishedName): Der {
  return derSequence(
    ...attribute(ORGANIZATION, organization),
    ...attribute(COMMON_NAME, commonName),
    ...attribute(SERIAL_NUMBER, serialNumber, derPrintable),
  );
}

/** The one serial number in a name; undefined where it has none, or several. `x509.certificate_invalid` */
export function readSerialNumber(name: Uint8Array): string | undefined {
  const { children } = parseAsn1(name, x509Errors.certificate_invalid, limits.certificateBytes);
  const found = children
    .flatMap((set) => set.children)
    .filter((one) => readOid(one.children[0]) === SERIAL_NUMBER)
    .map((one) => one.children[1]);
  const [value] = found;
  if (found.length !== 1 || value?.tag !== asn1Tags.printable) return undefined;
  return Buffer.from(value.content).toString('latin1');
}

function attribute(oid: string, text: string | undefined, write = derUtf8): readonly Der[] {
  return text === undefined ? [] : [derSet(derSequence(derOid(oid), write(text)))];
}
