// Whether a root that was brought may take the place of the instance's own: only where the own root's key endorsed it,
// or where an administrator names it by its fingerprint, because that key is lost. Both roots' certificates stay in the
// trusted root with their times; only who may certify from now on changes.
import { checkEndorsement, checkNewRoot } from '../../engines/authority/successor.ts';
import { readAuthorityCertificate } from '../../formats/x509/authority-certificate.ts';
import type { NewRoot } from '../../formats/x509/renewal.ts';
import { hashHex } from '../../kit/hash.ts';
import { trustErrors } from './errors.ts';
import type { TrustKey } from './trust-key.ts';

export interface SuccessionWish {
  readonly organization: string;
  /** The root that holds, DER. */
  readonly former: Uint8Array;
  /** SHA-256 of the new root's certificate, hexadecimal, from a person: it is taken without an endorsement. */
  readonly unendorsed?: string;
  readonly fromMs: number;
}

export interface SucceedingRoot extends Pick<TrustKey, 'reference' | 'publicKey' | 'chain'> {
  readonly purpose: 'root';
  readonly isEndorsed: boolean;
}

/**
 * The new root as a row has it. `trust.renewal_unknown` where none was made, `trust.root_unendorsed`,
 * `authority.certificate_unsuitable`, `x509.certificate_invalid`.
 */
export function readSuccessor(newRoot: NewRoot, wish: SuccessionWish): SucceedingRoot {
  const { certificate, reference, endorsement } = newRoot;
  if (certificate === undefined || reference === undefined)
    throw trustErrors.renewal_unknown('the file asks for a new root, and has none yet');
  const { organization, former, unendorsed, fromMs } = wish;
  checkNewRoot(certificate, { organization, fromMs });
  const fingerprint = hashHex('sha256', certificate);
  if (endorsement !== undefined) checkEndorsement(endorsement, certificate, { former, fromMs });
  else if (unendorsed !== fingerprint)
    throw trustErrors.root_unendorsed(
      unendorsed === undefined
        ? `nothing endorses the new root, SHA-256 ${fingerprint}`
        : `nothing endorses the new root, and its SHA-256 is not ${unendorsed} but ${fingerprint}`,
    );
  const { publicKey } = readAuthorityCertificate(certificate);
  const isEndorsed = endorsement !== undefined;
  return { purpose: 'root', reference, publicKey, chain: [certificate], isEndorsed };
}
