// signature-envelope-cose.md: a tagged COSE_Sign1 (RFC 9052 §4.2). Written deterministically (RFC 8949 §4.2), as
// notation writes it. What is verified are the protected header's own bytes, never bytes that were encoded again.
import { decode, encode, Tag } from 'cbor2';
import { limits } from '../../kit/limits.ts';
import { algorithmOfCose, coseNumberOf } from './algorithm.ts';
import { names, readAttributes } from './attribute.ts';
import { notationErrors } from './errors.ts';
import type { EnvelopeParts, SealedParts, UnsealedParts } from './parts.ts';

type Label = string | number;
type Labels = ReadonlyMap<Label, unknown>;

const COSE_SIGN1 = 18;
const EPOCH_TIME = 1;
const ALGORITHM = 1;
const CRITICAL = 2;
const CONTENT_TYPE = 3;
const X5CHAIN = 33;
/** Labels that are never listed as critical (signature-envelope-cose.md, `crit`), and what the tables nest. */
const LAST_CORE_LABEL = 8;
const MAX_DEPTH = 16;

/** `notation.envelope_invalid`, `notation.attribute_invalid`, `notation.algorithm_unsupported`. */
export function parseCose(bytes: Uint8Array): EnvelopeParts {
  const message = decodeCbor(bytes, 'the envelope');
  const parts = message instanceof Tag && message.tag === COSE_SIGN1 ? message.contents : undefined;
  if (!Array.isArray(parts) || parts.length !== 4)
    throw notationErrors.envelope_invalid('the envelope is not a tagged COSE_Sign1');
  const [protectedBytes, unprotected, payload, signature] = parts as unknown[];
  if (!isBytes(protectedBytes) || !isBytes(payload) || !isBytes(signature) || !(unprotected instanceof Map))
    throw notationErrors.envelope_invalid('the envelope’s four parts are not those of a COSE_Sign1');
  if (signature.byteLength === 0 || payload.byteLength === 0)
    throw notationErrors.envelope_invalid('the envelope has no payload or no signature');
  const header = decodeCbor(protectedBytes, 'the protected header');
  if (!(header instanceof Map)) throw notationErrors.envelope_invalid('the protected header is not a map');
  const algorithm = algorithmOfCose(header.get(ALGORITHM));
  if (algorithm === undefined)
    throw notationErrors.algorithm_unsupported(
      `the envelope is signed with COSE algorithm ${String(header.get(ALGORITHM)).slice(0, 100)}`,
    );
  return {
    algorithm,
    ...readProtected(header),
    payload,
    toBeSigned: sigStructure(protectedBytes, payload),
    signature,
    ...readUnprotected(unprotected as Labels),
  };
}

/** The header and payload, and the bytes to sign for them. */
export function prepareCose(parts: UnsealedParts): {
  readonly toBeSigned: Uint8Array;
  readonly seal: (sealed: SealedParts) => Uint8Array;
} {
  const header = encodeCbor(formatHeader(parts));
  const payload = plain(parts.payload);
  return {
    toBeSigned: sigStructure(header, payload),
    seal: ({ signature, chain, timestampToken, agent }) => {
      const unprotected = new Map<Label, unknown>([
        ...(chain.length === 0 ? [] : [[X5CHAIN, chain.map(plain)] as const]),
        ...(timestampToken === undefined ? [] : [[names.timestamp, plain(timestampToken)] as const]),
        ...(agent === undefined ? [] : [[names.agent, agent] as const]),
      ]);
      return encodeCbor(new Tag(COSE_SIGN1, [header, unprotected, payload, plain(signature)]));
    },
  };
}

