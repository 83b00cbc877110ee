// The contract's shapes of accounts, namespaces, roles, robots, tokens, publishers and the audit log; read contract.ts
// first. Secrets go out once, in the answer that makes them.
import { z } from 'zod';
import { limits } from '../../kit/limits.ts';
import { instant } from './contract.ts';

const role = z.enum(['reader', 'writer', 'maintainer', 'owner']);
const roleSubject = z.object({ kind: z.enum(['account', 'team', 'robot']), name: z.string() });
export const permission = z.object({
  /** `*` within a part of the name, `**` across. */
  repositories: z.string(),
  actions: z.array(z.enum(['pull', 'push', 'delete'])),
});

/** Of changes that have nothing else to tell. */
export const done = z.object({ done: z.boolean() }).meta({ id: 'Done' });

export const self = z
  .object({
    kind: z.enum(['anonymous', 'account', 'robot', 'publisher']),
    name: z.string().optional(),
    isAdmin: z.boolean(),
    /** How this request proved it. */
    via: z.string().optional(),
    /** Whether people can sign in with a browser: `/api/v1/sign-in`. */
    canSignIn: z.boolean(),
  })
  .meta({ id: 'Self' });
export const passwordWish = z
  .strictObject({ current: z.string(), wanted: z.string() })
  .meta({ id: 'PasswordWish' });

export const account = z
  .object({ name: z.string(), isAdmin: z.boolean(), isDisabled: z.boolean(), createdAt: instant })
  .meta({ id: 'Account' });
export const accountList = z.object({ accounts: z.array(account) }).meta({ id: 'AccountList' });
export const accountWish = z
  .strictObject({ name: z.string(), password: z.string(), isAdmin: z.boolean().default(false) })
  .meta({ id: 'AccountWish' });

export const identityWish = z
  .strictObject({ issuer: z.string().min(1), subject: z.string().min(1) })
  .meta({ id: 'IdentityWish' });

export const accessToken = z
  .object({
    id: z.string(),
    name: z.string(),
    /** Absent: all that its owner may. */
    permissions: z.array(permission).optional(),
    createdAt: instant,
    expiresAt: instant.optional(),
    /** At most a minute behind. */
    lastUsedAt: instant.optional(),
    revokedAt: instant.optional(),
  })
  .meta({ id: 'AccessToken' });
export const createdAccessToken = accessToken
  .extend({ secret: z.string() })
  .meta({ id: 'CreatedAccessToken' });
export const accessTokenList = z.object({ tokens: z.array(accessToken) }).meta({ id: 'AccessTokenList' });
export const accessTokenWish = z
  .strictObject({
    name: z.string(),
    permissions: z.array(permission).optional(),
    expiresAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'AccessTokenWish' });

export const namespace = z
  .object({
    name: z.string(),
    kind: z.enum(['account', 'organisation']),
    /** What new repositories are. */
    isPublic: z.boolean(),
    createdAt: instant,
  })
  .meta({ id: 'Namespace' });
export const namespaceList = z.object({ namespaces: z.array(namespace) }).meta({ id: 'NamespaceList' });
const team = z.object({ name: z.string(), members: z.array(z.string()), createdAt: instant });
export const namespaceDetail = namespace
  .extend({ members: z.array(z.string()), teams: z.array(team) })
  .meta({ id: 'NamespaceDetail' });
export const namespaceWish = z
  .strictObject({ name: z.string(), owner: z.string() })
  .meta({ id: 'NamespaceWish' });
export const visibilityWish = z.strictObject({ isPublic: z.boolean() }).meta({ id: 'VisibilityWish' });
export const accountNameWish = z.strictObject({ account: z.string() }).meta({ id: 'AccountNameWish' });
export const nameWish = z.strictObject({ name: z.string() }).meta({ id: 'NameWish' });

const givenRole = z.object({ subject: roleSubject, role, since: instant });
export const roleList = z.object({ roles: z.array(givenRole) }).meta({ id: 'RoleList' });
export const roleWish = z.strictObject({ subject: roleSubject, role }).meta({ id: 'RoleWish' });

export const robot = z
  .object({ name: z.string(), fullName: z.string(), createdAt: instant })
  .meta({ id: 'Robot' });
export const robotList = z.object({ robots: z.array(robot) }).meta({ id: 'RobotList' });

export const publisher = z
  .object({
    id: z.string(),
    issuer: z.string(),
    audience: z.string(),
    subject: z.string(),
    claims: z.record(z.string(), z.string()),
    createdAt: instant,
    createdBy: z.string(),
    lastUsedAt: instant.optional(),
  })
  .meta({ id: 'Publisher' });
export const publisherList = z.object({ publishers: z.array(publisher) }).meta({ id: 'PublisherList' });
export const publisherWish = z
  .strictObject({
    issuer: z.string(),
    /** This server's host where absent. */
    audience: z.string().optional(),
    subject: z.string().default('*'),
    claims: z.record(z.string(), z.string()).default({}),
  })
  .meta({ id: 'PublisherWish' });

const auditEntry = z.object({
  seq: z.number().int(),
  /** Epoch milliseconds, as it is hashed. */
  at: z.number().int(),
  who: z.string(),
  via: z.string(),
  action: z.string(),
  target: z.string(),
  digest: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
  /** SHA-256 of the hash before it, a line feed, and the other members as JSON with sorted keys; hex. */
  hash: z.string(),
});
export const auditPage = z.object({ entries: z.array(auditEntry) }).meta({ id: 'AuditPage' });
export const auditQuery = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(limits.auditPage).default(100),
});

export type Self = z.infer<typeof self>;
export type AccessToken = z.infer<typeof accessToken>;
export type Publisher = z.infer<typeof publisher>;
