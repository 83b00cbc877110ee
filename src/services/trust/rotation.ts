// Renewing the instance's keys while it signs. A new key is published before it signs, so that who refreshes knows it
// in time; the former one signs until then and is believed for a while longer, for what was begun with it. What it
// signed is believed for ever by its time. Keys that need a certificate below the root, or a root of the TUF repository
// that names them, wait for it: those keys are elsewhere.
import { checkRenewed } from '../../engines/authority/renew.ts';
import { certifyWorkloadRoot, trustDomainOf } from '../../engines/authority/workload.ts';
import type { RootProposal } from '../../formats/tuf/root-proposal.ts';
import { readAuthorityCertificate } from '../../formats/x509/authority-certificate.ts';
import type { Renewal, RenewalRequest, RenewedRole } from '../../formats/x509/renewal.ts';
import type { Query } from '../../io/db/database.ts';
import { hashHex } from '../../kit/hash.ts';
import type { Json } from '../../kit/json.ts';
import { type Actor, recordAudit } from '../hub/audit.ts';
import { renewKeptKey } from '../hub/kept-keys.ts';
import { tokenKey } from '../hub/tokens.ts';
import { trustErrors } from './errors.ts';
import { checkFresh, ensureRequest, type KeyRequestParts, makeKey, requestOnlineKey } from './key-request.ts';
import { type PinnedPurpose, pinnedPurposes, renewPinnedKey } from './pinned-key.ts';
import { readSuccessor } from './root-succession.ts';
import { addTrustKeys, endTrustKey, listTrustKeys, type Purpose, type TrustKey } from './trust-key.ts';
import { listTrustRequests, removeTrustRequest } from './trust-request.ts';

/** What is renewed together: the first two by way of the root's key, the others at once. */
export const rotations = Object.freeze([
  'issuing',
  'stamping',
  'certificate-log',
  'log',
  'identity',
  'bearer-token',
  'workload',
] as const);
/** What is renewed by itself, since others must act: those who keep a root's keys, or who have written a key down. */
export const ceremonies = Object.freeze(['root', 'tuf', ...pinnedPurposes] as const);
export type RotationPurpose = (typeof rotations)[number] | (typeof ceremonies)[number];

export interface RotatedKey {
  readonly purpose: RotationPurpose;
  /** SHA-256 of its SubjectPublicKeyInfo; absent of a key that has no public half that anybody sees. */
  readonly fingerprint?: string;
  /** Until then the former one signs. */
  readonly signsFrom: number;
  /** Until when what the former key signs is believed; absent where there was none. */
  readonly formerUntil?: number;
}

export interface RotationStart {
  readonly rotated: readonly RotatedKey[];
  /** What is to be certified where the root's key is, with the requests that wait; absent where nothing needs that. */
  readonly renewal?: Renewal;
  /** The next root of the TUF repository, which those who hold its keys are to sign; absent where nothing needs that. */
  readonly proposal?: RootProposal;
}

export interface RotationWish {
  /**
   * The key may be in somebody else's hands: the new one signs now, nothing that the former one signs from now on counts,
   * and a key that waits already is given up for another.
   */
  readonly isAtOnce?: boolean;
  /** SHA-256 of a new root's certificate that is taken though nothing endorses it, since the former key is lost. */
  readonly unendorsedRoot?: string;
}

export interface Rotation {
  /**
   * Renews keys. Those that need a certificate are made once and wait; asked again, the same ones are told.
   * `trust.rotation_pending` where a new key is published already and does not sign yet; `trust.key_missing`, `keys.*`,
   * `trustroot.*`.
   */
  start(actor: Actor, wanted: readonly RotationPurpose[], wish?: RotationWish): Promise<RotationStart>;
  /**
   * Takes certificates for keys that wait, and a new root with those below it. `trust.renewal_unknown`,
   * `trust.root_unendorsed`, `authority.certificate_unsuitable`, `x509.*`, and as `start`.
   */
  apply(actor: Actor, renewal: Renewal, wish?: RotationWish): Promise<readonly RotatedKey[]>;
}

