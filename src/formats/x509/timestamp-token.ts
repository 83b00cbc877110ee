// RFC 3161 timestamps: a response (§2.4.2) or the bare token, a CMS SignedData (RFC 5652 §5) around TSTInfo. Only
// read here: whose signature it is, and whether that authority is trusted, is judged in engines/verify.
import { limits } from '../../kit/limits.ts';
import { type Asn1Node, asn1Tags, formatAsn1, parseAsn1, readOid, readTime } from './asn1.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { x509Errors } from './errors.ts';

export interface TimestampToken {
  /** The token itself, without the response around it. */
  readonly token: Uint8Array;
  readonly time: Date;
  /** Of what was stamped; `algorithm` dotted. */
  readonly imprint: { readonly algorithm: string; readonly hash: Uint8Array };
  /** Of who asked, as an INTEGER's content; undefined where it asked without one. */
  readonly nonce?: Uint8Array;
  /** TSTInfo as it was signed over. */
  readonly content: Uint8Array;
  readonly signer: {
    /** DER of the issuer's name, and the serial in hex without leading zeros; undefined where a key id is given. */
    readonly issuer?: Uint8Array;
    readonly serial?: string;
    readonly keyId?: Uint8Array;
  };
  readonly digestAlgorithm: string;
  readonly signatureAlgorithm: string;
  /** The signed attributes as SET OF, which is what the signature is over; undefined where there are none. */
  readonly signedAttributes?: Uint8Array;
  /** From the signed attributes. */
  readonly contentType?: string;
  readonly contentHash?: Uint8Array;
  /** Hash of the signer's certificate (ESSCertID, RFC 5816: SHA-256 unless the algorithm is named). */
  readonly certificateHash?: { readonly algorithm: string; readonly hash: Uint8Array };
  readonly signature: Uint8Array;
  /** What the token brings along; not trusted by that. */
  readonly certificates: readonly Certificate[];
}

const OID = Object.freeze({
  signedData: '1.2.840.113549.1.7.2',
  timestampContent: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
});

/** The content type that a token's signed attributes must name. */
export const timestampContentType = OID.timestampContent;

/** `x509.timestamp_invalid`, also where the authority refused. At most `limits.timestampBytes`. */
export function parseTimestampToken(bytes: Uint8Array): TimestampToken {
  const root = parseAsn1(bytes, x509Errors.timestamp_invalid, limits.timestampBytes);
  const contentInfo = openResponse(root);
  const [type, wrapped] = contentInfo.children;
  const signedData = wrapped?.children[0];
  if (readOid(type) !== OID.signedData || signedData === undefined)
    throw refuse('it is not a signed message');
  const [, , encapsulated, ...rest] = signedData.children;
  const content = encapsulated?.children[1]?.children[0];
  if (readOid(encapsulated?.children[0]) !== OID.timestampContent || content?.tag !== asn1Tags.octets)
    throw refuse('what it signs is not a timestamp');
  const signers = rest.at(-1);
  const [signer] = signers?.children ?? [];
  if (signers?.tag !== asn1Tags.set || signer === undefined || signers.children.length !== 1)
    throw refuse('it is not signed by exactly one authority');
  return {
    token: contentInfo.raw,
    ...readContent(content.content),
    content: content.content,
    ...readSigner(signer),
    certificates: readCertificates(rest.find(({ tag }) => tag === 0xa0)),
  };
}

function openResponse(root: Asn1Node): Asn1Node {
  const [first, token] = root.children;
  if (first?.tag !== asn1Tags.sequence) return root;
  const status = first.children[0];
  const code = status?.tag === asn1Tags.integer ? status.content[0] : undefined;
  // 0 granted, 1 granted with modifications (§2.4.2).
  if ((code !== 0 && code !== 1) || status?.content.byteLength !== 1 || token === undefined)
    throw refuse(`the authority did not grant it (status ${code ?? 'missing'})`);
  return token;
}

function readContent(bytes: Uint8Array): Pick<TimestampToken, 'time' | 'imprint' | 'nonce'> {
  const { children } = parseAsn1(bytes, x509Errors.timestamp_invalid, limits.timestampBytes);
  const [version, , imprint, , time, ...optional] = children;
  const nonce = optional.find(({ tag }) => tag === asn1Tags.integer)?.content;
  const algorithm = readOid(imprint?.children[0]?.children[0]);
  const hash = imprint?.children[1];
  const at = readTime(time);
  if (
    version?.content[0] !== 1 ||
    algorithm === undefined ||
    hash?.tag !== asn1Tags.octets ||
    at === undefined
  )
    throw refuse('its content has no version 1, imprint and time');
  return {
    time: at,
    imprint: { algorithm, hash: hash.content },
    ...(nonce === undefined ? {} : { nonce }),
  };
}

