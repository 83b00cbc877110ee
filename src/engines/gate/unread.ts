// What is said where something could not be asked for or read. A registry that does not answer is not the same as an
// image that nobody knows; one that answers that the image was revoked has said enough.
import { imageErrors } from '../../io/images/errors.ts';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import type { Unread } from '../verify/find-signed.ts';
import type { ImageVerdict, Reason } from './verdict.ts';

/** Nothing could be found out, for whatever reason. */
export function sayUnread(rule: string, cause: unknown): ImageVerdict {
  const why = describeError(cause).replace(/\.$/, '');
  if (isPlimsollError(cause, { code: imageErrors.revoked.code })) return sayRevoked(why);
  if (isUnavailable(cause))
    return {
      outcome: 'unavailable',
      reasons: [{ rule, sentence: `It could not be asked for: ${why}.`, fix: 'Try again when it answers.' }],
    };
  return {
    outcome: 'unknown',
    reasons: [
      {
        rule,
        sentence: `It cannot be told: ${why}.`,
        fix: 'Check the name, and that the gate’s login may read it: plimsoll login HOST.',
      },
    ],
  };
}

export function sayRevoked(why: string): ImageVerdict {
  const sentence = `The image was taken back: ${why.replace(/\.$/, '')}.`;
  const fix = 'Deploy another image; whoever took it back can reinstate it.';
  return { outcome: 'fail', revoked: why, reasons: [{ rule: 'revocation', sentence, fix }] };
}

/**
 * The verdict with what could not be read beside it. That might be what took the image back, so that nothing passes;
 * and where the place itself did not give it, it might as well be what would have passed.
 */
export function weighUnread(
  rule: string,
  verdict: ImageVerdict,
  { unknowns, failures }: Unread,
): ImageVerdict {
  if (verdict.revoked !== undefined) return verdict;
  const failure = failures.find(isUnavailable) ?? failures[0];
  if (failure !== undefined) return sayUnread(rule, failure);
  if (unknowns.length === 0) return verdict;
  const missing = unknowns.slice(0, 3).map(
    ({ where, why }): Reason => ({
      rule: 'evidence',
      sentence: `What hangs on it could not be read: ${where}: ${why.replace(/\.$/, '')}.`,
      fix: 'Remove it from the registry, or push it anew.',
    }),
  );
  if (verdict.outcome === 'pass') return { outcome: 'unknown', reasons: missing };
  return { ...verdict, reasons: [...verdict.reasons, ...missing] };
}

function isUnavailable(cause: unknown): boolean {
  return isPlimsollError(cause, { kind: 'unavailable' }) || isPlimsollError(cause, { kind: 'limited' });
}