export interface RotationParts extends KeyRequestParts {
  /** Name of who the certificates are of. */
  readonly origin: string;
  /** How long a new key is known before it signs. */
  readonly overlapMs: number;
  /** How long a former key that others have written down signs beside the new one. */
  readonly pinnedOverlapMs: number;
}

/** A certificate of the last moment lives ten minutes, and clocks differ. */
const BELIEVED_MS = 60 * 60 * 1000;
const SECOND_MS = 1000;

export function createRotation(parts: RotationParts): Rotation {
  const { database, clock } = parts;

  return {
    async start(actor, wanted, wish = {}) {
      const keys = await listTrustKeys(database.query);
      const isNewRoot = wanted.includes('root');
      // What is below a root has its certificates of that root.
      const asked = rotations.filter(
        (one) => (wanted.includes(one) && !isIdle(keys, one, wanted)) || (isNewRoot && isCertified(one)),
      );
      for (const purpose of isNewRoot ? ['root' as const, ...asked] : asked)
        checkNotPending(keys, purpose, clock.now());
      const proposal = wanted.includes('tuf') ? await requestOnlineKey(parts, actor, wish) : undefined;
      const made: RotatedKey[] = [];
      for (const purpose of pinnedPurposes)
        if (wanted.includes(purpose)) made.push(await renewPinned(parts, actor, purpose, wish));
      for (const purpose of asked) {
        if (purpose === 'bearer-token') made.push(await renewBearerKey(parts, actor));
        else if (!isCertified(purpose)) made.push(await renewKey(parts, actor, purpose, wish));
        else await ensureRequest(parts, actor, purpose, wish);
      }
      if (made.length > 0) await parts.republish?.();
      const certified = asked.filter(isCertified);
      return {
        rotated: made,
        ...(certified.length === 0 ? {} : { renewal: await describeRenewal(parts, certified, isNewRoot) }),
        ...(proposal === undefined ? {} : { proposal }),
      };
    },

    async apply(actor, renewal, wish = {}) {
      const made = await database.transaction(async (query) => {
        const rotated: RotatedKey[] = [];
        const replaced = await replaceRoot(parts, query, { actor, renewal, wish });
        if (replaced !== undefined) rotated.push(replaced);
        for (const request of renewal.requests)
          rotated.push(await applyOne(parts, query, { actor, request, wish }));
        return rotated;
      });
      await parts.republish?.();
      return made;
    },
  };
}

function isCertified(purpose: RotationPurpose): purpose is RenewedRole {
  return purpose === 'issuing' || purpose === 'stamping';
}

function checkNotPending(keys: readonly TrustKey[], purpose: RotationPurpose, now: number): void {
  const next = keys.find((key) => key.purpose === purpose && key.validFrom > now);
  if (next !== undefined)
    throw trustErrors.rotation_pending(
      `a new ${purpose} key is published already and signs from ${new Date(next.validFrom).toISOString()}`,
    );
}

/** It signs at once: whoever takes tokens of this installation reads the same rows. */
function renewBearerKey({ database, clock, random }: RotationParts, actor: Actor): Promise<RotatedKey> {
  return database.transaction(async (query) => {
    const now = clock.now();
    await renewKeptKey(query, { clock, random }, tokenKey);
    const rotated = {
      purpose: 'bearer-token' as const,
      signsFrom: now,
      formerUntil: now + tokenKey.acceptedMs,
    };
    await tell(query, actor, rotated, now);
    return rotated;
  });
}

