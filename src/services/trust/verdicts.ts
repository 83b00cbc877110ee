// The door for gates: one answer for an image by the name that somebody would run it by. Always from what is known at
// this moment, never from a mark, so that a revocation or a new finding counts before anything was signed; the mark is
// named beside it where it says the same. What cannot be answered is unknown, and unknown is never pass.
import { digestPolicy, type Policy } from '../../engines/policy/policy.ts';
import type { Outcome } from '../../engines/policy/verdict.ts';
import { type Digest, isDigest } from '../../formats/oci/digest.ts';
import type { Query } from '../../io/db/database.ts';
import { limits } from '../../kit/limits.ts';
import type { RepositoryName } from '../hub/images.ts';
import type { JudgedImages, JudgedRule } from './judged-image.ts';
import { findMark, type Mark } from './mark-row.ts';
import { describeVerdict } from './mark-statement.ts';
import { findStanding, type StandingRevocation } from './revocation-row.ts';

export interface VerdictReason {
  /** The policy's rule; or `revoked`, `not-judged`, `not-whole`, `not-found`. */
  readonly rule: string;
  readonly outcome: Outcome;
  readonly platform?: string;
  /** For people. */
  readonly sentence: string;
  readonly fix?: string;
}

export interface ImageVerdict {
  /** Absent where the repository has no such tag or digest; one that is revoked is named all the same. */
  readonly digest?: Digest;
  readonly result: Outcome;
  /** In force. */
  readonly policy: { readonly name: string; readonly digest: string };
  /** None of a pass; failures first, at most `limits.verdictReasons`. */
  readonly reasons: readonly VerdictReason[];
  /** That stands and says the same. */
  readonly mark?: Mark;
  readonly revoked?: StandingRevocation;
}

export interface Verdicts {
  /** `repository` is one that the asker may pull from; undefined is answered as what is not there. */
  readVerdict(repository: RepositoryName | undefined, reference: string): Promise<ImageVerdict>;
}

export function createVerdicts(deps: {
  readonly query: Query;
  readonly judgedImages: JudgedImages;
  readonly policy: Policy;
}): Verdicts {
  const { query, judgedImages } = deps;
  const policy = { name: deps.policy.name, digest: digestPolicy(deps.policy) };

  /** Of a digest that is not there, a revocation still says no. */
  async function answerMissing(
    repository: RepositoryName | undefined,
    reference: string,
  ): Promise<ImageVerdict> {
    const digest = isDigest(reference) ? reference : undefined;
    const revoked =
      repository === undefined || digest === undefined
        ? undefined
        : (await findStanding(query, repository.name, [digest])).get(digest);
    if (revoked === undefined || digest === undefined)
      return {
        result: 'unknown',
        policy,
        reasons: [{ rule: 'not-found', outcome: 'unknown', sentence: 'There is no such image here.' }],
      };
    const sentence = asSentence(`It was revoked: ${revoked.why}`);
    const reasons = [{ rule: 'revoked', outcome: 'fail' as const, sentence }];
    return { digest, result: 'fail', policy, reasons, revoked };
  }

  return {
    async readVerdict(repository, reference) {
      const judged = repository && (await judgedImages.read(repository, reference));
      if (repository === undefined || judged === undefined) return answerMissing(repository, reference);
      const { digest, outcome, rules, revoked } = judged;
      const mark = await findMark(query, { repositoryId: repository.id, digest });
      const { result, answer } = describeVerdict(judged);
      const isSame =
        mark?.policy.digest === policy.digest && mark.result === result && mark.answer === answer;
      return {
        digest,
        result: outcome,
        policy,
        reasons: listReasons(rules),
        ...(mark !== undefined && isSame ? { mark } : {}),
        ...(revoked === undefined ? {} : { revoked }),
      };
    },
  };
}

function asSentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

function listReasons(rules: readonly JudgedRule[]): readonly VerdictReason[] {
  const open = rules.filter(({ outcome }) => outcome !== 'pass');
  return open
    .toSorted((a, b) => Number(a.outcome === 'unknown') - Number(b.outcome === 'unknown'))
    .slice(0, limits.verdictReasons)
    .map(({ rule, title, outcome, platform, reasons, fix }) => ({
      rule,
      outcome,
      ...(platform === undefined ? {} : { platform }),
      sentence: asSentence(reasons[0] ?? title),
      ...(fix === undefined ? {} : { fix }),
    }));
}
