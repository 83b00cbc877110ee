// Client certificates that stand for an account or a robot, as access tokens do. Registered is either one certificate,
// by its fingerprint, or a name, which every certificate stands for that an authority of this server put that name
// into. Whoever is given such a certificate becomes that login, so that names are for administrators to register.
// That the sender has the certificate's key was proven by the connection; what is asked here is whose it is.
import type { Selectable } from 'kysely';
import { type Certificate, type CertificateNameKind, checkName } from '../../formats/crypto/certificate.ts';
import type { Database, Query } from '../../io/db/database.ts';
import { createRowCache } from '../../io/db/row-cache.ts';
import type { CertificateTable } from '../../io/db/tables-rights.ts';
import { type Clock, formatInstant, type Random } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import type { AdministratorGrant } from './access.ts';
import type { Accounts } from './accounts.ts';
import { recordAudit } from './audit.ts';
import { type CertificateOwner, type FoundOwner, findOwner } from './certificate-owner.ts';
import { hubErrors } from './errors.ts';
import { checkPermissions, formatPermissions, type Permission, parsePermissions } from './permission.ts';
import { type Principal, principalOf } from './principal.ts';
import type { Robots } from './robots.ts';

/** What is registered: a certificate by its SHA-256, hex, or a name in certificates. */
export interface CertificateIdentity {
  readonly kind: 'fingerprint' | CertificateNameKind;
  readonly value: string;
}

export interface RegisteredCertificate {
  readonly id: string;
  /** What it is for. */
  readonly name: string;
  readonly identity: CertificateIdentity;
  /** Absent: all that the owner may. */
  readonly permissions?: readonly Permission[];
  readonly createdAt: number;
  /** Of the registration; certificates end by themselves besides. */
  readonly expiresAt?: number;
  /** At most a minute behind. */
  readonly lastUsedAt?: number;
}

export interface CertificateWish {
  readonly name: string;
  readonly identity: CertificateIdentity;
  readonly permissions?: readonly Permission[];
  readonly expiresAt?: number;
}

/** As it came over a connection whose handshake proved its key. */
export interface PresentedCertificate extends Certificate {
  /** Whether an authority of this server vouches for its names. */
  readonly isVerified: boolean;
}

export interface Certificates {
  /**
   * `hub.certificate_invalid`, also of a name without an administrator's grant; `hub.certificate_taken`,
   * `hub.certificates_too_many`, `hub.permission_invalid`; of the owner `hub.account_missing`, `hub.organisation_missing`.
   */
  create(
    owner: CertificateOwner<'own'>,
    wish: CertificateWish,
    administrator?: AdministratorGrant,
  ): Promise<RegisteredCertificate>;
  /** The newest first. */
  list(owner: CertificateOwner<'maintain' | 'own'>): Promise<readonly RegisteredCertificate[]>;
  /** At once, for open connections and for tokens that it gave too. `hub.certificate_missing`. */
  remove(owner: CertificateOwner<'own'>, id: string): Promise<RegisteredCertificate>;
  /** Whose it is, and notes the use; undefined where nobody registered it. `hub.certificate_not_valid`. */
  identify(presented: PresentedCertificate): Promise<Principal | undefined>;
  /** Whether a registration that stood still does. */
  isStanding(id: string): Promise<boolean>;
}

/** The list should say which certificates are in use, not cost a write on each of a thousand requests. */
const USE_NOTED_MS = 60_000;
const NAME = /^[^\p{C}]{1,100}$/u;

interface Deps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly accounts: Pick<Accounts, 'findById'>;
  readonly robots: Pick<Robots, 'findById'>;
}

type Row = Selectable<CertificateTable>;

