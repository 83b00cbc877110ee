// Certificate logs (RFC 6962): whether enough of those that the trusted root lists promised to publish the
// certificate. Without that an authority could issue one that nobody ever sees.
import { isWithin, type TrustedLog } from '../../formats/sigstore/trusted-root.ts';
import type { Certificate } from '../../formats/x509/certificate.ts';
import { formatSignedEntry, readCertificateTimestamps } from '../../formats/x509/certificate-timestamp.ts';
import { type Check, failed, passed } from './check.ts';
import { isSameBytes, isSignedBy, readPublicKey } from './public-key.ts';

/** `path` is the signer's certificate and its issuer; at least `atLeast` different logs must have promised. */
export function checkCertificateLog(
  path: readonly Certificate[],
  logs: readonly TrustedLog[],
  atLeast: number,
): Check {
  const [leaf, issuer] = path;
  if (leaf === undefined || issuer === undefined)
    return failed(
      'certificate-log',
      'The certificate has no issuer, so no log can have promised to publish it.',
    );
  const stamps = readCertificateTimestamps(leaf);
  const found = new Set<string>();
  for (const stamp of stamps) {
    const log = logs.find(({ id, valid }) => isSameBytes(id, stamp.logId) && isWithin(valid, stamp.time));
    const key = log && readPublicKey(log.publicKey);
    // Number 4 is SHA-256, the one hash of RFC 6962 §2.1.4.
    if (log === undefined || key === undefined || stamp.hashAlgorithm !== 4) continue;
    const message = formatSignedEntry(leaf, issuer.publicKey, stamp);
    if (!isSignedBy(key, message, stamp.signature, 'sha256'))
      return failed('certificate-log', `The promise of ${log.address} does not hold for this certificate.`);
    found.add(log.address || Buffer.from(log.id).toString('hex'));
  }
  if (found.size >= atLeast)
    return passed('certificate-log', `${[...found].join(', ')} promised to publish the certificate.`);
  return failed(
    'certificate-log',
    stamps.length === 0
      ? 'No certificate log promised to publish the certificate.'
      : `${found.size} trusted certificate logs promised to publish the certificate, ${atLeast} must; it names ${stamps.map(({ logId }) => Buffer.from(logId).toString('hex').slice(0, 16)).join(', ')}.`,
  );
}
