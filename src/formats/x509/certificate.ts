// X.509 certificates (RFC 5280 §4), as far as judging a signature needs them. Parsing proves nothing: who signed
// it, for which time, and for what, is judged in engines/verify. Unknown critical extensions are named, so that
// the judge can refuse them.
import { limits } from '../../kit/limits.ts';
import {
  type Asn1Node,
  asn1Tags,
  formatAsn1,
  parseAsn1,
  type Refusal,
  readBitNumbers,
  readBits,
  readCount,
  readOid,
  readSerial,
  readTime,
} from './asn1.ts';
import { x509Errors } from './errors.ts';

export interface Certificate {
  readonly raw: Uint8Array;
  /** The signed part, as it came. */
  readonly tbs: Uint8Array;
  /** Lower-case hex without leading zeros. */
  readonly serial: string;
  /** DER of the names. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Both inclusive. */
  readonly startsAt: Date;
  readonly endsAt: Date;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
  /** Dotted. */
  readonly signatureAlgorithm: string;
  readonly extensions: ReadonlyMap<string, Extension>;
  readonly isAuthority: boolean;
  /** How many authorities may stand below this one; absent is any number. */
  readonly pathLength?: number;
  /** Bit names of RFC 5280 §4.2.1.3; undefined where it does not say. */
  readonly keyUsage?: {
    readonly canSign: boolean;
    readonly canCertify: boolean;
    /** By their numbers there. */
    readonly bits: ReadonlySet<number>;
  };
  /** Dotted; undefined where it does not say. */
  readonly purposes?: readonly string[];
  readonly names: readonly AlternativeName[];
}

export interface Extension {
  readonly isCritical: boolean;
  /** What stands in its OCTET STRING. */
  readonly value: Uint8Array;
}

export interface AlternativeName {
  readonly kind: 'uri' | 'email' | 'dns' | 'other';
  readonly text: string;
}

const OID = Object.freeze({
  keyUsage: '2.5.29.15',
  alternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  purposes: '2.5.29.37',
  timestamps: '1.3.6.1.4.1.11129.2.4.2',
});

/** Numbers of the bits of key usage that are asked for here. */
const DIGITAL_SIGNATURE = 0;
const CERTIFICATE_SIGN = 5;

/** Fulcio's name that is neither address nor URI (`OtherName`, fulcio docs/oid-info.md). */
const FULCIO_NAME = '1.3.6.1.4.1.57264.1.7';

/** `x509.certificate_invalid`. At most `limits.certificateBytes`. */
export function parseCertificate(der: Uint8Array): Certificate {
  const root = parseAsn1(der, refuse, limits.certificateBytes);
  const [tbs, algorithm, signature] = expect(root, asn1Tags.sequence, 'the certificate').children;
  if (tbs?.tag !== asn1Tags.sequence) throw refuse('it has no signed part');
  const fields = tbs.children[0]?.tag === 0xa0 ? tbs.children.slice(1) : tbs.children;
  const [serial, inner, issuer, validity, subject, publicKey, ...rest] = fields;
  const signatureBytes = readBits(signature);
  const signatureAlgorithm = readOid(algorithm?.children[0]);
  const [startsAt, endsAt] = [readTime(validity?.children[0]), readTime(validity?.children[1])];
  const serialText = readSerial(serial);
  if (serialText === undefined) throw refuse('it has no serial number');
  if (issuer === undefined || subject === undefined || publicKey === undefined)
    throw refuse('it lacks its issuer, subject or key');
  if (startsAt === undefined || endsAt === undefined) throw refuse('it does not say when it is valid');
  if (signatureBytes === undefined || signatureAlgorithm === undefined) throw refuse('it has no signature');
  // RFC 5280 §4.1.1.2: what stands outside the signed part must be what stands inside.
  if (algorithm === undefined || inner === undefined || !isSame(algorithm.raw, inner.raw))
    throw refuse('it names two different algorithms for its signature');
  const extensions = readExtensions(rest.find(({ tag }) => tag === 0xa3)?.children[0], refuse);
  return {
    raw: root.raw,
    tbs: tbs.raw,
    serial: serialText,
    issuer: issuer.raw,
    subject: subject.raw,
    startsAt,
    endsAt,
    publicKey: publicKey.raw,
    signature: signatureBytes,
    signatureAlgorithm,
    extensions,
    ...readConstraints(extensions),
    ...readKeyUsage(extensions),
    ...readPurposes(extensions),
    names: readNames(extensions),
  };
}

/** The serial number's bytes, as `derInteger` takes them. */
export function serialBytesOf({ serial }: Pick<Certificate, 'serial'>): Uint8Array {
  return Buffer.from(serial.length % 2 === 0 ? serial : `0${serial}`, 'hex');
}

