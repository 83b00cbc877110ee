// signature-envelope-jws.md: flattened JWS JSON. Written as notation writes it, members of the protected header in
// order of their names, so that equal attributes have equal bytes. Four members at the top and no other; a name
// that only differs from a known one by its letters' case is refused, since Go's JSON would read it as that one.
import { decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, type JsonObject, parseJson, stableJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { algorithmOfJose } from './algorithm.ts';
import { names, readAttributes } from './attribute.ts';
import { notationErrors } from './errors.ts';
import type { EnvelopeParts, SealedParts, UnsealedParts } from './parts.ts';

const registered = ['alg', 'cty', 'crit'];
const system = [...registered, names.scheme, names.signingTime, names.authenticSigningTime, names.expiry];

/** `notation.envelope_invalid`, `notation.attribute_invalid`, `notation.algorithm_unsupported`. */
export function parseJws(bytes: Uint8Array): EnvelopeParts {
  const text = decodeUtf8(bytes);
  const value = text === undefined ? undefined : parseJson(text);
  if (!isJsonObject(value)) throw notationErrors.envelope_invalid('the envelope is not a JSON object');
  const members = Object.keys(value);
  const extra = members.find((name) => !['payload', 'protected', 'header', 'signature'].includes(name));
  if (extra !== undefined)
    throw notationErrors.envelope_invalid(
      `the envelope has the member "${extra.slice(0, 100)}", which no JWS of the Notary Project has`,
    );
  const protectedBytes = readBase64url(value, 'protected');
  const signature = readBase64url(value, 'signature');
  const payload = readBase64url(value, 'payload');
  if (signature.byteLength === 0 || payload.byteLength === 0)
    throw notationErrors.envelope_invalid('the envelope has no payload or no signature');
  const header = readProtected(protectedBytes);
  const algorithm = algorithmOfJose(header.alg);
  if (algorithm === undefined)
    throw notationErrors.algorithm_unsupported(
      `the envelope is signed with ${String(header.alg).slice(0, 100)}`,
    );
  return {
    algorithm,
    ...readAttributes({
      contentType: header.cty,
      critical: header.crit,
      entries: new Map(Object.entries(header).filter(([name]) => !registered.includes(name))),
      readTime: parseTime,
    }),
    payload,
    toBeSigned: signingInput(value.protected as string, value.payload as string),
    signature,
    ...readUnprotected(value.header),
  };
}

/** The header and payload, and the bytes to sign for them. */
export function prepareJws(parts: UnsealedParts): {
  readonly toBeSigned: Uint8Array;
  readonly seal: (sealed: SealedParts) => Uint8Array;
} {
  const header = encode(Buffer.from(stableJson(formatHeader(parts))));
  const payload = encode(parts.payload);
  return {
    toBeSigned: signingInput(header, payload),
    seal: ({ signature, chain, timestampToken, agent }) =>
      Buffer.from(
        JSON.stringify({
          payload,
          protected: header,
          header: {
            ...(timestampToken === undefined ? {} : { [names.timestamp]: base64(timestampToken) }),
            x5c: chain.map(base64),
            ...(agent === undefined ? {} : { [names.agent]: agent }),
          },
          signature: encode(signature),
        }),
      ),
  };
}

function formatHeader({
  algorithm,
  contentType,
  scheme,
  signingTimeMs,
  expiresAtMs,
  extended,
}: UnsealedParts): object {
  const authority = scheme === 'notary.x509.signingAuthority';
  return {
    ...Object.fromEntries(extended.map(({ key, value }) => [String(key), value])),
    alg: algorithm,
    cty: contentType,
    crit: [
      names.scheme,
      ...extended.filter(({ critical }) => critical).map(({ key }) => String(key)),
      ...(authority ? [names.authenticSigningTime] : []),
      ...(expiresAtMs === undefined ? [] : [names.expiry]),
    ],
    [names.scheme]: scheme,
    [authority ? names.authenticSigningTime : names.signingTime]: formatTime(signingTimeMs),
    ...(expiresAtMs === undefined ? {} : { [names.expiry]: formatTime(expiresAtMs) }),
  };
}

function readProtected(bytes: Uint8Array): JsonObject {
  const text = decodeUtf8(bytes);
  const header = text === undefined ? undefined : parseJson(text);
  if (!isJsonObject(header))
    throw notationErrors.envelope_invalid('the protected header is not a JSON object');
  for (const name of Object.keys(header))
    if (!system.includes(name) && system.some((known) => known.toLowerCase() === name.toLowerCase()))
      throw notationErrors.attribute_invalid(
        `"${name}" is nearly an attribute’s name, and other readers take it for it`,
      );
  return header;
}

function readUnprotected(header: unknown): Pick<EnvelopeParts, 'chain' | 'timestampToken' | 'agent'> {
  if (!isJsonObject(header)) throw notationErrors.envelope_invalid('the envelope has no header');
  const { x5c } = header;
  if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > limits.notationCertificates)
    throw notationErrors.envelope_invalid(
      `x5c is not a list of 1 to ${limits.notationCertificates} certificates`,
    );
  const token = header[names.timestamp];
  const agent = header[names.agent];
  return {
    chain: x5c.map((item, position) => readBase64(item, `x5c[${position}]`)),
    ...(token === undefined ? {} : { timestampToken: readBase64(token, names.timestamp) }),
    ...(typeof agent === 'string' ? { agent } : {}),
  };
}

function signingInput(header: string, payload: string): Uint8Array {
  return Buffer.from(`${header}.${payload}`, 'ascii');
}

function readBase64url(value: JsonObject, name: string): Uint8Array {
  const text = value[name];
  const bytes = typeof text === 'string' ? Buffer.from(text, 'base64url') : undefined;
  if (bytes === undefined || encode(bytes) !== text)
    throw notationErrors.envelope_invalid(`${name} is missing or not base64url without padding`);
  return bytes;
}

function readBase64(value: unknown, where: string): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
  if (bytes === undefined || bytes.byteLength === 0 || base64(bytes) !== value)
    throw notationErrors.envelope_invalid(`${where} is not base64`);
  return bytes;
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** RFC 3339; a day that no month has is none. */
function parseTime(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const found = /^(\d{4}-\d\d-(\d\d))T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.exec(value);
  const time = found === null ? Number.NaN : Date.parse(value);
  const day = found === null ? Number.NaN : new Date(`${found[1]}T00:00:00Z`).getUTCDate();
  return Number.isNaN(time) || day !== Number(found?.[2]) ? undefined : time;
}

/** Whole seconds: fractions should not be used (signature-envelope-jws.md). */
function formatTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
