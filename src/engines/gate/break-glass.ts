// Letting in what would be denied, for a time, by somebody, for a reason. By the policy file, or by annotations of the
// workload where whoever asks may do that: who broke it is who asked, never what an annotation says. It ends by itself.
import { formatInstant } from '../../kit/clock.ts';
import { matchesGlob } from '../policy/glob.ts';
import type { GatePolicy } from './gate-policy.ts';

export const glassAnnotations = Object.freeze({
  reason: 'plimsoll.dev/break-glass-reason',
  until: 'plimsoll.dev/break-glass-until',
});

export interface GlassQuestion {
  readonly namespace: string;
  /** With its host. */
  readonly repository: string;
  readonly user: { readonly name: string; readonly groups: readonly string[] };
  readonly annotations: ReadonlyMap<string, string>;
  readonly now: number;
}

export type Glass =
  | { readonly kind: 'broken'; readonly who: string; readonly why: string; readonly until: Date }
  /** Somebody tried, and it does not hold. */
  | { readonly kind: 'refused'; readonly sentence: string; readonly fix: string }
  | { readonly kind: 'whole' };

const SHORTEST_REASON = 5;
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

export function judgeGlass({ breakGlass }: GatePolicy, question: GlassQuestion): Glass {
  const { namespace, repository, now } = question;
  const opening = breakGlass?.openings.find(
    ({ namespaces, images, from, until }) =>
      from.getTime() <= now &&
      now < until.getTime() &&
      isAny(namespaces, namespace) &&
      isAny(images, repository),
  );
  if (opening !== undefined)
    return { kind: 'broken', who: opening.who, why: opening.why, until: opening.until };
  const [why, said] = [glassAnnotations.reason, glassAnnotations.until].map((key) =>
    question.annotations.get(key),
  );
  if (why === undefined && said === undefined) return { kind: 'whole' };
  return judgeAnnotations(breakGlass, question, why?.trim() ?? '', said?.trim() ?? '');
}

function judgeAnnotations(
  breakGlass: GatePolicy['breakGlass'],
  { user, now }: GlassQuestion,
  why: string,
  said: string,
): Glass {
  const refuse = (sentence: string, fix: string): Glass => ({ kind: 'refused', sentence, fix });
  const who = user.name === '' ? 'Whoever asked' : user.name;
  const mayBreak =
    breakGlass !== undefined &&
    (isAny(breakGlass.users, user.name) || user.groups.some((group) => isAny(breakGlass.groups, group)));
  if (!mayBreak)
    return refuse(
      `${who} may not break the glass here.`,
      'Ask somebody whom the gate policy names under break-glass, or have an opening written there.',
    );
  if (why.length < SHORTEST_REASON)
    return refuse(
      `The glass is broken without a reason.`,
      `Say why in the annotation ${glassAnnotations.reason}, in ${SHORTEST_REASON} characters or more.`,
    );
  const untilMs = RFC3339.test(said) ? Date.parse(said) : Number.NaN;
  const example = `as ${formatInstant(now + Math.min(breakGlass.longestMs, 3_600_000))}`;
  if (Number.isNaN(untilMs))
    return refuse(
      `The annotation ${glassAnnotations.until} is ${said === '' ? 'missing' : 'no time of RFC 3339'}.`,
      `Write until when, ${example}.`,
    );
  if (untilMs <= now)
    return refuse(
      `The glass was broken until ${formatInstant(untilMs)}, which is over.`,
      `Deploy an image that passes, or say anew why and until when, ${example}.`,
    );
  if (untilMs - now > breakGlass.longestMs)
    return refuse(
      `The glass would be broken until ${formatInstant(untilMs)}, which is longer than the gate policy allows.`,
      `Write an earlier time, ${example}.`,
    );
  return { kind: 'broken', who: user.name, why, until: new Date(untilMs) };
}

export function isAny(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => matchesGlob(text, pattern));
}
