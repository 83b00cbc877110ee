// Taking something back: a statement that the instance signs and logs, kept as a row for good, hung on the image where
// there is one, and listed in its order for mirrors, caches and verifiers that follow. Undone by another statement,
// never by deletion. Whoever may maintain a repository takes back digests in it; keys, certificates and identities, and
// a digest everywhere, are for administrators.
import { type Digest, digestAlgorithm, digestHex, isDigest } from '../../formats/oci/digest.ts';
import type { StatementSubject } from '../../formats/sigstore/intoto-statement.ts';
import {
  formatRevocationPredicate,
  type RevocationKind,
  type RevocationPredicate,
  revocationPredicateType,
} from '../../formats/sigstore/revocation-predicate.ts';
import type { Database, Query } from '../../io/db/database.ts';
import type { Clock } from '../../kit/clock.ts';
import { hashHex } from '../../kit/hash.ts';
import type { Access, AdministratorGrant, Grant, Principal } from '../hub/access.ts';
import { type Actor, recordAudit, whoOf } from '../hub/audit.ts';
import { registryErrors } from '../registry/errors.ts';
import { recordEvents } from '../registry/event.ts';
import { trustErrors } from './errors.ts';
import { addressOf } from './instance-address.ts';
import type { InstanceTrust } from './instance-trust.ts';
import { listHolders, type RevocationNotices } from './revocation-notice.ts';
import { everywhere } from './revocation-row.ts';

export interface RevocationWish {
  readonly action: 'revoke' | 'reinstate';
  /** A sentence; everybody can read it. */
  readonly why: string;
}

export interface ThingWish extends RevocationWish {
  readonly kind: RevocationKind;
  readonly value: string;
  /** What a key or identity signed before stays good. Epoch milliseconds. */
  readonly fromMs?: number;
}

export interface Revocation {
  /** The order, and the cursor; from 1, with gaps for what is not for the asker to see. */
  readonly seq: number;
  readonly action: 'revoke' | 'reinstate';
  readonly kind: RevocationKind;
  readonly value: string;
  /** Absent: everywhere. */
  readonly repository?: string;
  readonly fromMs?: number;
  readonly why: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly isStanding: boolean;
  /** The signed statement. */
  readonly bundle: Uint8Array;
}

export interface Revocations {
  /**
   * Of a digest in the grant's repository. `registry.manifest_unknown` where it is not there, unless it is reinstated;
   * `trust.revocation_standing`, and what signing throws.
   */
  setDigest(grant: Grant<'maintain'>, digest: Digest, wish: RevocationWish): Promise<Revocation>;
  /** Of anything, everywhere. `trust.revocation_standing`, `trust.revocation_invalid` */
  setThing(grant: AdministratorGrant, wish: ThingWish): Promise<Revocation>;
  /**
   * Statements after `after` in their order, without those of repositories that the viewer may not pull from; `next` is
   * the cursor to go on with, and stays what it was where nothing came.
   */
  list(
    viewer: Principal,
    page: {
      readonly after: number;
      readonly limit: number;
      /** Of digests these alone, with all that is of another kind; all digests where there are none. */
      readonly digests?: readonly Digest[];
    },
  ): Promise<{ readonly revocations: readonly Revocation[]; readonly next: number }>;
}

export interface RevocationDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly trust: InstanceTrust;
  readonly access: Pick<Access, 'grant'>;
  readonly notices: RevocationNotices;
}

type Thing = Omit<ThingWish, 'action' | 'why'> & { readonly repository: string };

export function createRevocations(deps: RevocationDeps): Revocations {
  const { database, clock, access, notices, trust } = deps;

  /** Signs, writes the row with everything that follows from it, and hangs the statement on what it is about. */
  async function say(actor: Actor, thing: Thing, { action, why }: RevocationWish): Promise<Revocation> {
    await checkStanding(database.query, thing, action);
    const now = clock.now();
    const { host } = addressOf(trust);
    const place = thing.repository === everywhere ? undefined : `${host}/${thing.repository}`;
    const { bundle } = await trust.signAsInstance({
      subjects: [subjectOf(thing, place)],
      predicateType: revocationPredicateType,
      predicate: formatRevocationPredicate(predicateOf(thing, place, { action, why, now })),
    });
    const seq = await database.transaction(async (query) => {
      await checkStanding(query, thing, action);
      const added = await addRow(query, actor, thing, { action, why, now, bundle });
      await recordWhatFollows(query, actor, thing, { action, why, now });
      return added;
    });
    const { repository, ...rest } = thing;
    if (rest.kind === 'digest' && isDigest(rest.value)) await notices.post(rest.value);
    const where = repository === everywhere ? {} : { repository };
    return { seq, action, ...rest, ...where, why, at: now, isStanding: action === 'revoke', bundle };
  }

  return {
    async setDigest(grant, digest, wish) {
      const { repository } = grant;
      const [held] = await listHolders(database.query, digest, repository);
      if (held === undefined && wish.action === 'revoke')
        throw registryErrors.manifest_unknown(`${repository} has no manifest ${digest}`);
      return say(grant, { kind: 'digest', value: digest, repository }, wish);
    },

    async setThing(grant, { kind, value, fromMs, ...wish }) {
      checkThing(kind, value, fromMs);
      const from = fromMs === undefined ? {} : { fromMs };
      return say(grant, { kind, value: normalValue(kind, value), repository: everywhere, ...from }, wish);
    },

    async list(viewer, { after, limit, digests = [] }) {
      const all = database.query.selectFrom('revocation').selectAll().where('seq', '>', after);
      const asked =
        digests.length === 0
          ? all
          : all.where((is) => is.or([is('kind', '!=', 'digest'), is('value', 'in', digests)]));
      const rows = await asked.orderBy('seq').limit(limit).execute();
      const mayPull = new Map<string, boolean>([[everywhere, true]]);
      for (const { repository } of rows)
        if (!mayPull.has(repository))
          mayPull.set(repository, (await access.grant(viewer, 'pull', repository)) !== undefined);
      return {
        revocations: rows.filter(({ repository }) => mayPull.get(repository) === true).map(toRevocation),
        next: rows.at(-1)?.seq ?? after,
      };
    },
  };
}

