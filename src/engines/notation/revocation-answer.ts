// What is known about the revocation of one certificate, by whoever was asked (trust-store-trust-policy.md,
// "Certificate Revocation Evaluation"). An answer is a value: that nobody answered, or nobody who may, is unknown
// with its reason, and is never read as good.
import type { RevocationEntry } from '../../formats/x509/revocation-entry.ts';

export type RevocationAnswer =
  | { readonly kind: 'good' }
  | ({ readonly kind: 'revoked' } & RevocationEntry)
  | { readonly kind: 'unknown' /** Without a full stop. */; readonly why: string };

/** Bytes of somebody's answer, before anything about them is believed. Throws coded errors alone. */
export interface RevocationPort {
  /** POST of an OCSPRequest to a responder. */
  askOcsp(url: string, request: Uint8Array): Promise<Uint8Array>;
  fetchList(url: string): Promise<Uint8Array>;
}

export function notKnown(why: string): RevocationAnswer {
  return { kind: 'unknown', why };
}
