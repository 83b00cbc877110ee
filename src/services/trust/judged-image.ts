// What is known by now of one image under the policy in force, whatever a tag or digest names: an image, or an index,
// which is as good as its worst platform. Read from the stored reports at each asking, so that it is never older than
// they are; what was not looked into, cannot be judged here, or was judged by another policy is unknown, never met.
import { digestPolicy, type Policy } from '../../engines/policy/policy.ts';
import type { Outcome } from '../../engines/policy/verdict.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import { revocationPredicateType } from '../../formats/sigstore/revocation-predicate.ts';
import { verificationSummaryType } from '../../formats/sigstore/verification-summary.ts';
import type { Query } from '../../io/db/database.ts';
import type { Images, RepositoryName, StoredImage, StoredPlatform } from '../hub/images.ts';
import type { ImageReport } from '../hub/report.ts';
import { findStanding, type StandingRevocation } from './revocation-row.ts';
import { fixOf } from './rule-fix.ts';

/** One rule's word on one platform. */
export interface JudgedRule {
  /** The policy's; or `not-judged`, `not-whole`, `revoked`. */
  readonly rule: string;
  readonly title: string;
  readonly outcome: Outcome;
  /** Absent where it is of the whole, or the image says none. */
  readonly platform?: string;
  /** Sentences, the most telling first. */
  readonly reasons: readonly string[];
  readonly fix?: string;
}

export interface JudgedImage {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly tag?: string;
  readonly outcome: Outcome;
  /** Some platform is still to be looked into: the answer is not the last word. */
  readonly isPending: boolean;
  /** False for what is no image to run: no rule was asked. */
  readonly isImage: boolean;
  /** What was revoked first. */
  readonly rules: readonly JudgedRule[];
  /** The digest itself was taken back. */
  readonly revoked?: StandingRevocation;
  /** Attestations that the rules were judged with. */
  readonly inputs: readonly Digest[];
}

export interface JudgedImages {
  /** Undefined where the repository has no such tag or digest. */
  read(repository: RepositoryName, reference: string): Promise<JudgedImage | undefined>;
}

/** What of a report a verdict needs. */
interface Judgement {
  readonly policyName: string | undefined;
  readonly policyDigest: string | undefined;
  readonly rules: readonly Omit<JudgedRule, 'platform'>[];
  readonly inputs: readonly Digest[];
}

/** Judgements kept: a cluster asks for the same hundreds of images again and again, of a few kilobytes each. */
const KEPT = 1_000;

