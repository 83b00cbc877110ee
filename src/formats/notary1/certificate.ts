// The certificates of a key: `ecdsa-x509` and `rsa-x509` keys are PEM texts of a leaf and, after it, what issued it.
// Read with Node's own X.509. Nothing is judged here; which of them count is a rule of trust (engines/dct).
import { X509Certificate } from 'node:crypto';
import { limits } from '../../kit/limits.ts';

export interface RoleCertificate {
  /** SHA-256 of the DER, hex. */
  readonly fingerprint: string;
  /** The last common name, as Go takes it; in a root it is the repository. */
  readonly commonName?: string;
  /** As OpenSSL spells it, one attribute a line. */
  readonly subject: string;
  readonly issuer: string;
  /** Epoch milliseconds. */
  readonly validFrom: number;
  readonly validUntil: number;
  readonly isAuthority: boolean;
  /** Signed with SHA-1, which Notary refuses. */
  readonly isSha1: boolean;
  readonly keyType: 'ecdsa' | 'rsa' | 'other';
  /** RSA alone. */
  readonly modulusBits?: number;
  readonly der: Uint8Array;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----\r?\n([A-Za-z0-9+/=\r\n]*)-----END \1-----/g;
/** sha1WithRSAEncryption, dsa-with-sha1, ecdsa-with-SHA1. */
const SHA1 = Object.freeze(['1.2.840.113549.1.1.5', '1.2.840.10040.4.3', '1.2.840.10045.4.1']);

/** In the order of the text; undefined where there is none, one cannot be read, or there is another thing. */
export function readCertificates(pem: Uint8Array): readonly RoleCertificate[] | undefined {
  const certificates: RoleCertificate[] = [];
  for (const [, type, body = ''] of Buffer.from(pem).toString('latin1').matchAll(BLOCK)) {
    if (type !== 'CERTIFICATE' || certificates.length >= limits.trustCertificates) return undefined;
    const certificate = readCertificate(Buffer.from(body, 'base64'));
    if (certificate === undefined) return undefined;
    certificates.push(certificate);
  }
  return certificates.length === 0 ? undefined : certificates;
}

/** The first one, whatever follows it: the one that signatures are checked with. */
export function readFirstCertificate(pem: Uint8Array): RoleCertificate | undefined {
  for (const [, type, body = ''] of Buffer.from(pem).toString('latin1').matchAll(BLOCK))
    if (type === 'CERTIFICATE') return readCertificate(Buffer.from(body, 'base64'));
  return undefined;
}

function readCertificate(der: Uint8Array): RoleCertificate | undefined {
  try {
    const found = new X509Certificate(der);
    const names: string | string[] | undefined = found.toLegacyObject().subject?.CN;
    const commonName = Array.isArray(names) ? names.at(-1) : names;
    const type = found.publicKey.asymmetricKeyType;
    const modulusBits = found.publicKey.asymmetricKeyDetails?.modulusLength;
    return {
      fingerprint: found.fingerprint256.replaceAll(':', '').toLowerCase(),
      ...(commonName === undefined ? {} : { commonName }),
      subject: found.subject ?? '',
      issuer: found.issuer ?? '',
      validFrom: found.validFromDate.getTime(),
      validUntil: found.validToDate.getTime(),
      isAuthority: found.ca,
      isSha1: SHA1.includes(found.signatureAlgorithmOid),
      keyType: type === 'ec' ? 'ecdsa' : type === 'rsa' ? 'rsa' : 'other',
      ...(modulusBits === undefined ? {} : { modulusBits }),
      der: found.raw,
      publicKey: found.publicKey.export({ format: 'der', type: 'spki' }),
    };
  } catch {
    // Whatever OpenSSL does not take, a signature cannot be checked with.
    return undefined;
  }
}

/** As Go's encoding/pem writes them: the id of a root's key is that of this text. */
export function formatCertificates(ders: readonly Uint8Array[]): Uint8Array {
  const blocks = ders.map((der) => {
    const lines =
      Buffer.from(der)
        .toString('base64')
        .match(/.{1,64}/g) ?? [];
    return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
  });
  return Buffer.from(blocks.join(''), 'latin1');
}
