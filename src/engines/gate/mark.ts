// Whether a mark that holds says that this digest passed (SLSA verification summary v1, slsa.dev/spec/v1.1). What counts
// of each policy is the newest mark by what its signer says, so that an older PASSED that was kept does not hide a
// FAILED; where no policy is named, all of them must have passed.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Bundle } from '../../formats/sigstore/bundle.ts';
import type { SignedStatement } from '../../formats/sigstore/statement.ts';
import type { TrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { verdictMember, verificationSummaryType } from '../../formats/sigstore/verification-summary.ts';
import { formatInstant } from '../../kit/clock.ts';
import { isJsonObject, type Json } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { matchesGlob } from '../policy/glob.ts';
import type { JudgeWitnesses, Revocation } from '../verify/expectation.ts';
import { judgeTrust } from '../verify/judge-trust.ts';
import type { TrustedKey } from '../verify/signer.ts';
import type { Verification } from '../verify/verify-bundle.ts';
import type { MarkRequirement } from './gate-policy.ts';
import type { ImageVerdict, Reason } from './verdict.ts';

export interface MarkParts {
  /** The repository with its host. */
  readonly name: string;
  readonly digest: Digest;
  /** Everything that hangs on the digest. */
  readonly bundles: readonly Bundle[];
  readonly trustedRoots: readonly TrustedRoot[];
  readonly keys: readonly TrustedKey[];
  readonly revocations: readonly Revocation[];
  readonly witnesses?: JudgeWitnesses;
  readonly now: Date;
}

/** What each mark proves under the signer; what somebody else's kind of key signed is left out. */
function proveMarks(
  { signer, maxAgeMs }: MarkRequirement,
  { digest, bundles, trustedRoots, keys, revocations, witnesses, now }: MarkParts,
): readonly Verification[] {
  const predicateType = verificationSummaryType;
  const statement = { predicateType, ...(maxAgeMs === undefined ? {} : { maxAgeMs }) };
  const rule = { names: ['*'], signers: [signer], signatures: 0, statements: [statement], isTagBound: false };
  const { demands } = judgeTrust({
    policy: { name: predicateType, rules: [rule] },
    name: 'it',
    artifact: { digest },
    bundles,
    trustedRoots,
    keys,
    revocations,
    ...(witnesses === undefined ? {} : { witnesses }),
    now,
  });
  return demands
    .flatMap(({ kind, tried }) => (kind === 'statement' ? tried : []))
    .filter(({ statement: one }) => one?.predicateType === predicateType);
}

export function judgeMark(requirement: MarkRequirement, parts: MarkParts): ImageVerdict {
  const tried = proveMarks(requirement, parts);
  const proved = tried.filter(({ outcome }) => outcome === 'passed');
  const marks = proved.flatMap((one) => readMark(one) ?? []);
  const fitting = marks.filter((mark) => isFitting(mark, requirement, parts.name));
  if (fitting.length === 0) return noneFits(requirement, parts, tried, marks);
  const newest = new Map<string, Mark>();
  for (const mark of fitting) {
    const other = newest.get(mark.policy);
    // Of two at the same time the worse one.
    if (other === undefined || mark.at > other.at || (mark.at === other.at && mark.result !== 'PASSED'))
      newest.set(mark.policy, mark);
  }
  const judged = [...newest.values()];
  const bad = judged.filter(({ result }) => result !== 'PASSED');
  if (bad.length > 0)
    return { outcome: 'fail', reasons: bad.flatMap((one) => [sayFailed(one), ...one.details]) };
  return { outcome: 'pass', reasons: judged.map(sayPassed) };
}

interface Mark {
  readonly policy: string;
  readonly resource: string;
  readonly result: string;
  /** Milliseconds: what the signer says of when it looked. */
  readonly at: number;
  /** What a Plimsoll says of each rule, where it is one that signed. */
  readonly details: readonly Reason[];
}

/** Undefined where the predicate is not one that says something. */
function readMark({ statement, signedAt }: Verification): Mark | undefined {
  const { predicate } = statement as SignedStatement;
  const policy = isJsonObject(predicate.policy) ? text(predicate.policy.uri) : '';
  const at = Date.parse(text(predicate.timeVerified)) || signedAt?.getTime();
  const result = text(predicate.verificationResult);
  if (at === undefined || result === '') return undefined;
  return { policy, resource: text(predicate.resourceUri), result, at, details: readDetails(predicate) };
}

/** Rules that are not met, in the member that a Plimsoll adds to its marks; none where another signed. */
function readDetails({ [verdictMember]: verdict }: SignedStatement['predicate']): readonly Reason[] {
  const rules =
    isJsonObject(verdict) && Array.isArray(verdict.rules) ? (verdict.rules as readonly Json[]) : [];
  return rules.slice(0, limits.imageStatements).flatMap((one): Reason[] => {
    if (!isJsonObject(one) || one.outcome === 'pass') return [];
    const reasons = Array.isArray(one.reasons) ? one.reasons.filter((said) => typeof said === 'string') : [];
    const [what = text(one.title)] = reasons;
    const where = text(one.platform) === '' ? '' : `${text(one.platform)}: `;
    const fix = text(one.fix);
    return [{ rule: text(one.rule), sentence: `${where}${what}`, ...(fix === '' ? {} : { fix }) }];
  });
}

function isFitting(mark: Mark, { policy, resource }: MarkRequirement, name: string): boolean {
  if (policy !== undefined && !matchesGlob(mark.policy, policy)) return false;
  const about = nameOf(mark.resource);
  return resource === undefined ? about === name : matchesGlob(about, resource);
}

/** `pkg:oci/app@…?repository_url=HOST/REPOSITORY`, `https://HOST/REPOSITORY:1@sha256:…` and the like as `HOST/REPOSITORY`. */
function nameOf(resource: string): string {
  if (resource.startsWith('pkg:')) {
    const [, query = ''] = resource.split('?', 2);
    return new URLSearchParams(query).get('repository_url') ?? '';
  }
  const [path = ''] = resource.replace(/^[a-z][a-z0-9+.-]*:\/\//, '').split(/[@?#]/, 1);
  return path.replace(/:[\w.-]+$/, '');
}

function noneFits(
  { policy, resource }: MarkRequirement,
  { name, digest }: MarkParts,
  tried: readonly Verification[],
  marks: readonly Mark[],
): ImageVerdict {
  const wanted = `${policy === undefined ? '' : ` for the policy ${policy}`}`;
  const reasons: Reason[] = [
    ...tried
      .filter(({ outcome }) => outcome !== 'passed')
      .flatMap(({ checks }) => checks.filter(({ outcome }) => outcome !== 'passed').slice(0, 1))
      .slice(0, 3)
      .map(({ sentence }) => ({ rule: 'mark', sentence: `A mark does not count: ${sentence}` })),
    ...marks.slice(0, 3).map((mark) => ({
      rule: 'mark',
      sentence: `A mark is for ${mark.resource} and the policy ${mark.policy}.`,
    })),
  ];
  const nothing: Reason = {
    rule: 'mark',
    sentence: `No mark${wanted} that counts hangs on ${resource ?? name}@${digest}.`,
    fix: `Push the image to the instance that marks it and wait for its scan, or copy it with its marks: plimsoll copy FROM ${name}.`,
  };
  return { outcome: tried.length === 0 ? 'unknown' : 'fail', reasons: [nothing, ...reasons] };
}

function sayPassed({ policy, at }: Mark): Reason {
  return {
    rule: 'mark',
    sentence: `It passed the policy ${policy || 'of its signer'} at ${formatInstant(at)}.`,
  };
}

function sayFailed({ policy, at, result }: Mark): Reason {
  return {
    rule: 'mark',
    sentence: `Its mark says ${result.slice(0, 40)} for the policy ${policy || 'of its signer'}, at ${formatInstant(at)}.`,
    fix: 'See what is wrong with `plimsoll inspect IMAGE`, push a mended image, and deploy that.',
  };
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