export function createCertificates(deps: Deps): Certificates {
  const { database, clock } = deps;
  const { query } = database;
  const known = createRowCache<Match | undefined>(
    database,
    ['certificate', 'account', 'robot'],
    limits.rememberedRows,
  );
  const standing = createRowCache<Row | undefined>(database, ['certificate'], limits.rememberedRows);
  const isOver = ({ expires_at }: Row): boolean => expires_at !== null && expires_at <= clock.now();

  return {
    create: (owner, wish, administrator) =>
      database.transaction(async (inside) => {
        const found = await findOwner(inside, owner);
        return addCertificate(inside, deps, { ...found, wish, isNameAllowed: administrator !== undefined });
      }),

    async list(owner) {
      const { ownerId } = await findOwner(query, owner);
      const rows = await query
        .selectFrom('certificate')
        .selectAll()
        .where('owner_id', '=', ownerId)
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .execute();
      return rows.map(toRegistered);
    },

    remove: (owner, id) =>
      database.transaction(async (inside) => {
        const { ownerId, actor, target } = await findOwner(inside, owner);
        const row = await inside
          .deleteFrom('certificate')
          .where('id', '=', id)
          .where('owner_id', '=', ownerId)
          .returningAll()
          .executeTakeFirst();
        if (row === undefined)
          throw hubErrors.certificate_missing(`${target} has no certificate "${id.slice(0, 40)}"`);
        const wish = { action: 'certificate.remove', target, detail: describe(row) };
        await recordAudit(inside, actor, [wish], clock.now());
        return toRegistered(row);
      }),

    async identify(presented) {
      checkTime(presented, clock.now());
      const { fingerprint, isVerified } = presented;
      const key = `${fingerprint} ${isVerified}`;
      const match = await known.read(key, () => findMatch(deps, presented));
      if (match === undefined || isOver(match.row)) return undefined;
      await noteUse(query, match.row, clock.now());
      return match.principal;
    },

    async isStanding(id) {
      const row = await standing.read(id, () =>
        query.selectFrom('certificate').selectAll().where('id', '=', id).executeTakeFirst(),
      );
      return row !== undefined && !isOver(row);
    },
  };
}

interface Match {
  readonly row: Row;
  readonly principal: Principal;
}

/** The certificate itself before its names, those in its own order: URI, e-mail, host, common name. */
async function findMatch(
  { database: { query }, accounts, robots }: Deps,
  { fingerprint, names, isVerified }: PresentedCertificate,
): Promise<Match | undefined> {
  const identities: readonly CertificateIdentity[] = [
    { kind: 'fingerprint', value: fingerprint },
    ...(isVerified ? names : []),
  ];
  const values = identities.map(({ value }) => value);
  const rows = await query.selectFrom('certificate').selectAll().where('identity', 'in', values).execute();
  for (const { kind, value } of identities) {
    const row = rows.find(({ identity, identity_kind }) => identity === value && identity_kind === kind);
    if (row === undefined) continue;
    const permissions = parsePermissions(row.permissions_json);
    const proven = {
      via: `certificate ${row.name} sha256:${fingerprint}`,
      certificate: row.id,
      ...(permissions === undefined ? {} : { permissions }),
    };
    if (row.owner_kind === 'robot') {
      const robot = await robots.findById(row.owner_id);
      return robot && { row, principal: { kind: 'robot', id: robot.id, name: robot.fullName, ...proven } };
    }
    const account = await accounts.findById(row.owner_id);
    return account && { row, principal: { ...principalOf(account), ...proven } };
  }
  return undefined;
}

function checkTime({ notBefore, notAfter }: PresentedCertificate, now: number): void {
  if (now > notAfter)
    throw hubErrors.certificate_not_valid(`the client certificate ended at ${formatInstant(notAfter)}`);
  if (now < notBefore)
    throw hubErrors.certificate_not_valid(
      `the client certificate begins only at ${formatInstant(notBefore)}`,
    );
}

async function noteUse(query: Query, { id, last_used_at }: Row, now: number): Promise<void> {
  if (last_used_at !== null && now - last_used_at < USE_NOTED_MS) return;
  await query.updateTable('certificate').set({ last_used_at: now }).where('id', '=', id).execute();
}