function formatHeader(parts: UnsealedParts): Labels {
  const { algorithm, contentType, scheme, signingTimeMs, expiresAtMs, extended } = parts;
  const authority = scheme === 'notary.x509.signingAuthority';
  return new Map<Label, unknown>([
    [ALGORITHM, coseNumberOf(algorithm)],
    [
      CRITICAL,
      [
        names.scheme,
        ...(authority ? [names.authenticSigningTime] : []),
        ...(expiresAtMs === undefined ? [] : [names.expiry]),
        ...extended.filter(({ critical }) => critical).map(({ key }) => key),
      ],
    ],
    [CONTENT_TYPE, contentType],
    ...extended.map(({ key, value }) => [key, value] as const),
    [names.scheme, scheme],
    [authority ? names.authenticSigningTime : names.signingTime, formatTime(signingTimeMs)],
    ...(expiresAtMs === undefined ? [] : [[names.expiry, formatTime(expiresAtMs)] as const]),
  ]);
}

function readProtected(header: Labels): ReturnType<typeof readAttributes> {
  const critical = header.get(CRITICAL);
  if (Array.isArray(critical))
    for (const label of critical)
      if (typeof label === 'number' && label >= 0 && label <= LAST_CORE_LABEL)
        throw notationErrors.attribute_invalid(`the label ${label} cannot be marked critical`);
  return readAttributes({
    contentType: header.get(CONTENT_TYPE),
    critical,
    entries: new Map(
      [...header].filter(([label]) => ![ALGORITHM, CRITICAL, CONTENT_TYPE].includes(label as number)),
    ),
    readTime: parseTime,
  });
}

function readUnprotected(header: Labels): Pick<EnvelopeParts, 'chain' | 'timestampToken' | 'agent'> {
  const chain = header.get(X5CHAIN);
  if (
    !Array.isArray(chain) ||
    chain.length === 0 ||
    chain.length > limits.notationCertificates ||
    !chain.every(isBytes)
  )
    throw notationErrors.envelope_invalid(
      `x5chain (33) is not a list of 1 to ${limits.notationCertificates} certificates`,
    );
  const token = header.get(names.timestamp);
  if (token !== undefined && !isBytes(token))
    throw notationErrors.envelope_invalid(`${names.timestamp} is not a byte string`);
  const agent = header.get(names.agent);
  return {
    chain,
    ...(token === undefined ? {} : { timestampToken: token }),
    ...(typeof agent === 'string' ? { agent } : {}),
  };
}

/** RFC 9052 §4.4. */
function sigStructure(header: Uint8Array, payload: Uint8Array): Uint8Array {
  return encodeCbor(['Signature1', plain(header), new Uint8Array(0), plain(payload)]);
}

/** Tag 1 and nothing else: a bare number would be read as a time by none but us. */
function parseTime(value: unknown): number | undefined {
  if (!(value instanceof Tag) || value.tag !== EPOCH_TIME) return undefined;
  const seconds = value.contents;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return undefined;
  const timeMs = Math.round(seconds * 1000);
  return Number.isNaN(new Date(timeMs).getTime()) ? undefined : timeMs;
}

function formatTime(timeMs: number): Tag {
  return new Tag(EPOCH_TIME, Math.floor(timeMs / 1000));
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

/** A Buffer would be written as an object. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function encodeCbor(value: unknown): Uint8Array {
  return encode(value, { cde: true });
}

function decodeCbor(bytes: Uint8Array, where: string): unknown {
  try {
    return decode(plain(bytes), {
      ignoreGlobalTags: true,
      tags: new Map(),
      maxDepth: MAX_DEPTH,
      preferMap: true,
      rejectStreaming: true,
      createObject: createMap,
    });
  } catch (cause) {
    throw notationErrors.envelope_invalid(`${where} is not CBOR of definite lengths, each label once`, {
      cause,
    });
  }
}

/** A map whose labels are text or whole numbers, each once. */
function createMap(pairs: readonly (readonly [unknown, unknown, ...unknown[]])[]): Map<Label, unknown> {
  const map = new Map<Label, unknown>();
  for (const [label, value] of pairs) {
    if ((typeof label !== 'string' && !Number.isSafeInteger(label)) || map.has(label as Label))
      throw new TypeError('a label stands twice, or is neither text nor a whole number');
    map.set(label as Label, value);
  }
  return map;
}
