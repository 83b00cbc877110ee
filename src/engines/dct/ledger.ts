// What is written down while a repository is judged: checks in their order, and the state that each role came to.
import type { RoleFile, RoleKeys } from '../../formats/notary1/role-file.ts';
import type { RoleName } from '../../formats/notary1/role-name.ts';
import type { Check, CheckCode, CheckOutcome } from './check.ts';

export interface RoleState {
  readonly role: RoleName;
  /** Who may sign it; absent where nothing that is trusted says so. */
  readonly keys?: RoleKeys;
  /** What a delegation may sign: what its own paths and all above them allow. */
  readonly paths: readonly string[];
  /** Absent where it is not there or cannot be read. */
  readonly file?: RoleFile;
  /** Ids of the keys whose signatures hold. */
  readonly signers: readonly string[];
  /** Whether all that was looked at in it passed, and in the roles above it. */
  readonly isAccepted: boolean;
  /** It would be accepted, had it not expired. */
  readonly isExpired: boolean;
  /** A delegation that nobody has signed anything in yet. */
  readonly isEmpty: boolean;
}

export interface Ledger {
  readonly checks: readonly Check[];
  note(
    code: CheckCode,
    role: string,
    outcome: CheckOutcome,
    sentence: string,
    version?: number,
  ): CheckOutcome;
}

export function createLedger(): Ledger {
  const checks: Check[] = [];
  return {
    checks,
    note(code, role, outcome, sentence, version) {
      checks.push({ code, role, ...(version === undefined ? {} : { version }), outcome, sentence });
      return outcome;
    },
  };
}
