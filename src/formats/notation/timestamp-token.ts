// An RFC 3161 token beside a signature: a CMS SignedData (RFC 5652 §5) over a TSTInfo. What is proven: the token is
// over these bytes, its attributes bind the TSTInfo and the signer's certificate (RFC 5035), the signer signed
// them, and its chain leads to a root that is handed in. Revocation is not looked at here.
import { constants, hash, type KeyObject, verify } from 'node:crypto';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { checkChain, checkValidAt, isIssuedBy } from './chain.ts';
import {
  type Asn1,
  bytesOf,
  childrenOf,
  contentOf,
  integerOf,
  octetsOf,
  oidOf,
  parseDer,
  taggedOf,
} from './der.ts';
import { notationErrors } from './errors.ts';

export interface ProvenTime {
  /** The stamp's time less and more its accuracy: what was stamped existed at `latestMs`. Epoch milliseconds. */
  readonly earliestMs: number;
  readonly latestMs: number;
  /** The timestamp authority's chain, its certificate first, the trusted root last. */
  readonly chain: readonly Certificate[];
}

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
const PSS = '1.2.840.113549.1.1.10';
/** ETSI EN 319 421: a second, where the token does not say. */
const BASELINE_POLICY = '0.4.0.2023.1.1';

/** A stamp that may be further off says nothing. */
const DAY_MS = 24 * 60 * 60 * 1000;

const hashes: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
/** Signature algorithms that name their hash; the others take the signer's digest algorithm. */
const signatureHashes: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};

/**
 * What a token proves about `stamped` to who trusts `roots`; `notation.timestamp_invalid` says what does not hold.
 */
export function verifyTimestamp(
  token: Uint8Array,
  stamped: Uint8Array,
  roots: readonly Certificate[],
): ProvenTime {
  if (token.byteLength > limits.timestampTokenBytes)
    throw notationErrors.timestamp_invalid('the token is too long');
  try {
    return verifyParts(readToken(token), stamped, roots);
  } catch (cause) {
    const why = isPlimsollError(cause) ? describeError(cause) : 'it cannot be read';
    throw isPlimsollError(cause, { code: notationErrors.timestamp_invalid.code })
      ? cause
      : notationErrors.timestamp_invalid(`the timestamp does not hold: ${why}`, { cause });
  }
}

interface Token {
  readonly content: Uint8Array;
  readonly certificates: readonly Certificate[];
  readonly signer: readonly Asn1[];
}

function verifyParts(token: Token, stamped: Uint8Array, roots: readonly Certificate[]): ProvenTime {
  const stamp = readStamp(token.content);
  if (!isSame(hashBytes(stamp.hashOid, stamped), stamp.imprint)) fail('it was given for something else');
  const signer = findSigner(token);
  verifySigner(token, signer);
  const chain = buildChain(signer, [...token.certificates], roots);
  checkChain(chain, 'timestamping');
  checkValidAt(chain, stamp.timeMs);
  return { earliestMs: stamp.timeMs - stamp.accuracyMs, latestMs: stamp.timeMs + stamp.accuracyMs, chain };
}

function readToken(bytes: Uint8Array): Token {
  const [type, wrapped] = childrenOf(parseDer(bytes));
  if (oidOf(type) !== SIGNED_DATA) fail('it is not signed data');
  const fields = childrenOf(childrenOf(wrapped)[0]);
  const [contentType, content] = childrenOf(fields[2]);
  if (oidOf(contentType) !== TST_INFO) fail('it holds no TSTInfo');
  const certificates = taggedOf(fields, 0);
  const blocks = certificates === undefined ? [] : childrenOf(certificates);
  if (blocks.length > limits.notationCertificates) fail('it holds too many certificates');
  const signers = childrenOf(fields.at(-1));
  if (signers.length !== 1) fail('it is not signed by exactly one');
  return {
    content: octetsOf(childrenOf(content)[0]),
    certificates: blocks.map((block) => parseCertificate(bytesOf(block), 'a certificate of the timestamp')),
    signer: childrenOf(signers[0]),
  };
}

function readStamp(content: Uint8Array) {
  const fields = childrenOf(parseDer(content));
  const [algorithm, imprint] = childrenOf(fields[2]);
  if (integerOf(fields[0]) !== 1) fail('its TSTInfo is not of version 1');
  const time = fields[4] as (Asn1 & { toDate?: () => Date }) | undefined;
  const timeMs = time?.toDate?.().getTime() ?? Number.NaN;
  if (Number.isNaN(timeMs)) fail('it has no time');
  return {
    timeMs,
    hashOid: oidOf(childrenOf(algorithm)[0]),
    imprint: octetsOf(imprint),
    accuracyMs: readAccuracy(fields[5], oidOf(fields[1])),
  };
}

