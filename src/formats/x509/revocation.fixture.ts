// OCSP answers and revocation lists of one's own for tests, and any fault that one wants to see refused. Written by
// the functions that write certificates, signed by the platform.
import { createPublicKey, hash, type KeyObject, sign } from 'node:crypto';
import { formatAlgorithm } from './algorithm-identifier.ts';
import { asn1Tags, formatAsn1, parseAsn1 } from './asn1.ts';
import {
  type Der,
  derBits,
  derGeneralizedTime,
  derImplicit,
  derInteger,
  derNull,
  derOctets,
  derOid,
  derSequence,
  derWrapped,
} from './der.ts';
import { x509Errors } from './errors.ts';
import { type Extension, formatExtension } from './extension.ts';

/** Who signs: a key of P-256 and its name, DER. */
export interface Authority {
  readonly key: KeyObject;
  readonly name: Uint8Array;
}

export interface MadeEntry {
  /** Hex. */
  readonly serial: string;
  readonly atMs: number;
  /** Number of RFC 5280 §5.3.1. */
  readonly reason?: number;
  readonly invalidFromMs?: number;
  readonly extensions?: readonly Extension[];
}

export interface MadeList {
  readonly thisUpdateMs: number;
  readonly nextUpdateMs?: number;
  readonly entries?: readonly MadeEntry[];
  readonly extensions?: readonly Extension[];
  readonly isFirstVersion?: boolean;
}

export function makeList(by: Authority, list: MadeList): Der {
  const { thisUpdateMs, nextUpdateMs, entries = [], extensions = [] } = list;
  return signed(by, [
    ...(list.isFirstVersion === true ? [] : [derInteger(1)]),
    formatAlgorithm('ecdsa-p256-sha256'),
    by.name,
    derGeneralizedTime(thisUpdateMs),
    ...(nextUpdateMs === undefined ? [] : [derGeneralizedTime(nextUpdateMs)]),
    ...(entries.length === 0 ? [] : [derSequence(...entries.map(makeEntry))]),
    ...(extensions.length === 0 ? [] : [derWrapped(0, derSequence(...extensions.map(formatExtension)))]),
  ]);
}

function makeEntry({ serial, atMs, reason, invalidFromMs, extensions = [] }: MadeEntry): Der {
  const all = [
    ...(reason === undefined ? [] : [{ oid: '2.5.29.21', critical: false, value: enumerated(reason) }]),
    ...invalidity(invalidFromMs),
    ...extensions,
  ];
  return derSequence(
    derInteger(Buffer.from(serial, 'hex')),
    derGeneralizedTime(atMs),
    ...(all.length === 0 ? [] : [derSequence(...all.map(formatExtension))]),
  );
}

export interface MadeAnswer {
  readonly serial: string;
  /** Of the certificate that it is about. */
  readonly issuer: Authority;
  readonly state: 'good' | 'unknown' | Pick<MadeEntry, 'atMs' | 'reason' | 'invalidFromMs'>;
  readonly thisUpdateMs: number;
  readonly nextUpdateMs?: number;
  readonly extensions?: readonly Extension[];
  readonly namesKey?: boolean;
  /** DER. */
  readonly certificates?: readonly Uint8Array[];
  /** How often it says the same. */
  readonly times?: number;
}

export function makeAnswer(by: Authority, answer: MadeAnswer): Der {
  const { thisUpdateMs, nextUpdateMs, state, extensions = [], certificates = [], times = 1 } = answer;
  const single = derSequence(
    derSequence(
      derSequence(derOid('1.3.14.3.2.26'), derNull()),
      derOctets(hash('sha1', answer.issuer.name, 'buffer')),
      derOctets(keyHashOf(answer.issuer)),
      derInteger(Buffer.from(answer.serial, 'hex')),
    ),
    makeState(state),
    derGeneralizedTime(thisUpdateMs),
    ...(nextUpdateMs === undefined ? [] : [derWrapped(0, derGeneralizedTime(nextUpdateMs))]),
    ...makeExtensions([...extensions, ...(typeof state === 'string' ? [] : invalidity(state.invalidFromMs))]),
  );
  const basic = signed(
    by,
    [
      answer.namesKey === true ? derWrapped(2, derOctets(keyHashOf(by))) : derWrapped(1, by.name),
      derGeneralizedTime(thisUpdateMs),
      derSequence(...new Array<Der>(times).fill(single)),
    ],
    certificates.length === 0 ? [] : [derWrapped(0, derSequence(...certificates))],
  );
  const wrapped = derSequence(derOid('1.3.6.1.5.5.7.48.1.1'), derOctets(basic));
  return derSequence(enumerated(0), derWrapped(0, wrapped));
}

/** An answer that only says why there is none. */
export function makeRefusal(status: number): Der {
  return derSequence(enumerated(status));
}

function makeState(state: MadeAnswer['state']): Der {
  if (state === 'good') return derImplicit(0, new Uint8Array());
  if (state === 'unknown') return derImplicit(2, new Uint8Array());
  const reason = state.reason === undefined ? [] : [derWrapped(0, enumerated(state.reason))];
  return derWrapped(1, derGeneralizedTime(state.atMs), ...reason);
}

function makeExtensions(extensions: readonly Extension[]): readonly Der[] {
  return extensions.length === 0 ? [] : [derWrapped(1, derSequence(...extensions.map(formatExtension)))];
}

function invalidity(fromMs: number | undefined): readonly Extension[] {
  if (fromMs === undefined) return [];
  return [{ oid: '2.5.29.24', critical: false, value: derGeneralizedTime(fromMs) }];
}

function enumerated(value: number): Der {
  return formatAsn1(asn1Tags.enumerated, [Uint8Array.of(value)]);
}

function signed({ key }: Authority, parts: readonly Der[], behind: readonly Der[] = []): Der {
  const tbs = derSequence(...parts);
  const signature = sign('sha256', tbs, key);
  return derSequence(tbs, formatAlgorithm('ecdsa-p256-sha256'), derBits(signature), ...behind);
}

function keyHashOf({ key }: Authority): Uint8Array {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const bits = parseAsn1(spki, x509Errors.key_invalid, spki.byteLength).children[1];
  return hash('sha1', bits?.content.subarray(1) ?? spki, 'buffer');
}
