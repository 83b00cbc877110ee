// What Content Trust says of each tag, one answer a tag: the row that docker follows, or else the best of the others,
// and how far it may be believed. `held` is what the notary client accepts with nothing unknown on the way to it;
// `doubtful` is right but for its age or for what could not be looked at; `refused` no reason can make good.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Check } from './check.ts';
import type { TrustJudgement } from './judge.ts';
import type { RoleState } from './ledger.ts';
import { listPath, listSignedTags, releasesRole, type SignedTag, type TagState } from './tags.ts';

/** What a person may take on, with a reason. */
export const doubts = Object.freeze(['expired', 'unknown'] as const);
export type Doubt = (typeof doubts)[number];

export interface TagEvidence extends SignedTag {
  readonly standing: 'held' | 'doubtful' | 'refused';
  /** Where it is doubtful; none otherwise. */
  readonly doubts: readonly Doubt[];
  /** For people, why it is not held. */
  readonly why?: string;
  /** The four top roles, then the role itself and the delegations above it. */
  readonly path: readonly RoleState[];
  /** What was looked at in the roles of the path. */
  readonly checks: readonly Check[];
}

const BEST: readonly TagState[] = ['valid', 'expired', 'outside', 'invalid'];

/** One for each tag that any role names, in code-unit order. */
export function listTagEvidence(judgement: TrustJudgement): readonly TagEvidence[] {
  const order = new Map<string, number>(judgement.roles.map(({ role }, at) => [role, at]));
  // As docker has it: releases first, then targets, and the other delegations in their order.
  const rank = ({ role, state, isFollowed }: SignedTag): readonly number[] => [
    isFollowed ? 0 : 1,
    BEST.indexOf(state),
    role === releasesRole ? 0 : 1,
    order.get(role) ?? 0,
  ];
  const chosen = new Map<string, SignedTag>();
  for (const row of listSignedTags(judgement)) {
    const known = chosen.get(row.tag);
    if (known === undefined || isBefore(rank(row), rank(known))) chosen.set(row.tag, row);
  }
  return [...chosen.values()].map((row) => judgeRow(judgement, row));
}

/** What is said of a tag as the thing to be shown again: its digest is there wherever it is not refused. */
export function isBelievable(
  evidence: TagEvidence,
  accepted: readonly Doubt[],
): evidence is TagEvidence & { readonly digest: Digest } {
  return evidence.standing !== 'refused' && evidence.doubts.every((one) => accepted.includes(one));
}

function judgeRow(judgement: TrustJudgement, row: SignedTag): TagEvidence {
  const state = judgement.roles.find(({ role }) => role === row.role);
  const path = state === undefined ? [] : listPath(judgement, state);
  const roles = new Set<string>(path.map(({ role }) => role));
  const checks = judgement.checks.filter(({ role }) => roles.has(role));
  const told = { ...row, path, checks };
  const wrong = findFault(judgement, row);
  if (wrong !== undefined) return { ...told, standing: 'refused', doubts: [], why: wrong };
  const open = checks.filter(({ code, outcome }) => outcome === 'unknown' && code !== 'anchor');
  const late = path.filter(({ isExpired }) => isExpired).map(({ role }) => role);
  const found: readonly (readonly [Doubt, string])[] = [
    ...(row.state === 'expired' ? [['expired', `${late.join(', ')} had expired`] as const] : []),
    ...(open.length > 0
      ? [['unknown', `not known: ${open.map(({ sentence }) => sentence).join('; ')}`] as const]
      : []),
  ];
  if (found.length === 0) return { ...told, standing: 'held', doubts: [] };
  const why = found.map(([, said]) => said).join('; ');
  return { ...told, standing: 'doubtful', doubts: found.map(([doubt]) => doubt), why };
}

/** What is wrong beyond its age, or undefined. */
function findFault({ isSound, checks }: TrustJudgement, { digest, state, role, tag }: SignedTag) {
  if (digest === undefined) return `${role} states no SHA-256 for ${tag}`;
  if (state === 'outside') return `${role} may not sign tags of this name`;
  const failed = checks.filter(({ code, outcome }) => outcome === 'failed' && code !== 'expiry');
  const said = failed.map(({ sentence }) => sentence).join('; ');
  if (state === 'invalid') return `what leads to it does not hold${said === '' ? '' : `: ${said}`}`;
  if (!isSound) return `the notary client refuses all of this trust data${said === '' ? '' : `: ${said}`}`;
  return undefined;
}

function isBefore(one: readonly number[], other: readonly number[]): boolean {
  const at = one.findIndex((value, position) => value !== other[position]);
  return at >= 0 && (one[at] as number) < (other[at] as number);
}
