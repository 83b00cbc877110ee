// Answers about digests, remembered for as long as the policy says and no longer: a rollout asks the same of every pod.
// What could not be asked is asked anew each time; a revocation is seen when the answer before it has ended.
import { formatReference } from '../../formats/oci/reference.ts';
import type { Clock } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import type { Requirement } from './gate-policy.ts';
import type { ImageVerdict, VerdictSource } from './verdict.ts';

export function rememberVerdicts(source: VerdictSource, clock: Clock, rememberMs: number): VerdictSource {
  const answers = new Map<string, { readonly verdict: ImageVerdict; readonly until: number }>();
  const numbers = new WeakMap<Requirement, number>();
  let last = 0;
  const numberOf = (requirement: Requirement): number => {
    const known = numbers.get(requirement);
    if (known !== undefined) return known;
    last += 1;
    numbers.set(requirement, last);
    return last;
  };
  return {
    async judge(question) {
      const { reference, digest, requirement } = question;
      const key = `${numberOf(requirement)} ${formatReference({ ...reference, digest })}`;
      const now = clock.now();
      const known = answers.get(key);
      if (known !== undefined && now < known.until) return known.verdict;
      answers.delete(key);
      const verdict = await source.judge(question);
      if (verdict.outcome === 'unavailable' || rememberMs === 0) return verdict;
      for (const oldest of answers.keys()) {
        if (answers.size < limits.gateAnswers) break;
        answers.delete(oldest);
      }
      answers.set(key, { verdict, until: now + rememberMs });
      return verdict;
    },
  };
}
