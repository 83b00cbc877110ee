// signature-specification.md, "Certificate Requirements": what a chain must be before any store is asked. Basic
// constraints, key usage and extended key usage are honoured, other extensions are not looked at; validity at a
// time is asked for apart, since it depends on which time is believed.
import { algorithmOfKey } from './algorithm.ts';
import type { Certificate } from './certificate.ts';
import { notationErrors } from './errors.ts';

const DIGITAL_SIGNATURE = 0;
const CERT_SIGN = 5;
/** RFC 5280 §4.2.1.3 by bit number; contentCommitment (1) is not forbidden. */
const forbiddenUsages: Readonly<Record<number, string>> = {
  2: 'keyEncipherment',
  3: 'dataEncipherment',
  4: 'keyAgreement',
  5: 'keyCertSign',
  6: 'cRLSign',
  7: 'encipherOnly',
  8: 'decipherOnly',
};
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const forbiddenPurposes: Readonly<Record<string, string>> = {
  '2.5.29.37.0': 'anyExtendedKeyUsage',
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '1.3.6.1.5.5.7.3.4': 'emailProtection',
  [TIME_STAMPING]: 'timeStamping',
  '1.3.6.1.5.5.7.3.9': 'OCSPSigning',
};
/** SHA-1 and MD5 with RSA, SHA-1 with ECDSA. */
const weakSignatures = ['1.2.840.113549.1.1.4', '1.2.840.113549.1.1.5', '1.2.840.10045.4.1'];

type Purpose = 'codesigning' | 'timestamping';

/**
 * Refuses a chain, the signing certificate first, that is not in order up to its self-signed root or whose
 * certificates may not be used so: `notation.chain_invalid`, `notation.algorithm_unsupported`.
 */
export function checkChain(chain: readonly Certificate[], purpose: Purpose): void {
  const [leaf] = chain;
  const root = chain.at(-1);
  if (leaf === undefined || root === undefined)
    throw notationErrors.chain_invalid('the chain has no certificate');
  for (const certificate of chain)
    if (isWeaklySigned(certificate)) refuse(certificate, 'is signed with SHA-1 or MD5');
  if (!isIssuedBy(root, root)) refuse(root, 'ends the chain but is no self-signed root');
  for (const [position, certificate] of chain.slice(0, -1).entries()) {
    const parent = chain[position + 1] as Certificate;
    if (isIssuedBy(certificate, certificate))
      refuse(certificate, 'is self-signed but does not end the chain');
    if (!isIssuedBy(certificate, parent))
      refuse(certificate, `is not issued by the next one, ${parent.subjectText}`);
  }
  for (const [position, certificate] of chain.slice(1).entries())
    checkAuthority(certificate, position, purpose);
  checkLeaf(leaf, purpose);
}

/** Refuses a chain of which a certificate is not valid at that time: `notation.chain_invalid`. */
export function checkValidAt(chain: readonly Certificate[], fromMs: number, toMs: number = fromMs): void {
  for (const certificate of chain) {
    if (fromMs < certificate.notBeforeMs)
      refuse(
        certificate,
        `is valid from ${instant(certificate.notBeforeMs)} on, and ${instant(fromMs)} is before that`,
      );
    if (toMs > certificate.notAfterMs)
      refuse(certificate, `expired at ${instant(certificate.notAfterMs)}, before ${instant(toMs)}`);
  }
}

/** Whether the names fit and the signature holds. */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  try {
    return (
      Buffer.compare(certificate.issuerDer, issuer.subjectDer) === 0 &&
      certificate.handle.verify(issuer.publicKey)
    );
  } catch {
    return false;
  }
}

/** Whether it is signed by SHA-1 or MD5, which the platform would take. */
export function isWeaklySigned({ signatureOid }: Certificate): boolean {
  return weakSignatures.includes(signatureOid);
}

/** `depth`: how many authorities stand below it. */
function checkAuthority(certificate: Certificate, depth: number, purpose: Purpose): void {
  const { basicConstraints, keyUsage } = certificate;
  if (basicConstraints?.ca !== true || !basicConstraints.critical)
    refuse(certificate, 'issued another, and has no critical basic constraints that make it an authority');
  const { pathLength } = basicConstraints ?? {};
  if (pathLength !== undefined && pathLength < depth)
    refuse(certificate, `allows ${pathLength} authorities below it, and there are ${depth}`);
  checkUsagePresent(certificate, purpose);
  if (keyUsage?.bits.has(CERT_SIGN) !== true)
    refuse(certificate, 'issued another without the key usage keyCertSign');
}

function checkLeaf(certificate: Certificate, purpose: Purpose): void {
  if (certificate.basicConstraints?.ca === true) refuse(certificate, 'signed, and is an authority’s');
  checkUsagePresent(certificate, purpose);
  const bits = certificate.keyUsage?.bits ?? new Set();
  if (!bits.has(DIGITAL_SIGNATURE)) refuse(certificate, 'has not the key usage digitalSignature');
  const extra = Object.entries(forbiddenUsages).flatMap(([bit, name]) =>
    bits.has(Number(bit)) ? [name] : [],
  );
  if (extra.length > 0)
    refuse(certificate, `may be used for ${extra.join(', ')}, and digitalSignature alone is right`);
  if (purpose === 'codesigning') checkNoOtherPurpose(certificate);
  else checkTimestamping(certificate);
  algorithmOfKey(certificate.publicKey);
}

function checkUsagePresent(certificate: Certificate, purpose: Purpose): void {
  if (certificate.keyUsage === undefined) refuse(certificate, 'has no key usage');
  // For timestamps it SHOULD be critical, for code it MUST.
  if (purpose === 'codesigning' && !certificate.keyUsage?.critical)
    refuse(certificate, 'has a key usage that is not critical');
}

function checkNoOtherPurpose(certificate: Certificate): void {
  const wrong = certificate.extendedKeyUsage?.oids.flatMap((oid) => forbiddenPurposes[oid] ?? []) ?? [];
  if (wrong.length > 0) refuse(certificate, `has the extended key usage ${wrong.join(', ')}`);
}

function checkTimestamping(certificate: Certificate): void {
  const { critical, oids } = certificate.extendedKeyUsage ?? { critical: false, oids: [] };
  if (!critical || oids.length !== 1 || oids[0] !== TIME_STAMPING)
    refuse(certificate, 'has not the one critical extended key usage timeStamping');
}

function refuse(certificate: Certificate, why: string): never {
  throw notationErrors.chain_invalid(`the certificate of ${certificate.subjectText} ${why}`);
}

function instant(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
