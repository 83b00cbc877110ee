// What was taken back by statements that hang on the image itself (https://plimsoll.dev/revocation/v1). They count where
// they hold under somebody who may sign for the image. The last word on a digest holds: a later statement may reinstate
// it, and nothing is undone by leaving a statement out of its own accord.
import type { Digest } from '../../formats/oci/digest.ts';
import type { SignedStatement } from '../../formats/sigstore/statement.ts';
import { isJsonObject } from '../../kit/json.ts';
import type { Revocation } from '../verify/expectation.ts';
import type { Verification } from '../verify/verify-bundle.ts';

export const revocationPredicateType = 'https://plimsoll.dev/revocation/v1';

interface Word {
  readonly isRevoked: boolean;
  readonly why: string;
  readonly at: number;
}

/** Of the digest, in the repository `name` or everywhere. Statements that do not hold are passed over. */
export function readRevocations(
  proved: readonly Verification[],
  name: string,
  digest: Digest,
): readonly Revocation[] {
  const last = new Map<string, Word>();
  for (const { statement, outcome, signedAt } of proved) {
    if (outcome !== 'passed' || statement === undefined) continue;
    const { predicate } = statement as SignedStatement;
    if (!isJsonObject(predicate) || predicate.kind !== 'digest' || predicate.value !== digest) continue;
    const { repository, action, why } = predicate;
    if (repository !== undefined && repository !== name) continue;
    const at = Date.parse(typeof predicate.at === 'string' ? predicate.at : '') || (signedAt?.getTime() ?? 0);
    const place = typeof repository === 'string' ? repository : '';
    const former = last.get(place);
    // Whatever is not said to reinstate revokes; of two at the same time that one holds.
    const isRevoked = action !== 'reinstate';
    if (former !== undefined && (former.at > at || (former.at === at && former.isRevoked))) continue;
    last.set(place, { isRevoked, why: typeof why === 'string' ? why : 'no reason is given', at });
  }
  return [...last.values()]
    .filter(({ isRevoked }) => isRevoked)
    .map(({ why }) => ({ kind: 'digest' as const, digest, why }));
}
