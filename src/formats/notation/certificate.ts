// An X.509 certificate as far as the Notary Project looks at it (RFC 5280 §4). Keys and signatures are the
// platform's; the three extensions that are honoured are read here, since the platform does not say whether they
// are critical. Nothing is judged: `chain.ts` does.
import { hash, type KeyObject, X509Certificate } from 'node:crypto';
import { limits } from '../../kit/limits.ts';
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
import { type NameAttribute, readName } from './name.ts';

export interface Certificate {
  readonly der: Uint8Array;
  /** SHA-256 of it, lower-case hex. */
  readonly fingerprint: string;
  readonly subject: readonly NameAttribute[];
  /** The subject for people. */
  readonly subjectText: string;
  readonly subjectDer: Uint8Array;
  readonly issuerDer: Uint8Array;
  /** Lower-case hex. */
  readonly serial: string;
  /** Epoch milliseconds, both inclusive. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly publicKey: KeyObject;
  /** OID of the algorithm it is signed with. */
  readonly signatureOid: string;
  /** Bit numbers of RFC 5280 §4.2.1.3. */
  readonly keyUsage?: { readonly critical: boolean; readonly bits: ReadonlySet<number> };
  readonly extendedKeyUsage?: { readonly critical: boolean; readonly oids: readonly string[] };
  readonly basicConstraints?: {
    readonly critical: boolean;
    readonly ca: boolean;
    readonly pathLength?: number;
  };
  /** Lower-case hex. */
  readonly subjectKeyId?: string;
  /** Whether it says where its revocation would be announced, by OCSP or a CRL. */
  readonly namesRevocation: boolean;
  readonly handle: X509Certificate;
}

const KEY_USAGE = '2.5.29.15';
const BASIC_CONSTRAINTS = '2.5.29.19';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SUBJECT_KEY_ID = '2.5.29.14';
const CRL_POINTS = '2.5.29.31';
const AUTHORITY_ACCESS = '1.3.6.1.5.5.7.1.1';
const OCSP = '1.3.6.1.5.5.7.48.1';

/** One certificate of DER; `notation.certificate_invalid` says `where` it was. */
export function parseCertificate(der: Uint8Array, where: string): Certificate {
  if (der.byteLength > limits.certificateBytes)
    throw notationErrors.certificate_invalid(
      `${where} has ${der.byteLength} bytes; a certificate has at most ${limits.certificateBytes}`,
    );
  try {
    return readCertificate(der);
  } catch (cause) {
    throw notationErrors.certificate_invalid(`${where} is not an X.509 certificate that can be read`, {
      cause,
    });
  }
}

/** All certificates of a PEM text, or the one of DER, in their order; at least one. */
export function parseCertificates(bytes: Uint8Array, where: string): readonly Certificate[] {
  const text = Buffer.from(bytes).toString('latin1');
  if (!text.includes('-----BEGIN')) return [parseCertificate(bytes, where)];
  const blocks = [
    ...text.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g),
  ];
  if (blocks.length === 0 || blocks.length > limits.notationCertificates)
    throw notationErrors.certificate_invalid(
      `${where} does not hold 1 to ${limits.notationCertificates} certificates in PEM`,
    );
  return blocks.map(([, body = ''], position) =>
    parseCertificate(Buffer.from(body, 'base64'), `certificate ${position + 1} of ${where}`),
  );
}

