// What a client asks a timestamp authority for (RFC 3161 §2.4.1): the hash of what is to be stamped, never the
// thing itself. Foreign bytes: every field is checked, what is not understood is refused.
import { Boolean as AsnBoolean, type BaseBlock, Integer, ObjectIdentifier } from 'asn1js';
import type { MessageHash } from './algorithm.ts';
import { formatHashAlgorithm, hashOids } from './algorithm-identifier.ts';
import { type Der, derBoolean, derInteger, derOctets, derSequence } from './der.ts';
import { isContext, octetsOf, oidOf, partsOf, rawOf, readDer } from './der-reader.ts';
import { x509Errors } from './errors.ts';

export interface TimestampRequest {
  readonly hash: MessageHash;
  readonly imprint: Uint8Array;
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

export function formatTimestampRequest(request: {
  readonly hash: MessageHash;
  readonly imprint: Uint8Array;
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
export function formatImprint({ hash, imprint }: Pick<TimestampRequest, 'hash' | 'imprint'>): Der {
  return derSequence(formatHashAlgorithm(hash), derOctets(imprint));
}

/** `x509.request_invalid`; hashes but SHA-2's and extensions are refused. */
export function parseTimestampRequest(der: Uint8Array): TimestampRequest {
  const invalid = x509Errors.request_invalid;
  const what = 'the timestamp request';
  const [version, message, ...optional] = partsOf(readDer(der, what, invalid), what, invalid);
  if (!(version instanceof Integer) || version.valueBlock.valueDec !== 1)
    throw invalid('the timestamp request is not of version 1');
  const { hash, imprint } = readImprint(message);
  const [policy, nonce, wantsCertificate] = readOptional(optional);
  return {
    hash,
    imprint,
    ...(policy === undefined ? {} : { policy: policy.getValue() }),
    ...(nonce === undefined ? {} : { nonce: rawOf(nonce) }),
    wantsCertificate: wantsCertificate?.getValue() ?? false,
  };
}

function readImprint(block: BaseBlock | undefined): Pick<TimestampRequest, 'hash' | 'imprint'> {
  const invalid = x509Errors.request_invalid;
  const [algorithm, hashed] = partsOf(block, 'the imprint', invalid);
  const oid = oidOf(partsOf(algorithm, 'the imprint’s algorithm', invalid)[0], 'its name', invalid);
  const hash = (Object.keys(hashOids) as MessageHash[]).find((name) => hashOids[name] === oid);
  if (hash === undefined) throw invalid(`the imprint’s hash ${oid} is none of SHA-256, SHA-384 and SHA-512`);
  const imprint = octetsOf(hashed, 'the imprint’s hash', invalid);
  if (imprint.byteLength !== imprintBytes[hash])
    throw invalid(`the imprint has ${imprint.byteLength} bytes, a ${hash} has ${imprintBytes[hash]}`);
  return { hash, imprint };
}

/** Policy, nonce and certReq, each of which may be absent, in this order and no other. */
function readOptional(
  blocks: readonly BaseBlock[],
): [ObjectIdentifier | undefined, Integer | undefined, AsnBoolean | undefined] {
  const rest = [...blocks];
  const policy = rest[0] instanceof ObjectIdentifier ? (rest.shift() as ObjectIdentifier) : undefined;
  const nonce = rest[0] instanceof Integer ? (rest.shift() as Integer) : undefined;
  const wants = rest[0] instanceof AsnBoolean ? (rest.shift() as AsnBoolean) : undefined;
  if (isContext(rest[0], 0))
    throw x509Errors.request_invalid('the timestamp request has extensions, and none are known');
  if (rest.length > 0 || (nonce !== undefined && !isShortNonce(rawOf(nonce))))
    throw x509Errors.request_invalid('the timestamp request has fields that it may not have');
  return [policy, nonce, wants];
}

/** It goes back as it came, so it must be DER: the length in one byte, which is that of the rest. */
function isShortNonce(raw: Uint8Array): boolean {
  return raw.byteLength <= NONCE_BYTES + 2 && raw[1] === raw.byteLength - 2;
}