async function addCertificate(
  query: Query,
  { clock, random }: Deps,
  {
    ownerKind,
    ownerId,
    actor,
    target,
    wish,
    isNameAllowed,
  }: FoundOwner & {
    readonly wish: CertificateWish;
    readonly isNameAllowed: boolean;
  },
): Promise<RegisteredCertificate> {
  const now = clock.now();
  const identity = checkWish(wish, isNameAllowed, now);
  const same = await query
    .selectFrom('certificate')
    .selectAll()
    .where('identity', '=', identity.value)
    .where('identity_kind', '=', identity.kind)
    .executeTakeFirst();
  if (same !== undefined && (same.expires_at === null || same.expires_at > now))
    throw hubErrors.certificate_taken(`${identity.kind} ${identity.value} is registered already`);
  // What is over stands for nobody any more.
  if (same !== undefined) await query.deleteFrom('certificate').where('id', '=', same.id).execute();
  const { count } = await query
    .selectFrom('certificate')
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('owner_id', '=', ownerId)
    .executeTakeFirstOrThrow();
  if (Number(count) >= limits.certificates)
    throw hubErrors.certificates_too_many(`${target} has ${count} registered certificates`);
  const row: Row = {
    id: random.uuid(),
    owner_kind: ownerKind,
    owner_id: ownerId,
    name: wish.name,
    identity_kind: identity.kind,
    identity: identity.value,
    permissions_json: formatPermissions(wish.permissions),
    created_at: now,
    expires_at: wish.expiresAt ?? null,
    last_used_at: null,
  };
  await query.insertInto('certificate').values(row).execute();
  await recordAudit(query, actor, [{ action: 'certificate.add', target, detail: describe(row) }], now);
  return toRegistered(row);
}

/** The identity as it is compared. */
function checkWish(wish: CertificateWish, isNameAllowed: boolean, now: number): CertificateIdentity {
  const { name, permissions, expiresAt } = wish;
  if (!NAME.test(name))
    throw hubErrors.certificate_invalid(
      'what a certificate is for has 1 to 100 characters, none of them a control character',
    );
  if (permissions !== undefined) checkPermissions(permissions);
  if (expiresAt !== undefined && !(expiresAt > now))
    throw hubErrors.certificate_invalid('the registration would end before it begins');
  const { kind, value } = wish.identity;
  const shown = value.slice(0, 80);
  if (kind === 'fingerprint') {
    const hex = value
      .replace(/^sha256:/i, '')
      .replaceAll(':', '')
      .toLowerCase();
    if (/^[0-9a-f]{64}$/.test(hex)) return { kind, value: hex };
    throw hubErrors.certificate_invalid(
      `"${shown}" is no SHA-256 fingerprint: that has 64 hexadecimal digits`,
    );
  }
  if (!isNameAllowed)
    throw hubErrors.certificate_invalid(
      'only an administrator registers a name in certificates: whoever the authority gives it to becomes that login',
    );
  const checked = checkName({ kind, value });
  if (checked !== undefined) return checked;
  throw hubErrors.certificate_invalid(
    `"${shown}" cannot be a name of the kind ${kind}: no quotes, commas, backslashes or wildcards`,
  );
}

function describe(row: Row): Record<string, string | number | null> {
  const { id, name, identity_kind: kind, identity, permissions_json: permissions, expires_at } = row;
  return { id, name, identity: `${kind} ${identity}`, permissions, expiresAt: expires_at };
}

function toRegistered(row: Row): RegisteredCertificate {
  const permissions = parsePermissions(row.permissions_json);
  return {
    id: row.id,
    name: row.name,
    identity: { kind: row.identity_kind as CertificateIdentity['kind'], value: row.identity },
    ...(permissions === undefined ? {} : { permissions }),
    createdAt: row.created_at,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at }),
  };
}