function subjectOf({ kind, value }: Thing, place: string | undefined): StatementSubject {
  if (kind === 'digest' && isDigest(value))
    return { ...(place && { name: place }), digest: { [digestAlgorithm(value)]: digestHex(value) } };
  // A statement is about a digest; of what has none, that of its text.
  return { name: `${kind}:${value}`, digest: { sha256: hashHex('sha256', value) } };
}

function predicateOf(
  { kind, value, fromMs }: Thing,
  place: string | undefined,
  { action, why, now }: RevocationWish & { readonly now: number },
): RevocationPredicate {
  return {
    action,
    kind,
    value,
    ...(place === undefined ? {} : { repository: place }),
    ...(fromMs === undefined ? {} : { from: new Date(fromMs) }),
    why,
    at: new Date(now),
  };
}

async function checkStanding(query: Query, thing: Thing, action: RevocationWish['action']): Promise<void> {
  const { kind, value, repository } = thing;
  const standing = await query
    .selectFrom('revocation')
    .select('why')
    .where('kind', '=', kind)
    .where('value', '=', value)
    .where('repository', '=', repository)
    .where('is_standing', '=', 1)
    .executeTakeFirst();
  if ((standing !== undefined) === (action === 'reinstate')) return;
  throw trustErrors.revocation_standing(
    standing === undefined
      ? `the ${kind} ${value} is not revoked, so that there is nothing to undo`
      : `the ${kind} ${value} is revoked already: ${standing.why}`,
  );
}

interface Said extends RevocationWish {
  readonly now: number;
}

async function addRow(
  query: Query,
  actor: Actor,
  { kind, value, repository, fromMs }: Thing,
  { action, why, now, bundle }: Said & { readonly bundle: Uint8Array },
): Promise<number> {
  await query
    .updateTable('revocation')
    .set({ is_standing: 0 })
    .where('kind', '=', kind)
    .where('value', '=', value)
    .where('repository', '=', repository)
    .execute();
  const { seq } = await query
    .insertInto('revocation')
    .values({
      action,
      kind,
      value,
      repository,
      from_at: fromMs ?? null,
      why,
      who: whoOf(actor),
      at: now,
      bundle,
      is_standing: action === 'revoke' ? 1 : 0,
    })
    .returning('seq')
    .executeTakeFirstOrThrow();
  return seq;
}

/** The audit log, and an event in each repository that has the image: for marks and webhooks. */
async function recordWhatFollows(
  query: Query,
  actor: Actor,
  { kind, value, repository }: Thing,
  { action, why, now }: Said,
): Promise<void> {
  if (repository === everywhere) {
    const detail = { value, why };
    await recordAudit(query, actor, [{ action: `${kind}.${action}`, target: 'everywhere', detail }], now);
  }
  if (kind !== 'digest' || !isDigest(value)) return;
  const holders = await listHolders(query, value, repository);
  // An image that is gone from its repository is revoked there all the same.
  const names = repository === everywhere ? holders.map(({ name }) => name) : [repository];
  const event = action === 'revoke' ? 'image_revoked' : 'image_reinstated';
  await recordEvents(
    query,
    actor,
    names.map((name) => ({ kind: event, repository: name, digest: value, reason: why })),
    now,
  );
}

/** `trust.revocation_invalid` */
function checkThing(kind: RevocationKind, value: string, fromMs: number | undefined): void {
  const refuse = (why: string) => trustErrors.revocation_invalid(why);
  if (kind === 'digest' && !isDigest(value)) throw refuse(`"${value.slice(0, 100)}" is not a digest`);
  if (kind === 'key' && !/^[0-9a-f]{64}$/i.test(value))
    throw refuse('a key is named by SHA-256 of its SubjectPublicKeyInfo, 64 hexadecimal digits');
  if (kind === 'certificate' && !/^[0-9a-f][0-9a-f:]{0,99}$/i.test(value))
    throw refuse('a certificate is named by its serial number in hexadecimal digits');
  if (kind === 'identity' && !/^[\x21-\x7e]+$/.test(value))
    throw refuse('an identity is a URI or an e-mail address, without spaces');
  if (fromMs !== undefined && (kind === 'digest' || kind === 'certificate'))
    throw refuse(`a ${kind} is revoked whole; a time goes with a key or an identity`);
}

/** One spelling for each thing: what is undone is found. */
function normalValue(kind: RevocationKind, value: string): string {
  if (kind === 'key') return value.toLowerCase();
  return kind === 'certificate'
    ? value
        .toLowerCase()
        .replaceAll(':', '')
        .replace(/^0+(?=.)/, '')
    : value;
}

function toRevocation(row: {
  readonly seq: number;
  readonly action: string;
  readonly kind: string;
  readonly value: string;
  readonly repository: string;
  readonly from_at: number | null;
  readonly why: string;
  readonly at: number;
  readonly is_standing: number;
  readonly bundle: Uint8Array;
}): Revocation {
  return {
    seq: row.seq,
    action: row.action as Revocation['action'],
    kind: row.kind as RevocationKind,
    value: row.value,
    ...(row.repository === everywhere ? {} : { repository: row.repository }),
    ...(row.from_at === null ? {} : { fromMs: row.from_at }),
    why: row.why,
    at: row.at,
    isStanding: row.is_standing === 1,
    bundle: row.bundle,
  };
}
