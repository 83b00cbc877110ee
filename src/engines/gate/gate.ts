// The one decision of all doors: which images of a workload are let in, and why. Pure but for what it is handed: the
// policy, the registry's word on tags, the source of verdicts, the clock. Whatever is unknown, cannot be asked or fails
// on the way is denied unless the policy says otherwise, and what is let in unproved says so.
import type { Digest } from '../../formats/oci/digest.ts';
import type { RegistryReference } from '../../formats/oci/reference.ts';
import { type Clock, formatInstant } from '../../kit/clock.ts';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { isAny, judgeGlass } from './break-glass.ts';
import type { GateMode, GatePolicy, GateRule } from './gate-policy.ts';
import { readImageName } from './image-name.ts';
import type { ImagePlace } from './image-place.ts';
import { sayUnread } from './unread.ts';
import {
  type ImageVerdict,
  joinVerdicts,
  type Reason,
  type VerdictOutcome,
  type VerdictSource,
} from './verdict.ts';

export interface GateDeps {
  readonly policy: GatePolicy;
  readonly place: Pick<ImagePlace, 'resolve'>;
  readonly verdicts: VerdictSource;
  readonly clock: Clock;
}

/** One image as it is about to run. */
export interface GateImage {
  /** As it is written. */
  readonly image: string;
  /** For people: `container app`. */
  readonly place: string;
}

export interface GateSubject {
  readonly namespace: string;
  /** Of the workload. */
  readonly name: string;
  readonly user: { readonly name: string; readonly groups: readonly string[] };
  readonly annotations: ReadonlyMap<string, string>;
  readonly images: readonly GateImage[];
  /** Whoever asks has the digest already, or pins it to the answer's: a tag alone is no reason to deny. */
  readonly pins?: boolean;
}

export type Because =
  /** Proved. */
  | 'passed'
  | 'exempt'
  | 'off'
  /** Denied, were it not a dry run. */
  | 'dry-run'
  | 'break-glass'
  /** Not proved, and the policy lets that in. */
  | 'allowed-unproved'
  | 'denied';

export interface ImageDecision extends GateImage {
  readonly isAllowed: boolean;
  readonly because: Because;
  /** Absent where nothing was asked. */
  readonly outcome?: VerdictOutcome;
  readonly rule?: string;
  readonly digest?: Digest;
  /** The image with its digest, as it should be written. */
  readonly pinned?: string;
  readonly reasons: readonly Reason[];
  /** For whoever asked, where it is allowed and they should know. */
  readonly warnings: readonly string[];
}

export interface GateDecision {
  readonly isAllowed: boolean;
  /** One for each image, in their order. */
  readonly images: readonly ImageDecision[];
}

