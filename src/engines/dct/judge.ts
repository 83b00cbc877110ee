// Whether a repository's trust data holds at a time, as the notary client has it (notary tuf/builder.go,
// client/tufclient.go): root, timestamp, snapshot, targets, then delegations from the top down. Every step is a check.
// `isAccepted` is that client's answer: it refuses the whole where one of the four top roles fails, or a delegation's
// file is not what the snapshot states; a delegation that expired or lacks signatures it steps over.
import { readFirstCertificate } from '../../formats/notary1/certificate.ts';
import { type FileHash, hasHashes } from '../../formats/notary1/file-hash.ts';
import type {
  Delegation,
  RoleFile,
  RoleFileOf,
  SnapshotFile,
  TargetsFile,
} from '../../formats/notary1/role-file.ts';
import { parseRoleName, type RoleName } from '../../formats/notary1/role-name.ts';
import { limits } from '../../kit/limits.ts';
import { type Check, type CheckOutcome, outcomeOf } from './check.ts';
import { judgeRole, noteHash, type RoleJudged } from './judge-role.ts';
import { judgeRoot } from './judge-root.ts';
import { createLedger, type Ledger, type RoleState } from './ledger.ts';
import { problemOf } from './root-keys.ts';
import type { TrustFiles } from './trust-files.ts';

export interface TrustJudgement {
  readonly gun: string;
  /** The time that expiry is judged by, epoch milliseconds. */
  readonly at: number;
  /** Over all checks. */
  readonly outcome: CheckOutcome;
  /** Whether the notary client takes it. */
  readonly isAccepted: boolean;
  /** Whether it would, had nothing expired. */
  readonly isSound: boolean;
  readonly checks: readonly Check[];
  /** Root, timestamp, snapshot, targets, then delegations in their order of precedence. */
  readonly roles: readonly RoleState[];
}

export function judgeTrust(files: TrustFiles, at: number): TrustJudgement {
  const ledger = createLedger();
  const root = judgeRoot(ledger, files, at);
  const keysOf = (role: 'timestamp' | 'snapshot' | 'targets') =>
    root.isTrusted ? root.file?.roles[role] : undefined;
  const top = (
    role: 'timestamp' | 'snapshot' | 'targets',
    above: RoleState,
    stated?: { by: string; hash: FileHash | undefined },
  ): RoleJudged =>
    judgeRole(
      ledger,
      files,
      {
        role: parseRoleName(role),
        keys: keysOf(role),
        paths: role === 'targets' ? [''] : [],
        isAccepted: above.isAccepted || above.isExpired,
        ...(stated === undefined ? {} : { stated }),
      },
      at,
    );
  const timestamp = top('timestamp', root);
  const stamped = trusted(timestamp, 'timestamp');
  const snapshot = top('snapshot', timestamp, { by: 'timestamp', hash: stamped?.snapshot });
  const listed = trusted(snapshot, 'snapshot');
  const bytes = files.current.get(root.role);
  const rootHash =
    bytes === undefined
      ? 'unknown'
      : noteHash(ledger, 'root', { by: 'snapshot', hash: listed?.files.get('root') }, bytes);
  const targets = top('targets', snapshot, { by: 'snapshot', hash: listed?.files.get('targets') });
  const walk: Walk = { ledger, files, at, listed, roles: [], isSound: true };
  const held = trusted(targets, 'targets');
  if (held !== undefined) judgeDelegations(walk, { ...targets, isFollowed: true }, held);
  const isListed = rootHash === 'passed';
  const rootState = {
    ...root,
    isAccepted: root.isAccepted && isListed,
    isExpired: root.isExpired && isListed,
  };
  const tops = [rootState, timestamp, snapshot, targets];
  return {
    gun: files.gun,
    at,
    outcome: outcomeOf(ledger.checks),
    isAccepted: tops.every((one) => one.isAccepted) && walk.isSound,
    isSound: tops.every((one) => one.isAccepted || one.isExpired) && walk.isSound,
    checks: ledger.checks,
    roles: [...tops, ...walk.roles],
  };
}

/** The file of a role that may be believed, if only until it expired. */
function trusted<K extends RoleFile['kind']>(state: RoleState, kind: K): RoleFileOf<K> | undefined {
  const { file } = state;
  if (file === undefined || file.kind !== kind || !(state.isAccepted || state.isExpired)) return undefined;
  return file as RoleFileOf<K>;
}

interface Walk {
  readonly ledger: Ledger;
  readonly files: TrustFiles;
  readonly at: number;
  readonly listed: SnapshotFile | undefined;
  readonly roles: RoleState[];
  /** False where the notary client gives up the whole for a delegation. */
  isSound: boolean;
}

/** `isFollowed`: the notary client comes as far as this role; it does not look below a delegation that expired. */
interface Parent extends RoleState {
  readonly isFollowed: boolean;
}

function judgeDelegations(walk: Walk, parent: Parent, file: TargetsFile): void {
  const names = new Set<RoleName>();
  for (const delegation of file.delegations) {
    const { role } = delegation;
    if (walk.roles.length >= limits.trustDelegations || names.has(role)) {
      const why = names.has(role)
        ? 'it is delegated to twice'
        : `there are more than ${limits.trustDelegations}`;
      walk.ledger.note('listed', role, 'failed', `${role}: ${why}`);
      if (parent.isFollowed) walk.isSound = false;
      continue;
    }
    names.add(role);
    const state = judgeDelegation(walk, parent, delegation);
    walk.roles.push(state);
    const own = trusted(state, 'targets');
    const isFollowed = parent.isFollowed && state.isAccepted;
    if (own !== undefined) judgeDelegations(walk, { ...state, isFollowed }, own);
  }
}

function judgeDelegation(walk: Walk, parent: Parent, delegation: Delegation): RoleState {
  const { ledger, files, listed } = walk;
  const { role } = delegation;
  const paths = delegation.paths.filter((path) => parent.paths.some((above) => path.startsWith(above)));
  const hash = listed?.files.get(role);
  // An entry that states nothing is none, as the real client has it.
  if (hash === undefined || (hash.sizeBytes === 0 && hasHashes(hash, new Uint8Array()) === undefined)) {
    const isThere = files.current.has(role);
    if (isThere)
      ledger.note('listed', role, 'failed', `${role}: the snapshot does not name it, so it does not count`);
    return {
      role,
      keys: delegation,
      paths,
      signers: [],
      isAccepted: false,
      isExpired: false,
      isEmpty: !isThere,
    };
  }
  const isCertified = judgeKeyCertificates(ledger, delegation);
  const asked = {
    role,
    keys: delegation,
    paths,
    stated: { by: 'snapshot', hash },
    isAccepted: isCertified && (parent.isAccepted || parent.isExpired),
  };
  const state = judgeRole(ledger, files, asked, walk.at);
  if (parent.isFollowed && (!state.isSound || !isCertified)) walk.isSound = false;
  return state;
}

/** Of a delegation's certificates the time does not count: the role's own expiry stands for it. */
function judgeKeyCertificates(ledger: Ledger, { role, keys }: Delegation): boolean {
  const problems = [...keys.values()].flatMap((key) => {
    const first = readFirstCertificate(key.bytes);
    return (first === undefined ? undefined : problemOf(first, undefined)) ?? [];
  });
  if (problems.length > 0) ledger.note('certificates', role, 'failed', `${role}: ${problems.join('; ')}`);
  return problems.length === 0;
}
