// What was taken back by statements that hang on the image itself (https://plimsoll.dev/revocation/v1). They count where
// they hold under somebody who may sign for the image, or under the instance that holds it. A later statement of the same
// signer, or of the instance, reinstates it.
import type { Digest } from '../../formats/oci/digest.ts';
import { signerIdentity } from '../verify/signer.ts';
import type { Verification } from '../verify/verify-bundle.ts';

export const revocationPredicateType = 'https://plimsoll.dev/revocation/v1';

/** Statements of one signer who may take the image back, proved or not. */
export interface ProvedWords {
  readonly proved: readonly Verification[];
  /** The instance that holds the image, which may undo what others said of it. */
  readonly isInstance: boolean;
}

interface Word {
  readonly isRevoked: boolean;
  readonly isInstance: boolean;
  readonly by: string;
  readonly place: string;
  readonly why: string;
  readonly at: number;
}

/** Why the digest is taken back, in the repository `name` or everywhere. Statements that do not hold are passed over. */
export function readRevocations(
  signers: readonly ProvedWords[],
  name: string,
  digest: Digest,
): readonly string[] {
  const words = signers.flatMap(({ proved, isInstance }) =>
    proved.flatMap((one) => readWord(one, isInstance, name, digest) ?? []),
  );
  return words
    .filter((word) => word.isRevoked && !words.some((other) => isUndoing(other, word)))
    .map(({ why }) => why);
}

function readWord(
  { statement, outcome, signer, signedAt }: Verification,
  isInstance: boolean,
  name: string,
  digest: Digest,
): Word | undefined {
  if (outcome !== 'passed' || statement === undefined || signer === undefined) return undefined;
  const { kind, value, repository, action, why, at } = statement.predicate;
  if (kind !== 'digest' || value !== digest) return undefined;
  if (repository !== undefined && repository !== name) return undefined;
  return {
    // Whatever is not said to reinstate revokes.
    isRevoked: action !== 'reinstate',
    isInstance,
    by: signerIdentity(signer),
    place: typeof repository === 'string' ? repository : '',
    why: typeof why === 'string' ? why : 'no reason is given',
    at: Date.parse(typeof at === 'string' ? at : '') || (signedAt?.getTime() ?? 0),
  };
}

/** A stolen key does not reinstate what somebody else took back; of two at the same time the revocation holds. */
function isUndoing(other: Word, word: Word): boolean {
  const mayUndo = other.isInstance || other.by === word.by;
  return !other.isRevoked && mayUndo && other.place === word.place && other.at > word.at;
}
