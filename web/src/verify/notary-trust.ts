// Whom a person believes of the Notary Project, for one repository: certificates of authorities that may sign, of
// authorities that stamp times, and the subject that they expect. As texts; opening them takes the readers of ASN.1, which
// come with judge-notation.ts alone.
import type { KeptTrust } from './trust.ts';

export interface NotaryTrust {
  /** Certificates in PEM. */
  readonly authorities: readonly KeptTrust[];
  readonly stampers: readonly KeptTrust[];
  /** A distinguished name (RFC 4514) whose parts the signer's must have. */
  readonly subject?: string;
}

export function chooseNotaryTrust(
  kept: readonly KeptTrust[],
  repository: string,
  subject: string | undefined,
): NotaryTrust {
  const of = (wanted: KeptTrust['kind']) =>
    kept.filter((one) => one.kind === wanted && one.repository === repository);
  return {
    authorities: of('authority'),
    stampers: of('stamper'),
    ...(subject === undefined ? {} : { subject }),
  };
}