function readCertificate(der: Uint8Array): Certificate {
  const handle = new X509Certificate(der);
  const [tbs, algorithm] = childrenOf(parseDer(der));
  const fields = childrenOf(tbs);
  // Version is a context tag, and absent in version 1.
  const [, , issuer, , subject] = taggedOf(fields.slice(0, 1), 0) === undefined ? fields : fields.slice(1);
  const extensions = readExtensions(taggedOf(fields, 3));
  const notBeforeMs = handle.validFromDate.getTime();
  const notAfterMs = handle.validToDate.getTime();
  if (Number.isNaN(notBeforeMs) || Number.isNaN(notAfterMs)) throw new TypeError('no time of validity');
  return {
    der,
    fingerprint: hash('sha256', der),
    subject: readName(subject),
    subjectText: handle.subject?.replaceAll('\n', ', ') || 'an empty name',
    subjectDer: bytesOf(subject),
    issuerDer: bytesOf(issuer),
    serial: handle.serialNumber.toLowerCase(),
    notBeforeMs,
    notAfterMs,
    publicKey: handle.publicKey,
    signatureOid: oidOf(childrenOf(algorithm)[0]),
    ...readHonoured(extensions),
    handle,
  };
}

interface Extension {
  readonly critical: boolean;
  readonly value: Asn1;
}

function readExtensions(tagged: Asn1 | undefined): ReadonlyMap<string, Extension> {
  const found = new Map<string, Extension>();
  if (tagged === undefined) return found;
  for (const block of childrenOf(childrenOf(tagged)[0])) {
    const parts = childrenOf(block);
    const oid = oidOf(parts[0]);
    // RFC 5280 §4.2: no more than one instance; two readers would choose differently.
    if (found.has(oid)) throw new TypeError(`the extension ${oid} stands twice`);
    const honoured = [
      KEY_USAGE,
      BASIC_CONSTRAINTS,
      EXTENDED_KEY_USAGE,
      SUBJECT_KEY_ID,
      CRL_POINTS,
      AUTHORITY_ACCESS,
    ];
    if (!honoured.includes(oid)) continue;
    const critical = parts.length === 3 && bytesOf(parts[1]).at(-1) !== 0;
    found.set(oid, { critical, value: parseDer(octetsOf(parts.at(-1))) });
  }
  return found;
}

function readHonoured(extensions: ReadonlyMap<string, Extension>) {
  const usage = extensions.get(KEY_USAGE);
  const extended = extensions.get(EXTENDED_KEY_USAGE);
  const constraints = extensions.get(BASIC_CONSTRAINTS);
  const keyId = extensions.get(SUBJECT_KEY_ID);
  const access = extensions.get(AUTHORITY_ACCESS);
  return {
    ...(usage && { keyUsage: { critical: usage.critical, bits: readBits(usage.value) } }),
    ...(extended && {
      extendedKeyUsage: { critical: extended.critical, oids: childrenOf(extended.value).map(oidOf) },
    }),
    ...(constraints && {
      basicConstraints: { critical: constraints.critical, ...readConstraints(constraints.value) },
    }),
    ...(keyId && { subjectKeyId: Buffer.from(octetsOf(keyId.value)).toString('hex') }),
    namesRevocation:
      extensions.has(CRL_POINTS) ||
      (access !== undefined && childrenOf(access.value).some((item) => oidOf(childrenOf(item)[0]) === OCSP)),
  };
}

function readConstraints(value: Asn1): { readonly ca: boolean; readonly pathLength?: number } {
  const parts = childrenOf(value);
  const hasFlag = parts[0]?.idBlock.tagNumber === 1;
  const length = hasFlag ? parts[1] : parts[0];
  return {
    ca: hasFlag && bytesOf(parts[0]).at(-1) !== 0,
    ...(length === undefined ? {} : { pathLength: integerOf(length) }),
  };
}

/** Bits of a BIT STRING that are set, the first is 0. */
function readBits(value: Asn1): ReadonlySet<number> {
  const { tagClass, tagNumber, isConstructed } = value.idBlock;
  if (tagClass !== 1 || tagNumber !== 3 || isConstructed) throw new TypeError('no bit string');
  // The first octet counts the bits that are unused at the end; they are zero.
  const bytes = contentOf(value).subarray(1);
  const set = new Set<number>();
  for (const [index, byte] of bytes.entries())
    for (let bit = 0; bit < 8; bit += 1) if (byte & (0x80 >> bit)) set.add(index * 8 + bit);
  return set;
}
