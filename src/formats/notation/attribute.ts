// The protected attributes of an envelope (signature-specification.md, "Signed Attributes"), alike for JWS and COSE:
// scheme, times, and which of them must be marked critical. Neither format's spelling is known here.
import { notationErrors } from './errors.ts';

export type SigningScheme = 'notary.x509' | 'notary.x509.signingAuthority';

export interface ExtendedAttribute {
  readonly key: string | number;
  readonly value: unknown;
  readonly critical: boolean;
}

export interface NotationAttributes {
  readonly contentType: string;
  readonly scheme: SigningScheme;
  /** The signer's word under `notary.x509`, the signing authority's under the other. Epoch milliseconds. */
  readonly signingTimeMs: number;
  /** Epoch milliseconds. */
  readonly expiresAtMs?: number;
  /** In the envelope's order. */
  readonly extended: readonly ExtendedAttribute[];
}

/** Names of attributes, the same in JWS and COSE. */
export const names = Object.freeze({
  scheme: 'io.cncf.notary.signingScheme',
  signingTime: 'io.cncf.notary.signingTime',
  authenticSigningTime: 'io.cncf.notary.authenticSigningTime',
  expiry: 'io.cncf.notary.expiry',
  plugin: 'io.cncf.notary.verificationPlugin',
  pluginMinVersion: 'io.cncf.notary.verificationPluginMinVersion',
  timestamp: 'io.cncf.notary.timestampSignature',
  agent: 'io.cncf.notary.signingAgent',
});

/** The one content type of a payload. */
export const payloadType = 'application/vnd.cncf.notary.payload.v1+json';

/** A protected header as its format read it. */
export interface ProtectedHeader {
  /** Everything but algorithm, critical list and content type. */
  readonly entries: ReadonlyMap<string | number, unknown>;
  readonly contentType: unknown;
  readonly critical: unknown;
  /** Epoch milliseconds, or undefined where the value is no time of this format. */
  readonly readTime: (value: unknown) => number | undefined;
}

/** The attributes; `notation.attribute_invalid` names the one that is missing or wrong. */
export function readAttributes(header: ProtectedHeader): NotationAttributes {
  const { contentType, entries } = header;
  if (typeof contentType !== 'string') throw notationErrors.attribute_invalid('the content type is no text');
  const scheme = readScheme(entries.get(names.scheme));
  const own = scheme === 'notary.x509' ? names.signingTime : names.authenticSigningTime;
  const other = scheme === 'notary.x509' ? names.authenticSigningTime : names.signingTime;
  if (entries.has(other))
    throw notationErrors.attribute_invalid(`${other} is not part of the scheme ${scheme}`);
  const signingTimeMs = readTime(header, own);
  const expiresAtMs = entries.has(names.expiry) ? readTime(header, names.expiry) : undefined;
  checkTimes({ signingTimeMs, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) });
  const critical = readCritical(header, scheme);
  const known: readonly unknown[] = [names.scheme, own, names.expiry];
  const extended = [...entries]
    .filter(([key]) => !known.includes(key))
    .map(([key, value]) => ({ key, value, critical: critical.has(key) }));
  return {
    contentType,
    scheme,
    signingTimeMs,
    ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    extended,
  };
}

/** Refuses an expiry that is not after the signing: `notation.attribute_invalid`. */
export function checkTimes(times: Pick<NotationAttributes, 'signingTimeMs' | 'expiresAtMs'>): void {
  if (times.expiresAtMs !== undefined && times.expiresAtMs <= times.signingTimeMs)
    throw notationErrors.attribute_invalid('the signature’s expiry is not after the time of signing');
}

/** Refuses what only somebody else could judge: `notation.plugin_required`, `notation.critical_unknown`. */
export function checkCritical({ extended }: NotationAttributes): void {
  for (const { key, value } of extended)
    if (key === names.plugin || key === names.pluginMinVersion)
      throw notationErrors.plugin_required(
        `the signature is to be verified with the plugin ${JSON.stringify(value)?.slice(0, 100)}, and plugins are not run`,
      );
  const unknown = extended.find(({ critical }) => critical);
  if (unknown !== undefined)
    throw notationErrors.critical_unknown(
      `the signature marks ${String(unknown.key).slice(0, 100)} as critical, which is not known here`,
    );
}

function readScheme(value: unknown): SigningScheme {
  if (value === 'notary.x509' || value === 'notary.x509.signingAuthority') return value;
  throw notationErrors.attribute_invalid(
    `${names.scheme} is not notary.x509 or notary.x509.signingAuthority`,
  );
}

function readTime(header: ProtectedHeader, name: string): number {
  const value = header.readTime(header.entries.get(name));
  if (value === undefined) throw notationErrors.attribute_invalid(`${name} is missing or no time`);
  return value;
}

function readCritical(header: ProtectedHeader, scheme: SigningScheme): ReadonlySet<unknown> {
  const { critical, entries } = header;
  if (!Array.isArray(critical) || critical.length === 0)
    throw notationErrors.attribute_invalid('the list of critical attributes is missing');
  const marked = new Set<unknown>(critical);
  if (marked.size !== critical.length)
    throw notationErrors.attribute_invalid('an attribute is marked critical twice');
  for (const key of marked)
    if (!entries.has(key as string | number) || key === names.signingTime)
      throw notationErrors.attribute_invalid(
        `${String(key).slice(0, 100)} is marked critical, but is not there or cannot be`,
      );
  const wanted: readonly string[] = [
    names.scheme,
    ...(scheme === 'notary.x509' ? [] : [names.authenticSigningTime]),
    ...(entries.has(names.expiry) ? [names.expiry] : []),
  ];
  const missing = wanted.filter((name) => !marked.has(name));
  if (missing.length > 0)
    throw notationErrors.attribute_invalid(`${missing.join(' and ')} must be marked critical`);
  return marked;
}
