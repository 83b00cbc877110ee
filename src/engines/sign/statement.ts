// The statements that are signed of an image. A signature names the digest and nothing else; that a tag of a
// repository means the digest is another statement, since a digest is signed for ever and a tag is not.
import { type Digest, digestAlgorithm, digestHex } from '../../formats/oci/digest.ts';
import type { StatementParts } from '../../formats/sigstore/intoto-statement.ts';
import { predicateTypes } from '../../formats/sigstore/predicate.ts';
import type { JsonObject } from '../../kit/json.ts';
import { tagPredicateType } from '../verify/expectation.ts';

export interface ImageStatement extends StatementParts {
  readonly predicate: JsonObject;
}

/** cosign's: without a name, and the predicate empty. */
export function signatureOf(digest: Digest): ImageStatement {
  return { ...about(digest), predicateType: predicateTypes.sign, predicate: {} };
}

/** `name` is the repository as trust policies match it, `HOST/REPOSITORY`. */
export function tagBindingOf(digest: Digest, { name, tag }: TagName): ImageStatement {
  return { ...about(digest), predicateType: tagPredicateType, predicate: { name, tag, digest } };
}

export interface TagName {
  readonly name: string;
  readonly tag: string;
}

export function claimOf(digest: Digest, predicateType: string, predicate: JsonObject): ImageStatement {
  return { ...about(digest), predicateType, predicate };
}

function about(digest: Digest): Pick<StatementParts, 'subjects'> {
  return { subjects: [{ digest: { [digestAlgorithm(digest)]: digestHex(digest) } }] };
}
