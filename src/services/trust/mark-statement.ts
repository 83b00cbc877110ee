// What a mark says: one digest judged by one policy, as the parts of a statement to be signed, and the fingerprint that
// tells whether what stands says the same already. PASSED is said only where every rule is met and nothing is unknown.
import type { Outcome } from '../../engines/policy/verdict.ts';
import { digestAlgorithm, digestHex } from '../../formats/oci/digest.ts';
import { formatPurl } from '../../formats/packages/purl.ts';
import type { StatementParts } from '../../formats/sigstore/intoto-statement.ts';
import {
  formatVerificationSummary,
  verificationSummaryType,
} from '../../formats/sigstore/verification-summary.ts';
import { hashHex } from '../../kit/hash.ts';
import { type Json, stableJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import type { JudgedImage, JudgedRule } from './judged-image.ts';

export interface MarkedVerdict {
  readonly result: 'PASSED' | 'FAILED';
  readonly outcome: Outcome;
  readonly answer: string;
  /** The predicate's own member. */
  readonly details: Json;
}

/** Where and by whom it is said. */
export interface MarkFrame {
  /** What clients write before the repository's name. */
  readonly host: string;
  readonly repository: string;
  /** The instance's address. */
  readonly verifier: string;
  readonly version: string;
  readonly policy: { readonly name: string; readonly digest: string };
  readonly now: number;
}

export function describeVerdict(judged: JudgedImage): MarkedVerdict {
  const { outcome, rules } = judged;
  const answer = answerOf(judged);
  const told = rules.toSorted((a, b) => ORDER[a.outcome] - ORDER[b.outcome]).slice(0, limits.markRules);
  const omitted = rules.length - told.length;
  return {
    result: outcome === 'pass' ? 'PASSED' : 'FAILED',
    outcome,
    answer,
    details: {
      outcome,
      answer,
      rules: told.map(formatRule),
      ...(omitted === 0 ? {} : { rulesOmitted: omitted }),
    },
  };
}

const ORDER: Readonly<Record<Outcome, number>> = Object.freeze({ fail: 0, unknown: 1, pass: 2 });

/** One sentence, without a full stop. */
function answerOf({ rules, revoked }: JudgedImage): string {
  if (revoked !== undefined) return `Revoked: ${cut(revoked.why)}`;
  const count = (outcome: Outcome): number => rules.filter((rule) => rule.outcome === outcome).length;
  const [failed, open, all] = [count('fail'), count('unknown'), rules.length];
  const judgments = all === 1 ? '1 judgment' : `${all} judgments`;
  if (failed > 0)
    return `${failed} of ${judgments} not met${open === 0 ? '' : `, ${open} unknown`}: ${names(rules, 'fail')}`;
  if (open > 0 || all === 0) return `${open} of ${judgments} unknown: ${names(rules, 'unknown')}`;
  return `All ${judgments} met`;
}

function names(rules: readonly JudgedRule[], outcome: Outcome): string {
  const found = [...new Set(rules.filter((rule) => rule.outcome === outcome).map(({ rule }) => rule))];
  return `${found.slice(0, 3).join(', ')}${found.length > 3 ? ` and ${found.length - 3} more` : ''}`;
}

function formatRule({ rule, title, outcome, platform, reasons, fix }: JudgedRule): Json {
  return {
    rule,
    title: cut(title),
    outcome,
    ...(platform === undefined ? {} : { platform }),
    reasons: outcome === 'pass' ? [] : reasons.map(cut),
    ...(fix === undefined ? {} : { fix: cut(fix) }),
  };
}

function cut(text: string): string {
  return text.length <= limits.markReasonChars ? text : `${text.slice(0, limits.markReasonChars - 1)}…`;
}

/**
 * Equal where a mark that stands still says what one made now would. `authority` is whatever changes with the keys that
 * verifiers trust.
 */
export function fingerprintOf(
  verdict: MarkedVerdict,
  { host, repository, verifier, policy }: Omit<MarkFrame, 'now' | 'version'>,
  authority: string,
): string {
  return hashHex('sha256', stableJson({ verdict, host, repository, verifier, policy, authority }));
}

/** The statement, about exactly this digest. */
export function describeMark(judged: JudgedImage, verdict: MarkedVerdict, frame: MarkFrame): StatementParts {
  const { host, repository, verifier, version, policy, now } = frame;
  const { digest } = judged;
  const place = `${host}/${repository}`;
  return {
    subjects: [{ name: place, digest: { [digestAlgorithm(digest)]: digestHex(digest) } }],
    predicateType: verificationSummaryType,
    predicate: formatVerificationSummary({
      verifier: { id: verifier, version: { plimsoll: version } },
      verifiedAtMs: now,
      resourceUri: purlOf(place, digest),
      policy: {
        // Of a file its name alone: where it lies on the server is nobody's business.
        uri: `${verifier}${policyPath}#${encodeURIComponent(policy.name.slice(policy.name.lastIndexOf('/') + 1))}`,
        digest: { sha256: policy.digest.slice('sha256:'.length) },
      },
      inputs: judged.inputs.map((input) => ({
        uri: purlOf(place, input),
        digest: { [digestAlgorithm(input)]: digestHex(input) },
      })),
      result: verdict.result,
      details: verdict.details,
    }),
  };
}

/** Where the instance shows the policy in force. */
export const policyPath = '/api/v1/policy';

function purlOf(place: string, digest: string): string {
  const name = place.slice(place.lastIndexOf('/') + 1);
  return formatPurl({ type: 'oci', name, version: digest, qualifiers: { repository_url: place } });
}
