// What a client asks a timestamp authority for (RFC 3161 §2.4.1): the hash of what is to be stamped, never the
// thing itself. Foreign bytes: every field is checked, what is not understood is refused.
import { limits } from '../../kit/limits.ts';
import type { MessageHash } from './algorithm.ts';
import { formatHashAlgorithm, hashOids } from './algorithm-identifier.ts';
import { type Asn1Node, asn1Tags, parseAsn1, readCount, readOid } from './asn1.ts';
import { type Der, derBoolean, derInteger, derNull, derOctets, derOid, derSequence } from './der.ts';
import { x509Errors } from './errors.ts';

export interface TimestampRequest {
  readonly hash: MessageHash;
  readonly imprint: Uint8Array;
  /** Whether NULL stands beside the hash's name (RFC 5754 §2 has both): some clients want their own spelling back. */
  readonly hasNull?: boolean;
  /** The INTEGER as it came, to be given back so. */
  readonly nonce?: Der;
  /** OID that the client insists on. */
  readonly policy?: string;
  /** Whether the answer is to hold the certificate of who stamps. */
  readonly wantsCertificate: boolean;
}

const imprintBytes: Readonly<Record<MessageHash, number>> = { sha256: 32, sha384: 48, sha512: 64 };
/** Largest nonce: 64 bits are usual. */
const NONCE_BYTES = 64;
/** [0], where extensions would stand. */
const EXTENSIONS = 0xa0;

export function formatTimestampRequest(request: {
  readonly hash: MessageHash;
  readonly imprint: Uint8Array;
  readonly hasNull?: boolean;
  readonly nonce?: Uint8Array;
  readonly wantsCertificate: boolean;
}): Der {
  return derSequence(
    derInteger(1),
    formatImprint(request),
    ...(request.nonce === undefined ? [] : [derInteger(request.nonce)]),
    ...(request.wantsCertificate ? [derBoolean(true)] : []),
  );
}

/** MessageImprint, the same in request and answer. */
export function formatImprint({
  hash,
  imprint,
  hasNull = false,
}: Pick<TimestampRequest, 'hash' | 'imprint' | 'hasNull'>): Der {
  const algorithm = hasNull ? derSequence(derOid(hashOids[hash]), derNull()) : formatHashAlgorithm(hash);
  return derSequence(algorithm, derOctets(imprint));
}

/** `x509.request_invalid`; hashes but SHA-2's and extensions are refused. */
export function parseTimestampRequest(der: Uint8Array): TimestampRequest {
  const refuse = (why: string) => x509Errors.request_invalid(`the timestamp request is not DER: ${why}`);
  const [version, message, ...optional] = parseAsn1(der, refuse, limits.timestampRequestBytes).children;
  if (readCount(version) !== 1) throw x509Errors.request_invalid('the timestamp request is not of version 1');
  return { ...readImprint(message), ...readOptional(optional) };
}

function readImprint(node: Asn1Node | undefined): Pick<TimestampRequest, 'hash' | 'imprint' | 'hasNull'> {
  const invalid = x509Errors.request_invalid;
  const [algorithm, hashed] = node?.children ?? [];
  const [name, ...parameters] = algorithm?.children ?? [];
  const oid = readOid(name);
  if (oid === undefined) throw invalid('the timestamp request does not name the hash of its imprint');
  const hasNull = parameters[0]?.tag === asn1Tags.null && parameters[0].content.byteLength === 0;
  if (parameters.length > (hasNull ? 1 : 0))
    throw invalid('the imprint’s hash has parameters, and SHA-2 has none');
  const hash = (Object.keys(hashOids) as MessageHash[]).find((name) => hashOids[name] === oid);
  if (hash === undefined) throw invalid(`the imprint’s hash ${oid} is none of SHA-256, SHA-384 and SHA-512`);
  if (hashed?.tag !== asn1Tags.octets) throw invalid('the imprint’s hash is not an octet string');
  const imprint = hashed.content;
  if (imprint.byteLength !== imprintBytes[hash])
    throw invalid(`the imprint has ${imprint.byteLength} bytes, a ${hash} has ${imprintBytes[hash]}`);
  return { hash, imprint, ...(hasNull ? { hasNull } : {}) };
}

/** Policy, nonce and certReq, each of which may be absent, in this order and no other. */
function readOptional(
  nodes: readonly Asn1Node[],
): Pick<TimestampRequest, 'policy' | 'nonce' | 'wantsCertificate'> {
  const rest = [...nodes];
  const take = (tag: number): Asn1Node | undefined => (rest[0]?.tag === tag ? rest.shift() : undefined);
  const insisted = take(asn1Tags.oid);
  const policy = readOid(insisted);
  const nonce = take(asn1Tags.integer);
  const wants = take(asn1Tags.boolean);
  if (rest[0]?.tag === EXTENSIONS)
    throw x509Errors.request_invalid('the timestamp request has extensions, and none are known');
  if (insisted !== undefined && policy === undefined)
    throw x509Errors.request_invalid('the timestamp request insists on a policy that is none');
  if (rest.length > 0 || (nonce !== undefined && nonce.content.byteLength > NONCE_BYTES))
    throw x509Errors.request_invalid('the timestamp request has fields that it may not have');
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(nonce === undefined ? {} : { nonce: nonce.raw }),
    wantsCertificate: wants !== undefined && wants.content[0] !== 0,
  };
}