export function createJudgedImages(deps: {
  readonly images: Pick<Images, 'find' | 'report'>;
  readonly query: Query;
  readonly policy: Policy;
}): JudgedImages {
  const { images, query, policy } = deps;
  const policyDigest = digestPolicy(policy);
  const kept = new Map<string, Judgement>();

  async function readJudgement(platform: StoredPlatform): Promise<Judgement | undefined> {
    const { judgedAt } = platform.scan;
    const key = `${platform.digest} ${judgedAt}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const report = await images.report(platform);
    if (report === undefined) return undefined;
    const judgement = shorten(report);
    if (kept.size >= KEPT) kept.delete(kept.keys().next().value as string);
    kept.set(key, judgement);
    return judgement;
  }

  async function judge(platform: StoredPlatform): Promise<PlatformVerdict> {
    const { state, error } = platform.scan;
    if (platform.isLacking === true)
      return unjudged(platform, 'not-whole', error ?? 'parts of the image are not in this repository');
    if (state === 'failed' || state === 'unsupported')
      return unjudged(
        platform,
        'not-judged',
        `It could not be looked into: ${error ?? 'no reason is known'}`,
      );
    const judgement = state === 'judged' ? await readJudgement(platform) : undefined;
    if (judgement === undefined)
      return { ...unjudged(platform, 'not-judged', 'It is still being looked into.'), isPending: true };
    // Reports of before there were digests of policies are of the policy of their name: others are judged again.
    const isOfThis =
      judgement.policyDigest === undefined
        ? judgement.policyName === undefined || judgement.policyName === policy.name
        : judgement.policyDigest === policyDigest;
    if (!isOfThis)
      return {
        ...unjudged(platform, 'not-judged', 'It was judged by an earlier policy, and is being judged again.'),
        isPending: true,
      };
    const named = platform.platform === undefined ? {} : { platform: platform.platform };
    return {
      isPending: false,
      rules: judgement.rules.map((rule) => ({ ...rule, ...named })),
      inputs: judgement.inputs,
    };
  }

  return {
    async read(repository, reference) {
      const image = await images.find(repository, reference);
      if (image === undefined) return undefined;
      const verdicts: PlatformVerdict[] = [];
      for (const platform of image.platforms) verdicts.push(await judge(platform));
      const digests = [image.digest, ...image.platforms.map(({ digest }) => digest)];
      return join(image, verdicts, await findStanding(query, repository.name, digests));
    },
  };
}

interface PlatformVerdict {
  readonly isPending: boolean;
  readonly rules: readonly JudgedRule[];
  readonly inputs: readonly Digest[];
}

function join(
  image: StoredImage,
  verdicts: readonly PlatformVerdict[],
  revocations: ReadonlyMap<string, StandingRevocation>,
): JudgedImage {
  const isImage =
    image.manifest.subject === undefined && image.platforms.some(({ scan }) => scan.state !== 'unsupported');
  const revoked = revocations.get(image.digest);
  const asked = isImage
    ? verdicts.flatMap((one) => one.rules)
    : [
        {
          rule: 'not-judged',
          title: 'An image that can be run',
          outcome: 'unknown' as const,
          reasons: ['It is no image that could be run, so that no rule was asked.'],
        },
      ];
  const rules = [...listRevoked(image, revocations), ...asked];
  return {
    digest: image.digest,
    mediaType: image.mediaType,
    ...(image.tag === undefined ? {} : { tag: image.tag }),
    outcome: worstOf(rules),
    isPending: verdicts.some(({ isPending }) => isPending),
    isImage,
    rules,
    ...(revoked === undefined ? {} : { revoked }),
    inputs: [...new Set(verdicts.flatMap(({ inputs }) => inputs))].sort(),
  };
}

function listRevoked(
  { digest, platforms }: StoredImage,
  revocations: ReadonlyMap<string, StandingRevocation>,
): readonly JudgedRule[] {
  const title = 'Nobody has revoked it';
  const own = revocations.get(digest);
  const below = platforms.flatMap((one) => {
    const revocation = one.digest === digest ? undefined : revocations.get(one.digest);
    const named = one.platform === undefined ? {} : { platform: one.platform };
    return revocation === undefined ? [] : [{ ...named, revocation }];
  });
  return [...(own === undefined ? [] : [{ revocation: own }]), ...below].map(
    ({ revocation, ...platform }): JudgedRule => ({
      rule: 'revoked',
      title,
      outcome: 'fail',
      ...platform,
      reasons: [`It was revoked: ${revocation.why}`],
    }),
  );
}

/** Fails where one fails, else unknown where one is; no rules at all are unknown too. */
function worstOf(rules: readonly Pick<JudgedRule, 'outcome'>[]): Outcome {
  if (rules.some(({ outcome }) => outcome === 'fail')) return 'fail';
  return rules.length === 0 || rules.some(({ outcome }) => outcome !== 'pass') ? 'unknown' : 'pass';
}

function unjudged({ platform }: StoredPlatform, rule: string, why: string): PlatformVerdict {
  const named = platform === undefined ? {} : { platform };
  const title = rule === 'not-whole' ? 'All of the image is in this repository' : 'What is inside is known';
  return {
    isPending: false,
    rules: [{ rule, title, outcome: 'unknown', ...named, reasons: [why] }],
    inputs: [],
  };
}

/** What the instance says itself is no ground for what it says. */
const OWN: ReadonlySet<string> = new Set([verificationSummaryType, revocationPredicateType]);

function shorten({ verdict, fixes, subject }: ImageReport): Judgement {
  return {
    policyName: verdict.policy,
    policyDigest: verdict.policyDigest,
    rules: verdict.rules.map((one) => {
      const fix = one.outcome === 'fail' ? fixOf(one.rule, fixes) : undefined;
      // Something that could not be judged is no pass, whatever the rest of the rule says.
      const outcome = one.outcome === 'pass' && one.unjudged > 0 ? ('unknown' as const) : one.outcome;
      const { rule, title, reasons } = one;
      return { rule, title, outcome, reasons: reasons.slice(0, 3), ...(fix === undefined ? {} : { fix }) };
    }),
    inputs: (subject.attestations ?? [])
      .filter(({ predicateType }) => !OWN.has(predicateType))
      .map(({ digest }) => digest),
  };
}
