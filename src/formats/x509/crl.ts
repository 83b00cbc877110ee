// Certificate revocation lists (RFC 5280 §5), as far as asking about one certificate needs them. A list may have a
// million entries: they are walked and not kept. Parsing proves nothing; who signed it, for which time and for
// which certificates, is judged in engines/notation.
import { limits } from '../../kit/limits.ts';
import { type Asn1Node, asn1Tags, parseAsn1, readBits, readSerial, readTime, splitAsn1 } from './asn1.ts';
import { type Extension, readExtensions } from './certificate.ts';
import { x509Errors } from './errors.ts';
import { type RevocationEntry, readInvalidity, readReason, revocationOids } from './revocation-entry.ts';
import { readPointAddresses } from './revocation-place.ts';
import type { SignedPart } from './signed-part.ts';

export interface CertificateList {
  readonly signed: SignedPart;
  /** DER of the name. */
  readonly issuer: Uint8Array;
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
  readonly scope: ListScope;
  /** OIDs of the list’s critical extensions that are not understood; `findRevoked` refuses those of entries. */
  readonly unknownCritical: readonly string[];
  /** Whether it holds only what changed since another. */
  readonly isDelta: boolean;
  /** Whether it names a list of changes. */
  readonly hasFreshest: boolean;
  /** DER of the entries, side by side. */
  readonly entries: Uint8Array;
}

/** Which certificates it is about (§5.2.5); a list without that extension is about all of its issuer. */
export interface ListScope {
  /** Where it is to be found, which a certificate's own place must be among; absent where it does not say. */
  readonly addresses?: readonly string[];
  readonly only?: 'users' | 'authorities' | 'attributes';
  readonly isForSomeReasons: boolean;
  readonly isIndirect: boolean;
}

const OID = Object.freeze({
  issuingPoint: '2.5.29.28',
  deltaIndicator: '2.5.29.27',
  freshest: '2.5.29.46',
  number: '2.5.29.20',
  authorityKeyId: '2.5.29.35',
});

const understood: readonly string[] = [OID.issuingPoint, OID.deltaIndicator, OID.number, OID.authorityKeyId];
const understoodOfEntry: readonly string[] = [revocationOids.reason, revocationOids.invalidityDate];

/** A BOOLEAN that is true, as criticality is written: most entries have none, and are not opened for it. */
const TRUE = Uint8Array.of(0x01, 0x01, 0xff);

/** One list of DER; `x509.crl_invalid`. At most `limits.crlBytes`. */
export function parseCrl(bytes: Uint8Array): CertificateList {
  if (bytes.byteLength > limits.crlBytes) throw refuse(`it is larger than ${limits.crlBytes} bytes`);
  const [root, ...behind] = fewOf(bytes);
  if (root?.tag !== asn1Tags.sequence || behind.length > 0) throw refuse('it is not one sequence');
  const [tbs, algorithm, signature, ...more] = fewOf(root.content);
  const signatureBytes = readBits(signature);
  if (
    tbs?.tag !== asn1Tags.sequence ||
    algorithm === undefined ||
    signatureBytes === undefined ||
    more.length > 0
  )
    throw refuse('it has no signed part, algorithm and signature');
  const parts = fewOf(tbs.content);
  const version = parts[0]?.tag === asn1Tags.integer ? parts.shift() : undefined;
  const [inner, issuer, thisUpdate, ...rest] = parts;
  const updatedAt = readTime(thisUpdate);
  const nextUpdate = readTime(rest[0]);
  if (nextUpdate !== undefined) rest.shift();
  const entries = rest[0]?.tag === asn1Tags.sequence ? rest.shift() : undefined;
  const extensions = readList(rest[0]?.tag === 0xa0 ? rest.shift() : undefined);
  if (issuer?.tag !== asn1Tags.sequence || updatedAt === undefined || rest.length > 0)
    throw refuse('its fields are not those of a list');
  if (version === undefined ? extensions.size > 0 : version.content[0] !== 1)
    throw refuse('it is not of version 2');
  if (inner === undefined || Buffer.compare(inner.raw, algorithm.raw) !== 0)
    throw refuse('it names two different algorithms for its signature');
  const content = entries?.content ?? new Uint8Array();
  return {
    signed: { bytes: tbs.raw, algorithm: open(algorithm.raw), signature: signatureBytes },
    issuer: issuer.raw,
    thisUpdate: updatedAt,
    ...(nextUpdate === undefined ? {} : { nextUpdate }),
    scope: readScope(extensions),
    unknownCritical: criticalOf(extensions, understood),
    isDelta: extensions.has(OID.deltaIndicator),
    hasFreshest: extensions.has(OID.freshest),
    entries: content,
  };
}

