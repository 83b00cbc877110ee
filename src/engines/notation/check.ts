// What a verification of a Notary Project signature answers: a list of checks, each for itself. Unknown is an
// outcome of its own and is never read as passed; what an outcome means for the whole, the trust policy's level
// says. There is no word that stands for all of it.
import { describeError, isPlimsollError } from '../../kit/error.ts';

/** What is looked at (trust-store-trust-policy.md, "Signature Verification"), in this order. */
export type NotationAspect =
  | 'integrity'
  | 'subject'
  | 'metadata'
  | 'authenticity'
  | 'identity'
  | 'expiry'
  | 'authenticTimestamp'
  | 'revocation';

export type CheckOutcome = 'passed' | 'failed' | 'unknown';

export interface NotationCheck {
  readonly aspect: NotationAspect;
  /** `notation.` and what was found, for programs. */
  readonly code: string;
  readonly outcome: CheckOutcome;
  /** The same for people. */
  readonly sentence: string;
  /** `enforce`: anything but passed refuses the signature. `log`: it is said, and refuses nothing. */
  readonly action: 'enforce' | 'log';
}

export type Finding = Pick<NotationCheck, 'code' | 'outcome' | 'sentence'>;

export function passed(code: string, sentence: string): Finding {
  return { code: `notation.${code}`, outcome: 'passed', sentence };
}

export function failed(code: string, sentence: string): Finding {
  return { code: `notation.${code}`, outcome: 'failed', sentence };
}

/** What a coded refusal found; anything else that was thrown goes on. */
export function failedBy(cause: unknown): Finding {
  if (!isPlimsollError(cause)) throw cause;
  const text = describeError(cause);
  return {
    code: cause.code,
    outcome: 'failed',
    sentence: `${text.charAt(0).toUpperCase()}${text.slice(1)}.`,
  };
}

export function unknown(code: string, sentence: string): Finding {
  return { code: `notation.${code}`, outcome: 'unknown', sentence };
}