export interface Gate {
  readonly policy: GatePolicy;
  judge(subject: GateSubject, signal: AbortSignal): Promise<GateDecision>;
  /** Digests of images that are named by a tag alone and that a rule enforces; nothing of what cannot be told. */
  pin(subject: GateSubject, signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
}

export function createGate(deps: GateDeps): Gate {
  return {
    policy: deps.policy,
    async judge(subject, signal) {
      // The same image in several containers is one question.
      const asked = new Map<string, Promise<Omit<ImageDecision, 'place'>>>();
      const enter = createTurnstile(limits.gateLookups);
      const images = await Promise.all(
        subject.images.map(async ({ image, place }) => {
          const known = asked.get(image) ?? enter(() => judgeImage(deps, subject, image, signal));
          asked.set(image, known);
          return { ...(await known), place };
        }),
      );
      return { isAllowed: images.every(({ isAllowed }) => isAllowed), images };
    },
    async pin(subject, signal) {
      const enter = createTurnstile(limits.gateLookups);
      const pinned = new Map<string, string>();
      const names = [...new Set(subject.images.map(({ image }) => image))];
      await Promise.all(
        names.map((image) =>
          enter(async () => {
            const found = findRule(deps.policy, subject, image);
            if (!('reference' in found) || found.reference.digest !== undefined) return;
            if (found.rule?.demand.kind === 'exempt' || found.mode !== 'enforce') return;
            const digest = await within(deps.place.resolve(found.reference), signal).catch(() => undefined);
            if (digest !== undefined) pinned.set(image, `${image}@${digest}`);
          }),
        ),
      );
      return pinned;
    },
  };
}

type Draft = Omit<ImageDecision, 'place'>;

interface Found {
  readonly reference: RegistryReference;
  readonly rule?: GateRule;
  readonly mode: GateMode;
}

async function judgeImage(
  deps: GateDeps,
  subject: GateSubject,
  image: string,
  signal: AbortSignal,
): Promise<Draft> {
  const { policy } = deps;
  const found = findRule(policy, subject, image);
  const draft = { image, reasons: [], warnings: [] };
  if (found.mode === 'off') return { ...draft, isAllowed: true, because: 'off', ...nameOf(found) };
  if (!('reference' in found))
    return settle(deps, subject, {
      image,
      found,
      verdict: fail('reference', found.why, 'Write it as HOST/REPOSITORY:TAG or @DIGEST.'),
    });
  const { rule, reference } = found;
  if (rule?.demand.kind === 'exempt')
    return {
      ...draft,
      isAllowed: true,
      because: 'exempt',
      rule: rule.name,
      reasons: [{ rule: 'exempt', sentence: `${rule.name} exempts it: ${rule.demand.why}` }],
    };
  if (rule === undefined)
    return settle(deps, subject, { image, found, verdict: noRule(policy, reference, subject) });
  let digest: Digest;
  try {
    digest = await within(deps.place.resolve(reference), signal);
  } catch (cause) {
    return settle(deps, subject, { image, found, verdict: sayUnresolved(cause, signal) });
  }
  const { requirements } = rule.demand;
  const verdicts = await Promise.all(
    requirements.map(async (requirement) => {
      const work = deps.verdicts.judge({ reference, digest, requirement, signal });
      return within(work, signal).catch((cause: unknown) => sayFailure(requirement.kind, cause, signal));
    }),
  );
  return settle(deps, subject, { image, found, digest, verdict: joinVerdicts(verdicts) });
}

/** The first rule that is for it; of an exempt namespace the mode is off. */
function findRule(
  policy: GatePolicy,
  { namespace, name }: GateSubject,
  image: string,
): Found | { readonly mode: GateMode; readonly why: string } {
  const isExempt = isAny(policy.exemptNamespaces, namespace);
  try {
    if (image === '') return { mode: isExempt ? 'off' : policy.mode, why: 'No image is named.' };
    const reference = readImageName(image);
    const repository = `${reference.host}/${reference.repository}`;
    const rule = policy.rules.find(
      ({ namespaces, workloads, images }) =>
        isAny(namespaces, namespace) && isAny(workloads, name) && isAny(images, repository),
    );
    const mode = isExempt ? 'off' : (rule?.mode ?? policy.mode);
    return { reference, mode, ...(rule === undefined ? {} : { rule }) };
  } catch (cause) {
    if (!isPlimsollError(cause)) throw cause;
    return { mode: isExempt ? 'off' : policy.mode, why: `${cause.message}.` };
  }
}

interface Judged {
  readonly image: string;
  readonly found: ReturnType<typeof findRule>;
  readonly digest?: Digest;
  readonly verdict: ImageVerdict;
}

/** From what is known to what becomes of it. */
function settle({ policy, clock }: GateDeps, subject: GateSubject, judged: Judged): Draft {
  const { image, found, digest, verdict } = judged;
  const { outcome, reasons } = verdict;
  const reference = 'reference' in found ? found.reference : undefined;
  const isPinned = reference?.digest !== undefined;
  const draft = {
    image,
    outcome,
    ...nameOf(found),
    ...(digest === undefined ? {} : { digest, pinned: isPinned ? image : `${image}@${digest}` }),
    reasons,
    warnings: [] as readonly string[],
  };
  const first = reasons[0]?.sentence ?? 'No reason is known.';
  const isLetIn =
    outcome === 'pass' ||
    (verdict.revoked === undefined &&
      ((outcome === 'unknown' && policy.onUnknown === 'allow') ||
        (outcome === 'unavailable' && policy.onUnavailable === 'allow')));
  if (isLetIn) {
    const isLoose = !isPinned && subject.pins !== true;
    const loose = `${image} is named by a tag, which may be moved before it is pulled.`;
    if (isLoose && policy.onTag === 'deny')
      return refuse(policy, clock, subject, found, draft, {
        rule: 'tag',
        sentence: loose,
        fix: `Write ${digest === undefined ? 'its digest' : `${image}@${digest}`}, or let the gate’s mutating webhook do it.`,
      });
    const warnings = [
      ...(isLoose ? [loose] : []),
      ...(outcome === 'pass'
        ? []
        : [`${image} is let in though it is ${outcome}, as ${policy.name} says: ${first}`]),
    ];
    return {
      ...draft,
      isAllowed: true,
      because: outcome === 'pass' ? 'passed' : 'allowed-unproved',
      warnings,
    };
  }
  return refuse(policy, clock, subject, found, draft, undefined, verdict.revoked !== undefined);
}

/** Denied, unless it is a dry run or somebody broke the glass. What was taken back stays out even then. */
function refuse(
  policy: GatePolicy,
  clock: Clock,
  subject: GateSubject,
  found: Judged['found'],
  draft: Omit<Draft, 'isAllowed' | 'because'>,
  more?: Reason,
  isRevoked = false,
): Draft {
  const reasons = more === undefined ? draft.reasons : [more, ...draft.reasons];
  const first = reasons[0]?.sentence ?? '';
  if (found.mode === 'dry-run')
    return {
      ...draft,
      reasons,
      isAllowed: true,
      because: 'dry-run',
      warnings: [`${draft.image} would be denied: ${first}`],
    };
  const reference = 'reference' in found ? found.reference : undefined;
  const repository = reference === undefined ? draft.image : `${reference.host}/${reference.repository}`;
  const { namespace, user, annotations } = subject;
  const glass = judgeGlass(policy, { namespace, repository, user, annotations, now: clock.now() });
  if (glass.kind === 'broken' && !isRevoked)
    return {
      ...draft,
      reasons,
      isAllowed: true,
      because: 'break-glass',
      warnings: [
        `The glass is broken for ${draft.image} until ${formatInstant(glass.until.getTime())} by ${glass.who}: ${glass.why}`,
        `${draft.image}: ${first}`,
      ],
    };
  const tried: readonly Reason[] =
    glass.kind === 'refused'
      ? [{ rule: 'break-glass', sentence: glass.sentence, fix: glass.fix }]
      : glass.kind === 'broken'
        ? [{ rule: 'break-glass', sentence: 'A broken glass does not let in what was taken back.' }]
        : [];
  return { ...draft, reasons: [...reasons, ...tried], isAllowed: false, because: 'denied' };
}

function nameOf(found: Judged['found']): { readonly rule?: string } {
  return 'rule' in found && found.rule !== undefined ? { rule: found.rule.name } : {};
}

function noRule(policy: GatePolicy, reference: RegistryReference, subject: GateSubject): ImageVerdict {
  const name = `${reference.host}/${reference.repository}`;
  const where = subject.namespace === '' ? '' : ` in the namespace ${subject.namespace}`;
  return {
    outcome: 'unknown',
    reasons: [
      {
        rule: 'no-rule',
        sentence: `No rule of ${policy.name} is for ${name}${where}.`,
        fix: `Take an image that it knows, or add a rule for ${name} to ${policy.name}.`,
      },
    ],
  };
}

function fail(rule: string, sentence: string, fix: string): ImageVerdict {
  return { outcome: 'fail', reasons: [{ rule, sentence, fix }] };
}

function sayUnresolved(cause: unknown, signal: AbortSignal): ImageVerdict {
  if (isPlimsollError(cause, { kind: 'missing' }))
    return fail(
      'reference',
      `There is no such image: ${cause.message}.`,
      'Check its name and tag, and push it.',
    );
  return sayFailure('reference', cause, signal);
}

/** Whoever failed in a way that nobody foresaw knows nothing. */
function sayFailure(rule: string, cause: unknown, signal: AbortSignal): ImageVerdict {
  if (signal.aborted)
    return {
      outcome: 'unavailable',
      reasons: [{ rule, sentence: 'The answer did not come in time.', fix: 'Try again.' }],
    };
  if (isPlimsollError(cause)) return sayUnread(rule, cause);
  return {
    outcome: 'unknown',
    reasons: [{ rule, sentence: `It could not be judged: ${describeError(cause)}.` }],
  };
}

/** Sources may not heed the signal; whoever waits for the gate does not wait for them. */
async function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const ended = Promise.withResolvers<never>();
  const end = (): void => ended.reject(signal.reason);
  signal.addEventListener('abort', end, { once: true });
  work.catch(() => {});
  try {
    return await Promise.race([work, ended.promise]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** At most so many pieces of work at once, in the order in which they came. */
function createTurnstile(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let inside = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (inside >= most) await new Promise<void>((go) => waiting.push(go));
    else inside += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) inside -= 1;
      else next();
    }
  };
}
