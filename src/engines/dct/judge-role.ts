// One role file against what the files above it say: hash, signatures, version, expiry. The same steps for every role
// but the root (judge-root.ts).
import { type FileHash, hasHashes } from '../../formats/notary1/file-hash.ts';
import { parseRoleFile, type RoleFile, type RoleKeys } from '../../formats/notary1/role-file.ts';
import type { RoleName } from '../../formats/notary1/role-name.ts';
import { formatInstant } from '../../kit/clock.ts';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import type { CheckOutcome } from './check.ts';
import type { Ledger, RoleState } from './ledger.ts';
import { judgeSigning } from './signers.ts';
import type { TrustFiles } from './trust-files.ts';

export interface RoleAsked {
  readonly role: RoleName;
  /** Undefined where nothing trusted names the keys. */
  readonly keys: RoleKeys | undefined;
  /** What the role above states of the file, and its name; undefined for the timestamp, of which nobody states it. */
  readonly stated?: { readonly by: string; readonly hash: FileHash | undefined };
  readonly paths?: readonly string[];
  /** Whether the roles above it passed. */
  readonly isAccepted: boolean;
}

/** `isSound`: nothing but signatures and expiry failed, which a client steps over where it is a delegation. */
export interface RoleJudged extends RoleState {
  readonly isSound: boolean;
}

export function judgeRole(ledger: Ledger, files: TrustFiles, asked: RoleAsked, at: number): RoleJudged {
  const { role, keys, paths = [] } = asked;
  const state = { role, paths, ...(keys === undefined ? {} : { keys }) };
  const read = readFile(ledger, files, role);
  if (read === undefined)
    return { ...state, signers: [], isAccepted: false, isExpired: false, isEmpty: false, isSound: false };
  const { file, bytes } = read;
  const hashed = judgeHash(ledger, asked, bytes);
  const signing = keys === undefined ? undefined : judgeSigning(file, keys);
  const signed: CheckOutcome =
    signing === undefined ? 'unknown' : signing.kind === 'held' ? 'passed' : 'failed';
  const sentence = signing?.sentence ?? 'which keys may sign is said by a root that is not trusted';
  ledger.note('signatures', role, signed, `${role}: ${sentence}`);
  const version = judgeVersion(ledger, files, role, file.version);
  const expiry = judgeExpiry(ledger, file, at);
  const isRight = [hashed, signed, version].every((one) => one === 'passed') && asked.isAccepted;
  return {
    ...state,
    file,
    signers: signing?.signers ?? [],
    isAccepted: isRight && expiry === 'passed',
    isExpired: isRight && expiry === 'failed',
    isEmpty: false,
    isSound:
      hashed === 'passed' && version === 'passed' && signing !== undefined && signing.kind !== 'broken',
  };
}

/** The file where it is there and can be read; else that is noted. */
export function readFile(
  ledger: Ledger,
  files: TrustFiles,
  role: RoleName,
): { readonly file: RoleFile; readonly bytes: Uint8Array } | undefined {
  const bytes = files.current.get(role);
  if (bytes === undefined) {
    ledger.note('file', role, 'unknown', `${role}: its file is not here`);
    return undefined;
  }
  try {
    const file = parseRoleFile(bytes, role);
    ledger.note('file', role, 'passed', `${role}: version ${file.version} can be read`);
    return { file, bytes };
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    ledger.note('file', role, 'failed', describeError(error));
    return undefined;
  }
}

function judgeHash(ledger: Ledger, { role, stated }: RoleAsked, bytes: Uint8Array): CheckOutcome {
  // Nothing states the hash of a timestamp: its signature and its short life stand for it.
  if (stated === undefined) return 'passed';
  return noteHash(ledger, role, stated, bytes);
}

export function noteHash(
  ledger: Ledger,
  role: string,
  { by, hash }: NonNullable<RoleAsked['stated']>,
  bytes: Uint8Array,
): CheckOutcome {
  if (hash === undefined)
    return ledger.note(
      'hash',
      role,
      'unknown',
      `${role}: the ${by} that would state its hash is not trusted`,
    );
  if (bytes.byteLength > hash.sizeBytes)
    return ledger.note(
      'hash',
      role,
      'failed',
      `${role}: it has ${bytes.byteLength} bytes, the ${by} states ${hash.sizeBytes}`,
    );
  const has = hasHashes(hash, bytes);
  const outcome = has === true ? 'passed' : 'failed';
  const sentence =
    has === undefined
      ? `the ${by} states no hash of it that can be checked`
      : has
        ? `it has the hashes that the ${by} states`
        : `it does not have the hashes that the ${by} states`;
  return ledger.note('hash', role, outcome, `${role}: ${sentence}`);
}

export function judgeVersion(
  ledger: Ledger,
  files: TrustFiles,
  role: RoleName,
  version: number,
): CheckOutcome {
  const seen = files.seen?.get(role);
  // What nothing is known of cannot be older than it.
  if (seen === undefined) return 'passed';
  const isOlder = version < seen;
  return ledger.note(
    'version',
    role,
    isOlder ? 'failed' : 'passed',
    isOlder
      ? `${role}: this is version ${version}, but version ${seen} was seen before`
      : `${role}: version ${version} is not older than what was seen before (${seen})`,
  );
}

export function judgeExpiry(ledger: Ledger, file: RoleFile, at: number): CheckOutcome {
  const isExpired = file.expiresAt < at;
  const until = formatInstant(file.expiresAt);
  return ledger.note(
    'expiry',
    file.role,
    isExpired ? 'failed' : 'passed',
    isExpired ? `${file.role}: it expired on ${until}` : `${file.role}: it is valid until ${until}`,
  );
}