type Signer = Omit<TimestampToken, 'token' | 'time' | 'imprint' | 'nonce' | 'content' | 'certificates'>;

function readSigner(signer: Asn1Node): Signer {
  const [, sid, digest, ...rest] = signer.children;
  const attributes = rest[0]?.tag === 0xa0 ? rest[0] : undefined;
  const [algorithm, signature] = attributes === undefined ? rest : rest.slice(1);
  const digestAlgorithm = readOid(digest?.children[0]);
  const signatureAlgorithm = readOid(algorithm?.children[0]);
  if (sid === undefined || digestAlgorithm === undefined || signatureAlgorithm === undefined)
    throw refuse('its signer is not readable');
  if (signature?.tag !== asn1Tags.octets) throw refuse('it has no signature');
  return {
    signer: readSignerId(sid),
    digestAlgorithm,
    signatureAlgorithm,
    ...(attributes === undefined ? {} : readAttributes(attributes)),
    signature: signature.content,
  };
}

function readSignerId(sid: Asn1Node): TimestampToken['signer'] {
  if (sid.tag === 0x80) return { keyId: sid.content };
  const [issuer, serial] = sid.children;
  if (issuer === undefined || serial?.tag !== asn1Tags.integer) throw refuse('its signer is not named');
  return {
    issuer: issuer.raw,
    serial: Buffer.from(serial.content)
      .toString('hex')
      .replace(/^0+(?=.)/, ''),
  };
}

function readAttributes(
  attributes: Asn1Node,
): Pick<TimestampToken, 'signedAttributes' | 'contentType' | 'contentHash' | 'certificateHash'> {
  const byOid = new Map<string, Asn1Node>();
  for (const one of attributes.children) {
    const oid = readOid(one.children[0]);
    const values = one.children[1]?.children ?? [];
    // RFC 5652 §11: these attributes have exactly one value, and stand once.
    if (oid === undefined || byOid.has(oid) || values[0] === undefined)
      throw refuse('its signed attributes are not readable, or one stands twice');
    byOid.set(oid, values[0]);
  }
  const contentType = readOid(byOid.get(OID.contentType));
  const hash = byOid.get(OID.messageDigest);
  const certificateHash = readCertificateHash(byOid);
  return {
    // RFC 5652 §5.4: signed over as SET OF, though written with a context tag.
    signedAttributes: formatAsn1(asn1Tags.set, [attributes.content]),
    ...(contentType === undefined ? {} : { contentType }),
    ...(hash?.tag === asn1Tags.octets ? { contentHash: hash.content } : {}),
    ...(certificateHash === undefined ? {} : { certificateHash }),
  };
}

function readCertificateHash(byOid: ReadonlyMap<string, Asn1Node>): TimestampToken['certificateHash'] {
  const second = byOid.get(OID.signingCertificateV2)?.children[0]?.children[0];
  if (second !== undefined) {
    const [first, other] = second.children;
    if (first?.tag === asn1Tags.octets) return { algorithm: OID.sha256, hash: first.content };
    const algorithm = readOid(first?.children[0]);
    if (algorithm === undefined || other?.tag !== asn1Tags.octets)
      throw refuse('the name of its signing certificate is not readable');
    return { algorithm, hash: other.content };
  }
  const old = byOid.get(OID.signingCertificate)?.children[0]?.children[0]?.children[0];
  return old?.tag === asn1Tags.octets ? { algorithm: OID.sha1, hash: old.content } : undefined;
}

function readCertificates(list: Asn1Node | undefined): readonly Certificate[] {
  const found = (list?.children ?? []).filter(({ tag }) => tag === asn1Tags.sequence);
  if (found.length > limits.certificateChain)
    throw refuse(`it brings more than ${limits.certificateChain} certificates`);
  return found.map(({ raw }) => parseCertificate(raw));
}

function refuse(why: string): Error {
  return x509Errors.timestamp_invalid(`this is not a readable timestamp: ${why}`);
}
