// Whether a root may follow another (TUF 1.0, section 5.3): one version more, signed by as many keys of the root
// before it as that one asks for, and by as many of its own as it asks for itself; so that nobody who lost the old
// keys, and nobody who lacks the new ones, can bring it in.
import type { Key } from '@tufjs/models';
import { onlineRoles, type RoleFile } from '../../formats/tuf/role-file.ts';
import { hasOwnId, keysOfRole, nameKey, signersAmong } from '../../formats/tuf/role-key.ts';
import type { RootProposal } from '../../formats/tuf/root-proposal.ts';
import { trustRootErrors } from './errors.ts';

/** What one root asks of the next one's signatures. */
export interface RootDemand {
  readonly by: 'current' | 'next';
  readonly threshold: number;
  readonly signed: readonly Key[];
  readonly unsigned: readonly Key[];
  readonly isMet: boolean;
}

/** Of the current root where there is one, then of the next itself. */
export function judgeSignatures({ current, next }: RootProposal): readonly RootDemand[] {
  const own = demandOf('next', next, next);
  return current === undefined ? [own] : [demandOf('current', current, next), own];
}

function demandOf(by: RootDemand['by'], root: RoleFile<'root'>, file: RoleFile<'root'>): RootDemand {
  const { threshold, keys } = keysOfRole(root, 'root');
  const signed = signersAmong(keys, file);
  return {
    by,
    threshold,
    signed,
    unsigned: keys.filter((key) => !signed.includes(key)),
    isMet: signed.length >= threshold,
  };
}

/**
 * Throws unless the next root may follow: `trustroot.version_wrong`, `trustroot.root_expired`,
 * `trustroot.signatures_missing`, `trustroot.proposal_impossible`.
 */
export function checkSuccession({ current, next }: RootProposal, nowMs: number): void {
  const due = (current?.signed.version ?? 0) + 1;
  if (next.signed.version !== due)
    throw trustRootErrors.version_wrong(
      `the root has version ${next.signed.version}, but ${due} is the one that follows the root that holds now`,
    );
  if (Date.parse(next.signed.expires) <= nowMs)
    throw trustRootErrors.root_expired(`the root expired at ${next.signed.expires}`);
  checkKeys(next);
  const missed = judgeSignatures({ ...(current === undefined ? {} : { current }), next }).filter(
    ({ isMet }) => !isMet,
  );
  if (missed.length > 0) throw trustRootErrors.signatures_missing(missed.map(sayMissing).join('; '));
}

/** One key under two ids would count twice. */
function checkKeys(root: RoleFile<'root'>): void {
  const strange = Object.values(root.signed.keys).find((key) => !hasOwnId(key));
  if (strange !== undefined)
    throw trustRootErrors.proposal_impossible(`the key ${nameKey(strange)} has another id than its own`);
  if (!root.signed.consistentSnapshot)
    throw trustRootErrors.proposal_impossible('the root does without consistent snapshots');
  for (const role of ['root', ...onlineRoles] as const) {
    const { threshold, keys } = keysOfRole(root, role);
    if (keys.length < threshold)
      throw trustRootErrors.proposal_impossible(
        `${threshold} keys would have to sign ${role}, of ${keys.length}`,
      );
  }
}

/** `the current root asks for 2 signatures and 1 is there; 8d1c2f… (Alice), 77… can still sign`. */
export function sayMissing({ by, threshold, signed, unsigned }: RootDemand): string {
  return (
    `the ${by} root asks for ${threshold} of its keys, and ${signed.length === 0 ? 'none' : signed.map(nameKey).join(', ')} signed; ` +
    `${unsigned.map(nameKey).join(', ')} can still sign`
  );
}
