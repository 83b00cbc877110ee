// Exit codes: 0 yes, 1 error, 2 the policy or threshold said no, 3 not found or not allowed.
// The same numbers for every command, so that a script can tell a "no" from a breakdown.
import { type ErrorKind, isPlimsollError } from '../../kit/error.ts';

export const exitCodes = Object.freeze({ yes: 0, error: 1, no: 2, missingOrDenied: 3 });
export type ExitCode = 0 | 1 | 2 | 3;

/** The exit code of a failure. */
export function exitCodeOf(error: unknown): ExitCode {
  return isPlimsollError(error) && REFUSED.includes(error.kind) ? exitCodes.missingOrDenied : exitCodes.error;
}

const REFUSED: readonly ErrorKind[] = ['missing', 'denied', 'unauthenticated'];