/** The signed part without its certificate timestamps, which is what a certificate log signed (RFC 6962 §3.2). */
export function withoutTimestamps({ tbs }: Certificate): Uint8Array {
  const root = parseAsn1(tbs, refuse, limits.certificateBytes);
  const parts = root.children.map((child) => {
    if (child.tag !== 0xa3) return child.raw;
    const kept = (child.children[0]?.children ?? []).filter(
      (one) => readOid(one.children[0]) !== OID.timestamps,
    );
    return formatAsn1(0xa3, [
      formatAsn1(
        asn1Tags.sequence,
        kept.map(({ raw }) => raw),
      ),
    ]);
  });
  return formatAsn1(asn1Tags.sequence, parts);
}

/** Extensions (RFC 5280 §4.1) by their OIDs, each once; empty where there is no list. Throws what `refuse` makes. */
export function readExtensions(list: Asn1Node | undefined, refuse: Refusal): ReadonlyMap<string, Extension> {
  const extensions = new Map<string, Extension>();
  for (const one of list?.children ?? []) {
    const oid = readOid(one.children[0]);
    const value = one.children.at(-1);
    if (oid === undefined || value?.tag !== asn1Tags.octets)
      throw refuse('one of its extensions is not readable');
    if (extensions.has(oid)) throw refuse(`it has the extension ${oid} twice`);
    const flag = one.children.length === 3 ? one.children[1] : undefined;
    extensions.set(oid, { isCritical: flag !== undefined && flag.content[0] !== 0, value: value.content });
  }
  return extensions;
}

function readConstraints(
  extensions: ReadonlyMap<string, Extension>,
): Pick<Certificate, 'isAuthority' | 'pathLength'> {
  const value = openExtension(extensions, OID.basicConstraints);
  const [flag, length] = value?.children ?? [];
  const isAuthority = flag?.tag === asn1Tags.boolean && flag.content[0] === 0xff;
  // X.690 §11.1: another reader might take any other byte for a yes.
  if (flag?.tag === asn1Tags.boolean && !isAuthority && flag.content[0] !== 0)
    throw refuse('whether it is an authority’s is not said in DER');
  if (!isAuthority || length === undefined) return { isAuthority };
  const pathLength = readCount(length);
  if (pathLength === undefined) throw refuse('its path length is not a number that can be');
  return { isAuthority, pathLength };
}

function readKeyUsage(extensions: ReadonlyMap<string, Extension>): Pick<Certificate, 'keyUsage'> {
  const value = openExtension(extensions, OID.keyUsage);
  if (value === undefined) return {};
  const bits = readBitNumbers(value);
  if (bits === undefined) throw refuse('its key usage is not readable');
  return { keyUsage: { canSign: bits.has(DIGITAL_SIGNATURE), canCertify: bits.has(CERTIFICATE_SIGN), bits } };
}

function readPurposes(extensions: ReadonlyMap<string, Extension>): Pick<Certificate, 'purposes'> {
  const value = openExtension(extensions, OID.purposes);
  if (value === undefined) return {};
  return { purposes: value.children.map((one) => readOid(one) ?? '') };
}

function readNames(extensions: ReadonlyMap<string, Extension>): readonly AlternativeName[] {
  const kinds: Readonly<Record<number, AlternativeName['kind']>> = { 129: 'email', 130: 'dns', 134: 'uri' };
  return (openExtension(extensions, OID.alternativeName)?.children ?? []).flatMap(
    (one): AlternativeName[] => {
      const kind = kinds[one.tag];
      // Names are IA5: a byte above 127 could look like a letter that it is not.
      if (kind !== undefined) return [{ kind, text: Buffer.from(one.content).toString('latin1') }];
      const isFulcio = one.tag === 0xa0 && readOid(one.children[0]) === FULCIO_NAME;
      const inner = isFulcio ? one.children[1]?.children[0] : undefined;
      return inner === undefined
        ? []
        : [{ kind: 'other', text: Buffer.from(inner.content).toString('utf8') }];
    },
  );
}

/** The one value in an extension; undefined where there is none. `x509.certificate_invalid` */
export function openExtension(extensions: ReadonlyMap<string, Extension>, oid: string): Asn1Node | undefined {
  const found = extensions.get(oid);
  return found && parseAsn1(found.value, refuse, limits.certificateBytes);
}

function expect(node: Asn1Node, tag: number, what: string): Asn1Node {
  if (node.tag !== tag) throw refuse(`${what} is not a sequence`);
  return node;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

function refuse(why: string): Error {
  return x509Errors.certificate_invalid(`this is not a readable certificate: ${why}`);
}
