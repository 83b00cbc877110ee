// The root: signed by its own keys, as certificates for this repository; each version signed by the keys of the one
// before it too; not expired; and the one that the snapshot means.
import { parseRoleFile, type RoleKeys, type RootFile } from '../../formats/notary1/role-file.ts';
import { parseRoleName } from '../../formats/notary1/role-name.ts';
import { describeError, isPlimsollError } from '../../kit/error.ts';
import type { CheckOutcome } from './check.ts';
import { judgeExpiry, judgeVersion, readFile } from './judge-role.ts';
import type { Ledger, RoleState } from './ledger.ts';
import { readRootKeys } from './root-keys.ts';
import { judgeSigning } from './signers.ts';
import type { TrustFiles } from './trust-files.ts';

export interface RootJudged extends RoleState {
  readonly file?: RootFile;
  /** Whether what it says of keys can be believed: signed, and reached from what was seen; it may have expired. */
  readonly isTrusted: boolean;
}

/** All but its hash, which the snapshot states and judge.ts compares. */
export function judgeRoot(ledger: Ledger, files: TrustFiles, at: number): RootJudged {
  const role = parseRoleName('root');
  const state = { role, paths: [], isEmpty: false };
  const read = readFile(ledger, files, role);
  if (read === undefined || read.file.kind !== 'root')
    return { ...state, signers: [], isAccepted: false, isExpired: false, isTrusted: false };
  const { file } = read;
  const chain = judgeChain(ledger, files, file);
  const { keys, refused } = readRootKeys(file, files.gun, at);
  const certified = noteCertificates(ledger, files.gun, keys.size, refused);
  const own: RoleKeys = { keys, threshold: file.roles.root.threshold };
  const signing = judgeSigning(file, own);
  const signed: CheckOutcome = signing.kind === 'held' ? 'passed' : 'failed';
  ledger.note('signatures', role, signed, `root: ${signing.sentence}`);
  const version = judgeVersion(ledger, files, role, file.version);
  const expiry = judgeExpiry(ledger, file, at);
  const isTrusted = [certified, signed, version].every((one) => one === 'passed') && chain !== 'failed';
  return {
    ...state,
    keys: file.roles.root,
    file,
    signers: signing.signers,
    isAccepted: isTrusted && expiry === 'passed',
    isExpired: isTrusted && expiry === 'failed',
    isTrusted,
  };
}

function noteCertificates(
  ledger: Ledger,
  gun: string,
  count: number,
  refused: readonly string[],
): CheckOutcome {
  const others = refused.length === 0 ? '' : `; ${refused.join('; ')}`;
  const counted = count === 1 ? '1 of its keys counts' : `${count} of its keys count`;
  return count > 0
    ? ledger.note('certificates', 'root', 'passed', `root: ${counted} for ${gun}${others}`)
    : ledger.note('certificates', 'root', 'failed', `root: none of its keys counts for ${gun}${others}`);
}

/** Each version signed by the one before it, as far back as they are there. */
function judgeChain(ledger: Ledger, files: TrustFiles, newest: RootFile): CheckOutcome {
  const roots = new Map<number, RootFile>([[newest.version, newest]]);
  let outcome: CheckOutcome = 'passed';
  const note = (found: CheckOutcome, version: number, sentence: string): void => {
    ledger.note('chain', 'root', found, sentence, version);
    if (found === 'failed' || outcome === 'passed') outcome = found;
  };
  for (const [version, bytes] of files.roots) {
    if (version >= newest.version) continue;
    const root = readRoot(bytes);
    if (typeof root === 'string') note('failed', version, `root version ${version}: ${root}`);
    else if (root.version !== version)
      note(
        'failed',
        version,
        `the root asked for as version ${version} says that it is version ${root.version}`,
      );
    else roots.set(version, root);
  }
  const versions = [...roots.keys()].sort((a, b) => a - b);
  const first = versions[0] ?? newest.version;
  if (first > 1)
    note(
      'unknown',
      first,
      `root version ${first}: the versions before it are not here, so what led to it is not known`,
    );
  for (const version of versions.slice(1)) {
    const root = roots.get(version) as RootFile;
    const before = roots.get(version - 1);
    if (before === undefined) {
      note('unknown', version, `root version ${version}: the version before it is not here`);
      continue;
    }
    const { keys } = readRootKeys(before, files.gun, undefined);
    const { kind, sentence } = judgeSigning(root, { keys, threshold: before.roles.root.threshold });
    const held = kind === 'held' ? 'passed' : 'failed';
    note(held, version, `root version ${version}, by the keys of version ${version - 1}: ${sentence}`);
  }
  noteAnchor(ledger, first, files.seen?.get('root'));
  return outcome;
}

function noteAnchor(ledger: Ledger, first: number, seen: number | undefined): void {
  if (seen !== undefined)
    ledger.note(
      'anchor',
      'root',
      'passed',
      `root: version ${seen} was seen before, and this one is compared with it`,
    );
  else
    ledger.note(
      'anchor',
      'root',
      'unknown',
      `root: version ${first} is believed on first use; compare its keys with what the publisher says of them`,
    );
}

function readRoot(bytes: Uint8Array): RootFile | string {
  try {
    const root = parseRoleFile(bytes, parseRoleName('root'));
    return root.kind === 'root' ? root : 'it is no root';
  } catch (error) {
    if (!isPlimsollError(error)) throw error;
    return describeError(error);
  }
}