/** Others are told by `/tlog/key` and `/witness/keys`, where both stand until the former one ends. */
function renewPinned(
  { database, clock, random, pinnedOverlapMs: overlapMs }: RotationParts,
  actor: Actor,
  purpose: PinnedPurpose,
  { isAtOnce = false }: RotationWish,
): Promise<RotatedKey> {
  return database.transaction(async (query) => {
    const now = clock.now();
    const renewed = await renewPinnedKey(query, { clock, random }, purpose, { overlapMs, isAtOnce });
    const rotated = { purpose, signsFrom: now, ...renewed };
    await tell(query, actor, rotated, now);
    return rotated;
  });
}

async function renewKey(
  parts: RotationParts,
  actor: Actor,
  purpose: Exclude<Extract<Purpose, RotationPurpose>, RenewedRole | (typeof ceremonies)[number]>,
  wish: RotationWish,
): Promise<RotatedKey> {
  const trustDomain = purpose === 'workload' ? await findTrustDomain(parts) : undefined;
  const { reference, publicKey, key: made } = await makeKey(parts, purpose);
  await checkFresh(parts.database.query, reference, publicKey);
  const plan = { fromMs: parts.clock.now(), random: parts.random };
  const chain =
    trustDomain === undefined ? [] : (await certifyWorkloadRoot(made, { ...plan, trustDomain })).chain;
  return parts.database.transaction((query) =>
    succeed(parts, query, { actor, wish, key: { purpose, reference, publicKey, chain } }),
  );
}

/** Whether there is no such key since nothing needs one yet; asked for alone, that is an error. */
function isIdle(
  keys: readonly TrustKey[],
  purpose: RotationPurpose,
  wanted: readonly RotationPurpose[],
): boolean {
  return purpose === 'workload' && wanted.length > 1 && !keys.some((key) => key.purpose === purpose);
}

/** The authority of parts certifies itself, for the trust domain of the one before. */
async function findTrustDomain({ database }: RotationParts): Promise<string> {
  const former = (await listTrustKeys(database.query)).findLast(({ purpose }) => purpose === 'workload');
  const trustDomain = former?.chain[0] === undefined ? undefined : trustDomainOf(former.chain[0]);
  if (trustDomain !== undefined) return trustDomain;
  throw trustErrors.key_missing('the instance has no workload key: it has not listened for parts yet');
}

interface Succession {
  readonly actor: Actor;
  readonly wish: RotationWish;
  readonly key: Pick<TrustKey, 'reference' | 'publicKey' | 'chain'> & {
    readonly purpose: Extract<Purpose, RotationPurpose>;
  };
  /** Beside what is told of every renewal. */
  readonly told?: Readonly<Record<string, Json>>;
}

/** The new key's row with the time of its beginning, and the ends of those before it. */
async function succeed(
  { random, clock, overlapMs }: RotationParts,
  query: Query,
  { actor, wish, key, told = {} }: Succession,
): Promise<RotatedKey> {
  const now = clock.now();
  const keys = await listTrustKeys(query);
  checkNotPending(keys, key.purpose, now);
  const former = keys.filter(
    ({ purpose, validUntil }) => purpose === key.purpose && (validUntil ?? now) >= now,
  );
  const isAtOnce = wish.isAtOnce === true || former.every((one) => hasExpired(one, now));
  // Timestamps know whole seconds: what is signed in the first must not be from before the key.
  const signsFrom = wholeSecond(isAtOnce ? now : now + overlapMs);
  const formerUntil = isAtOnce ? signsFrom : signsFrom + BELIEVED_MS;
  for (const { id, validUntil } of former)
    if (validUntil === undefined || validUntil > formerUntil) await endTrustKey(query, id, formerUntil);
  const { purpose, reference, publicKey, chain } = key;
  const row = { id: random.uuid(), purpose, reference, publicKey, chain, madeAt: now, validFrom: signsFrom };
  await addTrustKeys(query, [row]);
  const rotated = {
    purpose: key.purpose,
    fingerprint: hashHex('sha256', key.publicKey),
    signsFrom,
    ...(former.length === 0 ? {} : { formerUntil }),
  };
  await tell(query, actor, rotated, now, told);
  return rotated;
}

