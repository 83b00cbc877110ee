// Every tag that a role has signed: what it names, by whom, and until when. A tag counts in a delegation only where
// its name begins with one of the paths that the role was given. Docker with content trust looks into
// `targets/releases` first and then into `targets`, and into nothing else (docker/cli, trust.ReleasesRole).

import { parentRole, type RoleName, topRoles } from '../../formats/notary1/role-name.ts';
import { type Digest, isDigest } from '../../formats/oci/digest.ts';
import type { TrustJudgement } from './judge.ts';
import type { RoleState } from './ledger.ts';

/**
 * `valid`: every role that leads to it holds. `expired`: it would, had none of them expired. `outside`: its role may
 * not sign this name. `invalid`: the rest.
 */
export type TagState = 'valid' | 'expired' | 'outside' | 'invalid';

export interface SignedTag {
  readonly tag: string;
  readonly role: RoleName;
  readonly state: TagState;
  /** Of the manifest or index; absent where the role states no SHA-256. */
  readonly digest?: Digest;
  readonly sizeBytes: number;
  /** Ids of the keys that signed the role’s file. */
  readonly signers: readonly string[];
  /** When the first of the roles that lead to it expires, and which one that is. Epoch milliseconds. */
  readonly validUntil: number;
  readonly validUntilRole: RoleName;
  /** Whether Docker with content trust pulls this one; at most one of a tag, and a valid one. */
  readonly isFollowed: boolean;
}

/** The one delegation that docker looks into. */
export const releasesRole = 'targets/releases';

/** By tag in code-unit order, and by the role’s precedence within one. */
export function listSignedTags(judgement: TrustJudgement): readonly SignedTag[] {
  const rows: Omit<SignedTag, 'isFollowed'>[] = [];
  for (const state of judgement.roles) {
    if (state.file?.kind !== 'targets') continue;
    const path = listPath(judgement, state);
    const [first] = path.flatMap(({ file }) => file ?? []).toSorted((a, b) => a.expiresAt - b.expiresAt);
    const chain = path.every((one) => one.isAccepted)
      ? 'valid'
      : path.every((one) => one.isAccepted || one.isExpired)
        ? 'expired'
        : 'invalid';
    for (const [tag, { sha256, sizeBytes }] of state.file.targets) {
      const digest = `sha256:${sha256}`;
      rows.push({
        tag,
        role: state.role,
        state: state.paths.some((prefix) => tag.startsWith(prefix)) ? chain : 'outside',
        ...(isDigest(digest) ? { digest } : {}),
        sizeBytes,
        signers: state.signers,
        validUntil: first?.expiresAt ?? state.file.expiresAt,
        validUntilRole: first?.role ?? state.role,
      });
    }
  }
  const followed = chooseFollowed(judgement, rows);
  return rows
    .map((row) => ({ ...row, isFollowed: followed.get(row.tag) === row.role }))
    .toSorted((a, b) => (a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0));
}

/** All that must hold for a role to count: the four at the top, then the role with the delegations above it. */
export function listPath({ roles }: Pick<TrustJudgement, 'roles'>, state: RoleState): readonly RoleState[] {
  const byName = new Map<string, RoleState>(roles.map((one) => [one.role, one]));
  return [...topRoles.flatMap((role) => byName.get(role) ?? []), ...above(byName, state)];
}

/** The delegation and those above it, `targets` left out. */
function above(byName: ReadonlyMap<string, RoleState>, state: RoleState): readonly RoleState[] {
  const found: RoleState[] = [];
  for (let at: RoleState | undefined = state; at !== undefined && at.role !== 'targets'; ) {
    found.push(at);
    const parent: RoleName | undefined = parentRole(at.role);
    at = parent === undefined ? undefined : byName.get(parent);
  }
  return found;
}

/** The role that is followed for each tag. A client that refuses the whole follows nothing. */
function chooseFollowed(
  { isAccepted }: TrustJudgement,
  rows: readonly Omit<SignedTag, 'isFollowed'>[],
): ReadonlyMap<string, string> {
  const followed = new Map<string, string>();
  if (!isAccepted) return followed;
  for (const role of ['targets', releasesRole])
    for (const row of rows) if (row.role === role && row.state === 'valid') followed.set(row.tag, role);
  return followed;
}
