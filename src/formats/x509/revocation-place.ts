// Where a certificate says that its revocation is told: OCSP responders (RFC 5280 §4.2.2.1) and lists (§4.2.1.13).
// Only addresses of http and https. A list that somebody else than the issuer signs, or that is for some reasons
// only, cannot clear a certificate and is left out.
import { limits } from '../../kit/limits.ts';
import { type Asn1Node, readOid } from './asn1.ts';
import { type Certificate, openExtension } from './certificate.ts';

export interface RevocationPlaces {
  /** In the certificate's order, at most `limits.revocationPlaces` of each. */
  readonly ocsp: readonly string[];
  readonly lists: readonly string[];
  /** Whether it names a list of changes (§4.2.1.15), without which a list alone is not the newest word. */
  readonly hasFreshest: boolean;
}

const OID = Object.freeze({
  authorityAccess: '1.3.6.1.5.5.7.1.1',
  ocsp: '1.3.6.1.5.5.7.48.1',
  lists: '2.5.29.31',
  freshest: '2.5.29.46',
});

const URI = 0x86;

/** `x509.certificate_invalid` where an extension is not readable. */
export function readRevocationPlaces({ extensions }: Certificate): RevocationPlaces {
  const open = (oid: string): readonly Asn1Node[] => openExtension(extensions, oid)?.children ?? [];
  const ocsp = open(OID.authorityAccess).flatMap(({ children: [method, place] }) =>
    readOid(method) === OID.ocsp ? readAddress(place) : [],
  );
  const lists = open(OID.lists).flatMap(({ children: [point, ...others] }) =>
    others.length === 0 && point !== undefined ? readPointAddresses(point) : [],
  );
  return {
    ocsp: ocsp.slice(0, limits.revocationPlaces),
    lists: lists.slice(0, limits.revocationPlaces),
    hasFreshest: extensions.has(OID.freshest),
  };
}

/** The addresses of a DistributionPointName `[0]`; empty where it is named relative to the issuer. */
export function readPointAddresses(point: Asn1Node): readonly string[] {
  const fullName = point.tag === 0xa0 ? point.children[0] : undefined;
  return fullName?.tag === 0xa0 ? fullName.children.flatMap(readAddress) : [];
}

function readAddress(name: Asn1Node | undefined): readonly string[] {
  if (name?.tag !== URI) return [];
  const text = Buffer.from(name.content).toString('latin1');
  return /^https?:\/\//i.test(text) && URL.canParse(text) ? [text] : [];
}