/** Whose certificate is over signs nothing any more, so that there is nothing to overlap with. */
function hasExpired({ chain: [own] }: TrustKey, now: number): boolean {
  return own !== undefined && readAuthorityCertificate(own).notAfterMs < now;
}

async function tell(
  query: Query,
  actor: Actor,
  rotated: RotatedKey,
  now: number,
  told: Readonly<Record<string, Json>> = {},
): Promise<void> {
  const { purpose, ...times } = rotated;
  const detail = { ...times, ...told };
  await recordAudit(query, actor, [{ action: 'key.rotate', target: purpose, detail }], now);
}

async function describeRenewal(
  { database, origin }: RotationParts,
  roles: readonly RenewedRole[],
  isNewRoot: boolean,
): Promise<Renewal> {
  const root = await findRoot(database.query);
  const waiting = await listTrustRequests(database.query);
  return {
    organization: origin,
    root: root.chain[0] as Uint8Array,
    rootReference: root.reference,
    requests: roles.flatMap((wanted) =>
      waiting
        .filter(({ role }) => role === wanted)
        .map(({ id, publicKey }) => ({ id, role: wanted, publicKey })),
    ),
    ...(isNewRoot ? { newRoot: {} } : {}),
  };
}

interface Applied {
  readonly actor: Actor;
  readonly renewal: Renewal;
  readonly wish: RotationWish;
}

/** Puts a new root in the place of the own one; undefined where the file brings none. */
async function replaceRoot(
  parts: RotationParts,
  query: Query,
  { actor, renewal: { newRoot, requests }, wish }: Applied,
): Promise<RotatedKey | undefined> {
  if (newRoot === undefined) return undefined;
  const { chain } = await findRoot(query);
  const { isEndorsed, ...key } = readSuccessor(newRoot, {
    organization: parts.origin,
    former: chain[0] as Uint8Array,
    fromMs: parts.clock.now(),
    ...(wish.unendorsedRoot === undefined ? {} : { unendorsed: wish.unendorsedRoot }),
  });
  if (!['issuing', 'stamping'].every((role) => requests.some((one) => one.role === role)))
    throw trustErrors.renewal_unknown(
      'a new root comes with certificates for the issuing and the stamping key',
    );
  await checkFresh(query, key.reference, key.publicKey);
  return succeed(parts, query, { actor, wish, key, told: { isEndorsed } });
}

async function applyOne(
  parts: RotationParts,
  query: Query,
  { actor, request, wish }: { actor: Actor; request: RenewalRequest; wish: RotationWish },
): Promise<RotatedKey> {
  const { id, role, certificate } = request;
  if (certificate === undefined)
    throw trustErrors.renewal_unknown(`the ${role} key has no certificate in the file yet`);
  const waiting = (await listTrustRequests(query)).find((one) => one.id === id && one.role === role);
  if (waiting === undefined)
    throw trustErrors.renewal_unknown(
      `no ${role} key of this instance waits for the certificate in the file`,
    );
  const { chain } = await findRoot(query);
  const { publicKey, reference } = waiting;
  const place = { organization: parts.origin, root: chain[0] as Uint8Array };
  checkRenewed(certificate, { role, publicKey, ...place, fromMs: parts.clock.now() });
  await removeTrustRequest(query, id);
  const key = { purpose: role, reference, publicKey, chain: [certificate, ...chain] };
  return succeed(parts, query, { actor, wish, key });
}

async function findRoot(query: Query): Promise<TrustKey> {
  const found = (await listTrustKeys(query)).findLast(({ purpose }) => purpose === 'root');
  if (found === undefined) throw trustErrors.key_missing('the instance has no root');
  return found;
}

function wholeSecond(epochMs: number): number {
  return Math.ceil(epochMs / SECOND_MS) * SECOND_MS;
}
