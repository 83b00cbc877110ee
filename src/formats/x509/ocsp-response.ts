// What an OCSP responder answers (RFC 6960 §4.2): by whom it is signed, and of each certificate that it speaks of the
// state and the times. Parsing proves nothing: whether the responder may speak for the issuer, whether the answer
// is of now and of the certificate that was asked about, is judged in engines/notation.
import { limits } from '../../kit/limits.ts';
import { type Asn1Node, asn1Tags, parseAsn1, readBits, readOid, readSerial, readTime } from './asn1.ts';
import { type Extension, readExtensions } from './certificate.ts';
import { x509Errors } from './errors.ts';
import { type RevocationEntry, readInvalidity, readReason, revocationOids } from './revocation-entry.ts';
import type { SignedPart } from './signed-part.ts';

export interface OcspResponse {
  readonly signed: SignedPart;
  readonly responder:
    | { readonly kind: 'name' /** DER. */; readonly name: Uint8Array }
    | { readonly kind: 'key' /** SHA-1 of the key's bits. */; readonly keyHash: Uint8Array };
  readonly answers: readonly OcspAnswer[];
  /** DER of certificates that came with it; not trusted by that. */
  readonly certificates: readonly Uint8Array[];
  /** OIDs of critical extensions, of which none is understood. */
  readonly unknownCritical: readonly string[];
}

export interface OcspAnswer {
  readonly hashAlgorithm: string;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  /** As `readSerial` has it. */
  readonly serial: string;
  readonly state: 'good' | 'unknown' | RevocationEntry;
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
}

const BASIC = '1.3.6.1.5.5.7.48.1.1';

/** OCSPResponseStatus (§4.2.1) but for 0, by number. */
const refusals: Readonly<Record<number, string>> = {
  1: 'the question is malformed',
  2: 'the responder has an error of its own',
  3: 'the responder asks to try later',
  5: 'the responder wants signed questions',
  6: 'the responder does not answer about this certificate',
};

/** One OCSPResponse of DER; `x509.ocsp_invalid`, also where it only says why there is no answer. */
export function parseOcspResponse(bytes: Uint8Array): OcspResponse {
  const [status, wrapped] = open(bytes, limits.ocspAnswerBytes).children;
  const code = status?.tag === asn1Tags.enumerated ? status.content[0] : undefined;
  if (code !== 0 || status?.content.byteLength !== 1)
    throw x509Errors.ocsp_invalid(`there is no answer: ${refusals[code ?? -1] ?? 'its status is none'}`);
  const [type, octets] = wrapped?.children[0]?.children ?? [];
  if (readOid(type) !== BASIC || octets?.tag !== asn1Tags.octets) throw refuse('it is of no known type');
  const [data, algorithm, signature, ...rest] = open(octets.content).children;
  const signatureBytes = readBits(signature);
  if (data?.tag !== asn1Tags.sequence || algorithm === undefined || signatureBytes === undefined)
    throw refuse('it has no signed part, algorithm and signature');
  const certificates = rest.find(({ tag }) => tag === 0xa0)?.children[0]?.children ?? [];
  if (certificates.length > limits.certificateChain)
    throw refuse(`it brings more than ${limits.certificateChain} certificates`);
  return {
    signed: { bytes: data.raw, algorithm, signature: signatureBytes },
    ...readData(data),
    certificates: certificates.map(({ raw }) => raw),
  };
}

function readData({ children }: Asn1Node): Pick<OcspResponse, 'responder' | 'answers' | 'unknownCritical'> {
  const fields = children[0]?.tag === 0xa0 ? children.slice(1) : children;
  const [responder, producedAt, list, wrapped] = fields;
  if (responder === undefined || readTime(producedAt) === undefined || list?.tag !== asn1Tags.sequence)
    throw refuse('it does not say by whom and when it was made');
  const read = list.children.map(readAnswer);
  return {
    responder: readResponder(responder),
    answers: read.map(({ answer }) => answer),
    unknownCritical: [
      ...criticalOf(readExtensions(wrapped?.children[0], refuse)),
      ...read.flatMap(({ critical }) => critical),
    ],
  };
}

function readResponder({ tag, children: [value] }: Asn1Node): OcspResponse['responder'] {
  if (tag === 0xa1 && value?.tag === asn1Tags.sequence) return { kind: 'name', name: value.raw };
  if (tag === 0xa2 && value?.tag === asn1Tags.octets) return { kind: 'key', keyHash: value.content };
  throw refuse('its responder is not named');
}

function readAnswer({ children: [id, status, time, ...rest] }: Asn1Node): {
  readonly answer: OcspAnswer;
  readonly critical: readonly string[];
} {
  const [algorithm, nameHash, keyHash, number] = id?.children ?? [];
  const hashAlgorithm = readOid(algorithm?.children[0]);
  const serial = readSerial(number);
  const thisUpdate = readTime(time);
  if (
    hashAlgorithm === undefined ||
    nameHash?.tag !== asn1Tags.octets ||
    keyHash?.tag !== asn1Tags.octets ||
    serial === undefined
  )
    throw refuse('it does not name the certificate that it is about');
  if (thisUpdate === undefined || status === undefined) throw refuse('it has no state and time');
  const next = rest.find(({ tag }) => tag === 0xa0);
  const nextUpdate = readTime(next?.children[0]);
  if (next !== undefined && nextUpdate === undefined) throw refuse('its time of the next update is none');
  const extensions = readExtensions(rest.find(({ tag }) => tag === 0xa1)?.children[0], refuse);
  const answer = {
    hashAlgorithm,
    issuerNameHash: nameHash.content,
    issuerKeyHash: keyHash.content,
    serial,
    state: readState(status, extensions),
    thisUpdate,
    ...(nextUpdate === undefined ? {} : { nextUpdate }),
  };
  return { answer, critical: criticalOf(extensions) };
}

function readState(
  { tag, children: [time, wrapped] }: Asn1Node,
  extensions: ReadonlyMap<string, Extension>,
): OcspAnswer['state'] {
  if (tag === 0x80) return 'good';
  if (tag === 0x82) return 'unknown';
  const revokedAt = readTime(time);
  if (tag !== 0xa1 || revokedAt === undefined) throw refuse('its state is none');
  const invalidFrom = readInvalidity(extensions, x509Errors.ocsp_invalid);
  return {
    revokedAt,
    ...(wrapped === undefined ? {} : { reason: readReason(wrapped.children[0], x509Errors.ocsp_invalid) }),
    ...(invalidFrom === undefined ? {} : { invalidFrom }),
  };
}

function criticalOf(extensions: ReadonlyMap<string, Extension>): readonly string[] {
  return [...extensions].flatMap(([oid, { isCritical }]) =>
    isCritical && oid !== revocationOids.invalidityDate ? [oid] : [],
  );
}

function open(bytes: Uint8Array, limitBytes = bytes.byteLength): Asn1Node {
  return parseAsn1(bytes, x509Errors.ocsp_invalid, limitBytes);
}

function refuse(why: string): Error {
  return x509Errors.ocsp_invalid(`this is not a readable OCSP answer: ${why}`);
}