/** RFC 3161 §2.4.2: seconds, [0] milliseconds, [1] microseconds; rounded up. */
function readAccuracy(block: Asn1 | undefined, policy: string): number {
  if (block?.idBlock.tagClass !== 1 || block.idBlock.tagNumber !== 16)
    return policy === BASELINE_POLICY ? 1000 : 0;
  const parts = childrenOf(block);
  const seconds = parts.find(({ idBlock }) => idBlock.tagClass === 1);
  const small = [0, 1].map((tag) => {
    const part = taggedOf(parts, tag);
    return part === undefined ? 0 : Number.parseInt(Buffer.from(contentOf(part)).toString('hex') || '0', 16);
  });
  const [millis = 0, micros = 0] = small;
  const accuracyMs =
    (seconds === undefined ? 0 : integerOf(seconds) * 1000) + millis + Math.ceil(micros / 1000);
  return accuracyMs >= 0 && accuracyMs <= DAY_MS ? accuracyMs : fail('its accuracy is none');
}

/** By issuer and serial number, or by the subject's key identifier. */
function findSigner({ certificates, signer: [, sid] }: Token): Certificate {
  const byKey = sid?.idBlock.tagClass === 3 ? Buffer.from(contentOf(sid)).toString('hex') : undefined;
  const [issuer, serial] = byKey === undefined ? childrenOf(sid) : [];
  const found = certificates.find((certificate) =>
    byKey === undefined
      ? isSame(certificate.issuerDer, bytesOf(issuer)) && isSerial(certificate.serial, contentOf(serial))
      : certificate.subjectKeyId === byKey,
  );
  return found ?? fail('it does not hold its signer’s certificate');
}

function verifySigner({ content, signer }: Token, certificate: Certificate): void {
  const [, , digest, attributes] = signer;
  if (attributes?.idBlock.tagClass !== 3 || attributes.idBlock.tagNumber !== 0)
    fail('it has no signed attributes');
  const values = new Map(
    childrenOf(attributes).map((attribute) => {
      const [type, set] = childrenOf(attribute);
      return [oidOf(type), childrenOf(set)[0]] as const;
    }),
  );
  const digestOid = oidOf(childrenOf(digest)[0]);
  if (oidOf(values.get(CONTENT_TYPE)) !== TST_INFO) fail('its attributes are of another content');
  if (!isSame(octetsOf(values.get(MESSAGE_DIGEST)), hashBytes(digestOid, content)))
    fail('its attributes are of another time');
  if (!isBound(values, certificate))
    fail('its attributes do not name the certificate that it is signed with');
  // RFC 5652 §5.4: signed as a SET, stored under an implicit tag.
  const signed = Buffer.from(bytesOf(attributes));
  signed[0] = 0x31;
  const [algorithm] = childrenOf(signer[4]);
  const oid = oidOf(algorithm);
  const name = signatureHashes[oid] ?? hashes[digestOid];
  if (name === undefined || !isSigned(oid, name, signed, certificate.publicKey, octetsOf(signer[5])))
    fail('its signature does not hold');
}

/** RFC 5035 §3 and RFC 2634 §5.4: the first identifier is the signer's. */
function isBound(values: ReadonlyMap<string, Asn1 | undefined>, certificate: Certificate): boolean {
  const second = values.get(SIGNING_CERTIFICATE_V2);
  const [identifiers] = childrenOf(second ?? values.get(SIGNING_CERTIFICATE));
  const parts = childrenOf(childrenOf(identifiers)[0]);
  const named = parts[0]?.idBlock.tagNumber === 16;
  const name = second === undefined ? 'sha1' : named ? hashes[oidOf(childrenOf(parts[0])[0])] : 'sha256';
  return (
    name !== undefined && isSame(hash(name, certificate.der, 'buffer'), octetsOf(named ? parts[1] : parts[0]))
  );
}

function isSigned(
  oid: string,
  name: string,
  bytes: Uint8Array,
  key: KeyObject,
  signature: Uint8Array,
): boolean {
  const padding =
    oid === PSS
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
      : key.asymmetricKeyType === 'rsa'
        ? { padding: constants.RSA_PKCS1_PADDING }
        : {};
  try {
    return verify(name, bytes, { key, ...padding }, signature);
  } catch {
    return false;
  }
}

/** From the signer to one of the roots; certificates beside it may be in any order. */
function buildChain(
  signer: Certificate,
  others: Certificate[],
  roots: readonly Certificate[],
): readonly Certificate[] {
  const chain = [signer];
  while (chain.length <= limits.notationCertificates) {
    const last = chain.at(-1) as Certificate;
    if (roots.some(({ fingerprint }) => fingerprint === last.fingerprint)) return chain;
    const next =
      roots.find((root) => isIssuedBy(last, root)) ??
      others.find((other) => !chain.includes(other) && isIssuedBy(last, other));
    if (next === undefined) break;
    chain.push(next);
  }
  return fail('its chain leads to none of the trusted timestamp authorities');
}

function hashBytes(oid: string, bytes: Uint8Array): Uint8Array {
  const name = hashes[oid];
  return name === undefined ? fail(`it is made with the hash ${oid}`) : hash(name, bytes, 'buffer');
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/** Leading zeros are spelling. */
function isSerial(serial: string, bytes: Uint8Array): boolean {
  return BigInt(`0x${serial}`) === BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);
}

function fail(why: string): never {
  throw notationErrors.timestamp_invalid(`the timestamp does not hold: ${why}`);
}
