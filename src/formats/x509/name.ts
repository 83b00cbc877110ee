// Distinguished names (RFC 5280 §4.1.2.4) of the two attributes that an instance's own certificates have.
import { type Der, derOid, derSequence, derSet, derUtf8 } from './der.ts';

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

function attribute(oid: string, text: string | undefined): readonly Der[] {
  return text === undefined ? [] : [derSet(derSequence(derOid(oid), derUtf8(text)))];
}
