// An RFC 3161 timestamp as it is made: TSTInfo (§2.4.2) within CMS SignedData (RFC 5652 §5) with the signer's
// certificate named among what is signed (ESSCertIDv2, RFC 5816). Three steps: the statement of the time, the
// attributes that the key signs, and the answer around both. Reading one is not done here.
import { hash } from 'node:crypto';
import type { MessageHash, SignatureAlgorithm } from './algorithm.ts';
import { formatAlgorithm, formatHashAlgorithm } from './algorithm-identifier.ts';
import type { AuthorityCertificate } from './authority-certificate.ts';
import {
  type Der,
  derBits,
  derGeneralizedTime,
  derInteger,
  derOctets,
  derOid,
  derSequence,
  derSet,
  derTime,
  derUtf8,
  derWrapped,
} from './der.ts';
import { formatImprint, type TimestampRequest } from './timestamp-request.ts';

const oids = Object.freeze({
  signedData: '1.2.840.113549.1.7.2',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
});

export interface TimestampParts {
  readonly request: Pick<TimestampRequest, 'hash' | 'imprint' | 'hasNull' | 'nonce'>;
  /** OID of what the authority promises; the one that the client insisted on, where it did. */
  readonly policy: string;
  readonly serial: Uint8Array;
  /** Written to the second, rounded down, with an accuracy of one second. */
  readonly timeMs: number;
}

/** TSTInfo: that the hash was there at the time. */
export function formatTimeStatement({ request, policy, serial, timeMs }: TimestampParts): Der {
  return derSequence(
    derInteger(1),
    derOid(policy),
    formatImprint(request),
    derInteger(serial),
    derGeneralizedTime(timeMs),
    derSequence(derInteger(1)),
    ...(request.nonce === undefined ? [] : [request.nonce]),
  );
}

export interface SignedAttributes {
  /** The SET to be signed. */
  readonly signed: Der;
  /** Its elements, as the answer holds them. */
  readonly elements: readonly Der[];
}

/** What the key signs: the statement's hash, and by whose certificate. */
export function formatSignedAttributes(parts: {
  readonly statement: Der;
  readonly hash: MessageHash;
  readonly timeMs: number;
  readonly certificate: Uint8Array;
}): SignedAttributes {
  const attribute = (oid: string, value: Der): Der => derSequence(derOid(oid), derSet(value));
  const digest = hash(parts.hash, parts.statement, 'buffer');
  const certificateHash = hash('sha256', parts.certificate, 'buffer');
  const elements = [
    attribute(oids.contentType, derOid(oids.tstInfo)),
    attribute(oids.signingTime, derTime(parts.timeMs)),
    attribute(oids.messageDigest, derOctets(digest)),
    // SHA-256 is the default of ESSCertIDv2 and so not written.
    attribute(oids.signingCertificateV2, derSequence(derSequence(derSequence(derOctets(certificateHash))))),
  ].toSorted((one, other) => Buffer.compare(one, other));
  return { signed: derSet(...elements), elements };
}

/** TimeStampResp with the token in it. */
export function formatTimestampResponse(parts: {
  readonly statement: Der;
  readonly attributes: SignedAttributes;
  readonly hash: MessageHash;
  readonly algorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
  readonly signer: Pick<AuthorityCertificate, 'issuer' | 'serial'>;
  /** DER of those that the token holds, if any. */
  readonly certificates: readonly Uint8Array[];
}): Der {
  const { signer, attributes } = parts;
  const signerInfo = derSequence(
    derInteger(1),
    derSequence(signer.issuer, derInteger(signer.serial)),
    formatHashAlgorithm(parts.hash),
    derWrapped(0, ...attributes.elements),
    formatAlgorithm(parts.algorithm),
    derOctets(parts.signature),
  );
  const signedData = derSequence(
    derInteger(3),
    derSet(formatHashAlgorithm(parts.hash)),
    derSequence(derOid(oids.tstInfo), derWrapped(0, derOctets(parts.statement))),
    ...(parts.certificates.length === 0 ? [] : [derWrapped(0, ...parts.certificates)]),
    derSet(signerInfo),
  );
  const token = derSequence(derOid(oids.signedData), derWrapped(0, signedData));
  return derSequence(derSequence(derInteger(0)), token);
}

/** Bits of PKIFailureInfo (RFC 3161 §2.4.2). */
const failures = Object.freeze({
  badAlgorithm: 0,
  badDataFormat: 5,
  unacceptedPolicy: 15,
  systemFailure: 25,
});

/** TimeStampResp that refuses, with a sentence for who reads it. */
export function formatTimestampRefusal(why: keyof typeof failures, sentence: string): Der {
  const bit = failures[why];
  const bytes = new Uint8Array(Math.floor(bit / 8) + 1);
  bytes[bytes.length - 1] = 0x80 >> (bit % 8);
  const REJECTION = 2;
  return derSequence(
    derSequence(derInteger(REJECTION), derSequence(derUtf8(sentence)), derBits(bytes, 7 - (bit % 8))),
  );
}