/**
 * What the list says of this serial number (`readSerial`); undefined where it is not in it. `x509.crl_invalid`, also
 * where an entry, whichever, has a critical extension that is not understood (§5.3). Walks a list that may be long:
 * ask whether the signature holds before.
 */
export function findRevoked({ entries }: CertificateList, serial: string): RevocationEntry | undefined {
  let found: RevocationEntry | undefined;
  for (const entry of split(entries)) {
    const own = readSerial(split(entry.content).next().value ?? undefined);
    if (own === undefined) throw refuse('an entry has no serial number');
    checkEntry(entry);
    if (own !== serial) continue;
    // Two words about one certificate: which of them is meant would be a guess.
    if (found !== undefined) throw refuse(`it has the serial number ${serial} twice`);
    found = readEntry(open(entry.raw));
  }
  return found;
}

function readEntry({ children: [, time, list] }: Asn1Node): RevocationEntry {
  const revokedAt = readTime(time);
  if (revokedAt === undefined) throw refuse('an entry does not say since when');
  const extensions = readExtensions(list, refuse);
  const reason = extensions.get(revocationOids.reason);
  const invalidFrom = readInvalidity(extensions, x509Errors.crl_invalid);
  return {
    revokedAt,
    ...(reason === undefined ? {} : { reason: readReason(open(reason.value), x509Errors.crl_invalid) }),
    ...(invalidFrom === undefined ? {} : { invalidFrom }),
  };
}

function readScope(extensions: ReadonlyMap<string, Extension>): ListScope {
  const value = extensions.get(OID.issuingPoint)?.value;
  if (value === undefined) return { isForSomeReasons: false, isIndirect: false };
  const { children } = open(value);
  const isSet = (tag: number): boolean =>
    children.some((one) => one.tag === tag && one.content.byteLength === 1 && one.content[0] !== 0);
  const point = children.find(({ tag }) => tag === 0xa0);
  const only = isSet(0x81) ? 'users' : isSet(0x82) ? 'authorities' : isSet(0x85) ? 'attributes' : undefined;
  return {
    ...(point === undefined ? {} : { addresses: readPointAddresses(point) }),
    ...(only === undefined ? {} : { only }),
    isForSomeReasons: children.some(({ tag }) => tag === 0x83),
    isIndirect: isSet(0x84),
  };
}

function checkEntry({ raw }: Asn1Node): void {
  if (!Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).includes(TRUE)) return;
  const [oid] = criticalOf(readExtensions(open(raw).children[2], refuse), understoodOfEntry);
  if (oid !== undefined) throw refuse(`an entry has the critical extension ${oid}, which is not understood`);
}

function criticalOf(extensions: ReadonlyMap<string, Extension>, known: readonly string[]): readonly string[] {
  return [...extensions].flatMap(([oid, { isCritical }]) =>
    isCritical && !known.includes(oid) ? [oid] : [],
  );
}

function readList(wrapped: Asn1Node | undefined): ReadonlyMap<string, Extension> {
  return readExtensions(wrapped && open(wrapped.content), refuse);
}

/** Of a small part of a list; what has many values in it is not one. */
function open(bytes: Uint8Array): Asn1Node {
  return parseAsn1(bytes, x509Errors.crl_invalid, limits.certificateBytes);
}

/** The values of a structure that has seven at most, and one more where there are more. */
function fewOf(bytes: Uint8Array): Asn1Node[] {
  return [...split(bytes).take(8)];
}

function split(bytes: Uint8Array): Generator<Asn1Node, void> {
  return splitAsn1(bytes, x509Errors.crl_invalid);
}

function refuse(why: string): Error {
  return x509Errors.crl_invalid(`this is not a readable revocation list: ${why}`);
}
