// X509-SVIDs (SPIFFE, X509-SVID): certificates that name a workload by exactly one URI, and the authorities' own, which
// name a trust domain. Parsing checks what the specification asks of the certificate alone (§2 to §4); who signed it and
// whether it is in time is the reader's question.
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { spiffeErrors } from './errors.ts';
import { parseSpiffeId } from './spiffe-id.ts';

export interface Svid {
  /** As `spiffe://images.example.org/gate/prod`. */
  readonly id: string;
  readonly trustDomain: string;
  readonly certificate: Certificate;
}

const KEY_USAGE = '2.5.29.15';
const SERVER = '1.3.6.1.5.5.7.3.1';
const CLIENT = '1.3.6.1.5.5.7.3.2';

/** Of a workload: may prove who it is as a server and as a client, and issues nothing. `spiffe.svid_invalid` */
export function parseWorkloadSvid(der: Uint8Array): Svid {
  const svid = parse(der);
  const { isAuthority, keyUsage, purposes = [] } = svid.certificate;
  if (isAuthority || keyUsage?.canCertify === true) throw refuse('it may issue others');
  if (keyUsage?.canSign !== true) throw refuse('it may not be signed with');
  if (!purposes.includes(SERVER) || !purposes.includes(CLIENT))
    throw refuse('it is not for a server and a client');
  if (parseSpiffeId(svid.id).path === '') throw refuse('its name is that of a whole trust domain');
  return svid;
}

/** Of the authority of a trust domain, which its name is. `spiffe.svid_invalid` */
export function parseAuthoritySvid(der: Uint8Array): Svid {
  const svid = parse(der);
  const { isAuthority, keyUsage } = svid.certificate;
  if (!isAuthority || keyUsage?.canCertify !== true) throw refuse('it may not issue others');
  if (parseSpiffeId(svid.id).path !== '') throw refuse('its name is not that of a trust domain');
  return svid;
}

function parse(der: Uint8Array): Svid {
  let certificate: Certificate;
  try {
    certificate = parseCertificate(der);
  } catch (cause) {
    throw spiffeErrors.svid_invalid(`it is not a certificate: ${(cause as Error).message}`, { cause });
  }
  const [name, ...more] = certificate.names.filter(({ kind }) => kind === 'uri');
  if (name === undefined || more.length > 0)
    throw refuse(`it has ${name === undefined ? 0 : more.length + 1} URIs, and must have one`);
  if (certificate.extensions.get(KEY_USAGE)?.isCritical !== true)
    throw refuse('its key usage is absent or not critical');
  try {
    return { id: name.text, trustDomain: parseSpiffeId(name.text).trustDomain, certificate };
  } catch (cause) {
    throw spiffeErrors.svid_invalid(`this is no certificate of a workload: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function refuse(why: string): Error {
  return spiffeErrors.svid_invalid(`this is no certificate of a workload: ${why}`);
}
