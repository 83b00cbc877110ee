// How revocation is told in lists and in OCSP alike (RFC 5280 §5.3, RFC 6960 §4.2.1): since when, for which reason,
// and from when on the key is not to be trusted, which may be earlier or later than the day it was told.
import type { ErrorFactory } from '../../kit/error.ts';
import { type Asn1Node, asn1Tags, parseAsn1, readTime } from './asn1.ts';
import type { Extension } from './certificate.ts';

/** RFC 5280 §5.3.1. */
export type RevocationReason = (typeof reasons)[number];

export interface RevocationEntry {
  readonly revokedAt: Date;
  readonly reason?: RevocationReason;
  /** The invalidity date: what was signed before it is not in doubt. */
  readonly invalidFrom?: Date;
}

const reasons = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  'unused',
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
] as const;

export const revocationOids = Object.freeze({
  reason: '2.5.29.21',
  invalidityDate: '2.5.29.24',
});

/** An ENUMERATED of CRLReason; throws what `refuse` makes where it is none. */
export function readReason(node: Asn1Node | undefined, refuse: ErrorFactory): RevocationReason {
  const number = node?.tag === asn1Tags.enumerated && node.content.byteLength === 1 ? node.content[0] : -1;
  const reason = reasons[number ?? -1];
  if (reason === undefined || reason === 'unused') throw refuse('a reason of revocation is none');
  return reason;
}

/** The invalidity date among extensions; throws what `refuse` makes where it is no time. */
export function readInvalidity(
  extensions: ReadonlyMap<string, Extension>,
  refuse: ErrorFactory,
): Date | undefined {
  const found = extensions.get(revocationOids.invalidityDate);
  if (found === undefined) return undefined;
  const time = readTime(parseAsn1(found.value, refuse, found.value.byteLength));
  if (time === undefined) throw refuse('an invalidity date is no time');
  return time;
}
