// What policy files say of who signs: texts, and claims that are said exactly or by a pattern. A pattern is its own key
// (`identity-pattern`), so that nobody writes a dot and means any letter; a claim that is said both ways is a problem.
import { z } from 'zod';
import { limits } from '../../kit/limits.ts';
import type { ShapeProblem } from '../policy/shape-problem.ts';
import type { Path } from '../policy/yaml-text.ts';
import { isPattern, type PatternText } from './pattern.ts';

/** A text of a policy file. */
export const policyText = z.string().trim().min(1).max(limits.uriChars);

const claimPattern = policyText
  .max(limits.identityPatternChars)
  .refine(isPattern, 'must be a regular expression of RE2');

type ClaimShapes<C extends string> = Record<C | `${C}-pattern`, z.ZodOptional<typeof claimPattern>>;

/** The members of an object's shape for these claims, none of which must be there. */
export function claimShapes<C extends string>(claims: readonly C[]): ClaimShapes<C> {
  return Object.fromEntries(
    claims.flatMap((claim) => [
      [claim, policyText.optional()],
      [`${claim}-pattern`, claimPattern.optional()],
    ]),
  ) as ClaimShapes<C>;
}

/** How the claim is to be; undefined where nothing is said of it. */
export function readClaim<C extends string>(
  said: { readonly [K in C | `${C}-pattern`]?: string | undefined },
  claim: C,
  path: Path,
  problems: ShapeProblem[],
): PatternText | undefined {
  const [exact, matched] = [said[claim], said[`${claim}-pattern` as const]];
  if (exact !== undefined && matched !== undefined)
    problems.push({
      path,
      key: `${claim}-pattern`,
      text: `${claim} is said twice; say it exactly or by a pattern`,
    });
  if (exact !== undefined) return { kind: 'exact', text: exact };
  return matched === undefined ? undefined : { kind: 'pattern', text: matched };
}
