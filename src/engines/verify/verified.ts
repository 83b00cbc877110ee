// Statements whose signature, signer, subject and type were proved for an image. The type has one minting place, here:
// who takes `Verified<T>` cannot be handed a claim. It says nothing of whether what the statement says is good.
import type { Digest } from '../../formats/oci/digest.ts';
import type { SignedStatement } from '../../formats/sigstore/statement.ts';
import type { TrustVerdict } from './judge-trust.ts';
import type { Signer } from './signer.ts';

declare const proved: unique symbol;

export type Verified<T> = T & { readonly [proved]: true };

export interface ProvedStatement {
  readonly statement: SignedStatement;
  readonly signer: Signer;
  /** The digest that the signature is of: the image's, or an attestation manifest's that names it. */
  readonly subject: Digest;
  /** The earliest proven time. */
  readonly signedAt?: Date;
}

/** Of all demands, each statement once; none of a signature that did not pass. */
export function provedStatements({ demands }: TrustVerdict): readonly Verified<ProvedStatement>[] {
  const seen = new Set<unknown>();
  return demands
    .flatMap(({ tried }) => tried)
    .flatMap(({ outcome, statement, signer, subject, signedAt, bundle }) => {
      if (outcome !== 'passed' || statement === undefined || signer === undefined || seen.has(bundle))
        return [];
      seen.add(bundle);
      const found: ProvedStatement = {
        statement,
        signer,
        subject,
        ...(signedAt === undefined ? {} : { signedAt }),
      };
      return [found as Verified<ProvedStatement>];
    });
}
