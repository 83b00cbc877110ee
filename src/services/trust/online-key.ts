// The keys that the instance signs its TUF repository with. A second one is made on the server and waits until those
// who hold the root have signed a root that names it in place of the former; then the rows follow the root that is
// published. Which key signs is the root's word alone: rows only say where keys are.
import { proposeRoot } from '../../engines/tuf/propose-root.ts';
import { readNewestRoot, readWaitingRoot } from '../../engines/tuf/root-shelf.ts';
import { onlineRoles, type RoleFile } from '../../formats/tuf/role-file.ts';
import { createRoleKey, keysOfRole } from '../../formats/tuf/role-key.ts';
import type { RootProposal } from '../../formats/tuf/root-proposal.ts';
import type { Database, Query } from '../../io/db/database.ts';
import type { TufStore } from '../../io/tuf/store.ts';
import type { Clock } from '../../kit/clock.ts';
import { hashHex } from '../../kit/hash.ts';
import { productActor, recordAudit } from '../hub/audit.ts';
import { trustErrors } from './errors.ts';
import { addTrustKeys, endTrustKey, listTrustKeys, type TrustKey } from './trust-key.ts';
import { listTrustRequests, removeTrustRequest, type TrustRequest } from './trust-request.ts';

/** Where a key of the repository is. */
export type OnlineKeyPlace = Pick<TrustKey, 'id' | 'reference' | 'publicKey'> & { readonly purpose: 'tuf' };

/** Of all keys that were ever made for it those that one of the roots names: former ones, and one that waits, too. */
export async function listOnlineKeys(
  query: Query,
  roots: readonly RoleFile<'root'>[],
): Promise<readonly OnlineKeyPlace[]> {
  const places = [...(await listTrustKeys(query)).filter(isOnline), ...(await listWaiting(query))];
  return places
    .filter(({ publicKey }) => roots.some((root) => isNamed(root, publicKey)))
    .map(({ id, reference, publicKey }) => ({ id, reference, publicKey, purpose: 'tuf' }));
}

/**
 * The next root, unsigned, with this key for all that is signed online, in place of every former one. It is made of the
 * root that holds. `trust.rotation_pending` where a root that names the key was accepted already.
 */
export async function proposeOnlineKey(
  store: TufStore,
  publicKey: Uint8Array,
  clock: Clock,
): Promise<RootProposal> {
  const waiting = await readWaitingRoot(store);
  if (waiting !== undefined && isNamed(waiting, publicKey))
    throw trustErrors.rotation_pending(
      `root ${waiting.signed.version} names the new tuf key, was accepted, and is published within a minute`,
    );
  const onlineKeys = Object.fromEntries(onlineRoles.map((role) => [role, [publicKey]]));
  return proposeRoot(await readNewestRoot(store), { onlineKeys }, clock.now());
}

/** Lets the rows follow the root that is published: its key waits no more, and a former one has an end. */
export async function settleOnlineKeys(
  database: Database,
  root: RoleFile<'root'>,
  now: number,
): Promise<void> {
  await database.transaction(async (query) => {
    for (const { id, reference, publicKey, madeAt } of await listWaiting(query)) {
      if (!isNamed(root, publicKey)) continue;
      await removeTrustRequest(query, id);
      const key = { id, purpose: 'tuf' as const, reference, publicKey, chain: [], madeAt, validFrom: now };
      await addTrustKeys(query, [key]);
      const detail = { fingerprint: hashHex('sha256', publicKey), root: root.signed.version };
      await recordAudit(query, productActor, [{ action: 'key.rotate', target: 'tuf', detail }], now);
    }
    for (const { id, publicKey, validUntil } of (await listTrustKeys(query)).filter(isOnline))
      if (validUntil === undefined && !isNamed(root, publicKey)) await endTrustKey(query, id, now);
  });
}

async function listWaiting(query: Query): Promise<readonly TrustRequest[]> {
  return (await listTrustRequests(query)).filter(({ role }) => role === 'tuf');
}

function isOnline({ purpose }: TrustKey): boolean {
  return purpose === 'tuf';
}

function isNamed(root: RoleFile<'root'>, publicKey: Uint8Array): boolean {
  const { keyID } = createRoleKey(publicKey);
  return onlineRoles.some((role) => keysOfRole(root, role).keys.some((key) => key.keyID === keyID));
}
