// The certificates that an instance begins with: a root, the authority that issues below it, and the one that
// stamps times. Made once, of keys that are handed in; the root's key is needed for nothing else and may then be
// taken away. Of equal keys, serials and times the certificates are equal but for the signatures' own randomness.
import { algorithmOfKey } from '../../formats/x509/algorithm.ts';
import { formatName } from '../../formats/x509/name.ts';
import { intermediateExtensions, rootExtensions, timestampExtensions } from '../../formats/x509/profile.ts';
import { type CertificateParts, formatCertificate, formatTbs } from '../../formats/x509/tbs-certificate.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { Random } from '../../kit/clock.ts';
import { type CertifiedKey, createSerial } from './issuer.ts';

export interface EstablishParts {
  readonly root: SigningKey;
  readonly issuing: SigningKey;
  readonly stamping: SigningKey;
  /** Who runs the instance, in every certificate's name, as `images.example.org`. */
  readonly organization: string;
  readonly notBeforeMs: number;
  /** Of the root; what stands below it ends no later. */
  readonly notAfterMs: number;
  readonly random: Random;
}

export interface Established {
  readonly root: Uint8Array;
  readonly issuing: CertifiedKey;
  readonly stamping: CertifiedKey;
}

/** Names of the certificates, behind the organization. */
export const authorityNames = Object.freeze({
  root: 'root',
  issuing: 'signing authority',
  stamping: 'timestamp authority',
});

/** `x509.key_invalid`, `x509.certificate_impossible`, and what the root's key throws. */
export async function establish(parts: EstablishParts): Promise<Established> {
  const { organization, random, notBeforeMs, notAfterMs } = parts;
  const name = (role: keyof typeof authorityNames) =>
    formatName({ organization, commonName: authorityNames[role] });
  const algorithm = algorithmOfKey(parts.root.publicKey);

  async function certify(
    role: keyof typeof authorityNames,
    { publicKey }: SigningKey,
    extensions: CertificateParts['extensions'],
  ): Promise<Uint8Array> {
    const tbs = formatTbs({
      serial: createSerial(random),
      algorithm,
      issuer: name('root'),
      subject: name(role),
      notBeforeMs,
      notAfterMs,
      publicKey,
      extensions,
    });
    return formatCertificate(tbs, algorithm, await parts.root.sign(tbs, algorithm));
  }

  const issuerKey = parts.root.publicKey;
  const keysOf = ({ publicKey }: SigningKey) => ({ publicKey, issuerKey });
  const root = await certify('root', parts.root, rootExtensions(issuerKey));
  const issuing = await certify(
    'issuing',
    parts.issuing,
    intermediateExtensions(keysOf(parts.issuing), 'codeSigning'),
  );
  const stamping = await certify('stamping', parts.stamping, timestampExtensions(keysOf(parts.stamping)));
  return {
    root,
    issuing: { key: parts.issuing, chain: [issuing, root] },
    stamping: { key: parts.stamping, chain: [stamping, root] },
  };
}
