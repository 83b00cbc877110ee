// New keys of an instance: made where its ring of keys puts them, and those that wait until others, far from the
// server, have certified or signed what names them. A request waits in rows until it is answered or given up.
import type { RootProposal } from '../../formats/tuf/root-proposal.ts';
import type { Database, Query } from '../../io/db/database.ts';
import type { KeyRing } from '../../io/keys/key-ring.ts';
import type { TufStore } from '../../io/tuf/store.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import { hashHex } from '../../kit/hash.ts';
import { type Actor, recordAudit } from '../hub/audit.ts';
import { trustErrors } from './errors.ts';
import { listTrustKeys, type Purpose, purposes } from './trust-key.ts';
import {
  addTrustRequest,
  listTrustRequests,
  removeTrustRequest,
  type TrustRequest,
  type WaitingRole,
} from './trust-request.ts';

export interface KeyRequestParts {
  readonly database: Database;
  readonly ring: KeyRing;
  readonly clock: Clock;
  readonly random: Random;
  /** After a change: what verifiers fetch is written anew. */
  readonly republish?: () => Promise<void>;
  /** Where the TUF repository is; absent where there is none. */
  readonly tufStore?: TufStore;
}

export interface KeyRequestWish {
  /** Keys are stolen: one that waits already is given up for another. */
  readonly isAtOnce?: boolean;
}

const ID_CHARS = 8;

/** A new key of this purpose, durable; one that a place of keys has already is given as it is. `keys.*` */
export async function makeKey({ ring, random }: KeyRequestParts, purpose: Exclude<Purpose, 'root'>) {
  const name = `${purpose}-${random.uuid().slice(0, ID_CHARS)}`;
  const { reference, key } = await ring.create(name, purposes[purpose]);
  return { reference, publicKey: key.publicKey, key };
}

/** `trust.key_reused`. A place elsewhere holds one key by its name: renewed is what has another name, or another version there. */
export async function checkFresh(query: Query, reference: string, publicKey: Uint8Array): Promise<void> {
  const known = await listTrustKeys(query);
  if (known.some((one) => Buffer.compare(one.publicKey, publicKey) === 0))
    throw trustErrors.key_reused(`the key at ${reference} is one that this instance has had already`);
}

/**
 * A key that waits for what others sign, far from here; one for each role. Where keys are stolen one that has waited is
 * as good as stolen, and another takes its place.
 */
export async function ensureRequest(
  parts: KeyRequestParts,
  actor: Actor,
  role: WaitingRole,
  { isAtOnce = false }: KeyRequestWish,
): Promise<TrustRequest> {
  const { database, random, clock } = parts;
  const find = async (query: Query) =>
    (await listTrustRequests(query)).find((request) => request.role === role);
  const known = await find(database.query);
  if (known !== undefined && !isAtOnce) return known;
  const made = await makeKey(parts, role);
  // A place of keys has the one that it had; it was not on this machine.
  if (known !== undefined && Buffer.compare(known.publicKey, made.publicKey) === 0) return known;
  // A certificate may be renewed for the key that a place holds; a root that names no other key renews nothing.
  if (role === 'tuf') await checkFresh(database.query, made.reference, made.publicKey);
  return database.transaction(async (query) => {
    const other = await find(query);
    if (other !== undefined && other.id !== known?.id) return other;
    if (known !== undefined) await removeTrustRequest(query, known.id);
    const now = clock.now();
    const { reference, publicKey } = made;
    const request = { id: random.uuid(), role, reference, publicKey, madeAt: now };
    await addTrustRequest(query, request);
    const detail = { fingerprint: hashHex('sha256', publicKey) };
    await recordAudit(query, actor, [{ action: 'key.request', target: role, detail }], now);
    return request;
  });
}

/** A key that signs the TUF repository as soon as a root names it, and that root, unsigned. */
export async function requestOnlineKey(
  parts: KeyRequestParts,
  actor: Actor,
  wish: KeyRequestWish,
): Promise<RootProposal> {
  const { tufStore: store, clock } = parts;
  if (store === undefined) throw trustErrors.key_missing('the instance has no TUF repository');
  const [{ proposeOnlineKey }, { readNewestRoot }] = await Promise.all([
    import('./online-key.ts'),
    import('../../engines/tuf/root-shelf.ts'),
  ]);
  // Nobody may have asked for the repository yet.
  if ((await readNewestRoot(store)) === undefined) await parts.republish?.();
  const { publicKey } = await ensureRequest(parts, actor, 'tuf', wish);
  return proposeOnlineKey(store, publicKey, clock);
}
