// Accounts (for administrators), who the sender is, and their own password and access tokens.
import { formatInstant } from '../../../kit/clock.ts';
import { type Access, actorOf, type Principal } from '../../../services/hub/access.ts';
import type { AccessToken, AccessTokens, AccessTokenWish } from '../../../services/hub/access-tokens.ts';
import type { Accounts, ListedAccount } from '../../../services/hub/accounts.ts';
import type { Identities } from '../../../services/hub/identities.ts';
import type { SignIn } from '../../../services/hub/sign-in.ts';
import * as contract from '../contract-rights.ts';
import { type ApiRoute, jsonRoute } from './route.ts';

export interface AccountRouteParts {
  readonly access: Access;
  readonly accounts: Accounts;
  readonly accessTokens: AccessTokens;
  readonly identities: Identities;
  /** Absent where no provider is configured. */
  readonly signIn?: SignIn;
}

const ACCOUNTS = '/api/v1/accounts';
const TOKENS = '/api/v1/tokens';

export function createAccountRoutes(parts: AccountRouteParts): readonly ApiRoute[] {
  return [...createSelfRoutes(parts), ...createTokenRoutes(parts), ...createAdministration(parts)];
}

function createSelfRoutes({ access, accounts, signIn }: AccountRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: '/api/v1/self',
      summary: 'Who the sender is, and how that was proven',
      answer: contract.self,
      errors: [401],
      handle: async ({ viewer }) => ({ ...describeSelf(viewer), canSignIn: signIn !== undefined }),
    }),
    jsonRoute({
      method: 'post',
      path: '/api/v1/self/password',
      summary: 'Changes the sender’s password; their refresh tokens end',
      body: contract.passwordWish,
      answer: contract.done,
      errors: [400, 401, 403],
      async handle({ viewer, body }) {
        const grant = access.checkSelf(viewer, { isByPassword: true });
        await accounts.changePassword(grant, body.current, body.wanted);
        return { done: true };
      },
    }),
  ];
}

function describeSelf(viewer: Principal) {
  if (viewer.kind === 'anonymous') return { kind: viewer.kind, isAdmin: false };
  const isAdmin = viewer.kind === 'account' && viewer.isAdmin;
  return { kind: viewer.kind, name: viewer.name, isAdmin, via: actorOf(viewer).via };
}

function createTokenRoutes({ access, accessTokens }: AccountRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: TOKENS,
      summary: 'The sender’s access tokens, the newest first',
      answer: contract.accessTokenList,
      errors: [401, 403],
      async handle({ viewer }) {
        const tokens = await accessTokens.list(access.checkSelf(viewer));
        return { tokens: tokens.map(shapeAccessToken) };
      },
    }),
    jsonRoute({
      method: 'post',
      path: TOKENS,
      summary: 'Makes an access token; its secret is shown in this answer alone. Needs the password itself',
      status: 201,
      body: contract.accessTokenWish,
      answer: contract.createdAccessToken,
      errors: [400, 401, 403, 429],
      async handle({ viewer, body }) {
        const grant = access.checkSelf(viewer, { isByPassword: true });
        const { secret, ...token } = await accessTokens.create(grant, readTokenWish(body));
        return { ...shapeAccessToken(token), secret };
      },
    }),
    jsonRoute({
      method: 'delete',
      path: `${TOKENS}/{id}`,
      summary: 'Revokes an access token; the answer is what it was',
      answer: contract.accessToken,
      errors: [401, 403, 404],
      handle: async ({ viewer, params }) =>
        shapeAccessToken(await accessTokens.revoke(access.checkSelf(viewer), params.id ?? '')),
    }),
  ];
}

function createAdministration({ access, accounts, identities }: AccountRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: ACCOUNTS,
      summary: 'Accounts, by name',
      isForAdministrators: true,
      answer: contract.accountList,
      errors: [401, 403],
      async handle({ viewer }) {
        const all = await accounts.list(access.checkAdministrator(viewer));
        return { accounts: all.map(shapeAccount) };
      },
    }),
    jsonRoute({
      method: 'post',
      path: ACCOUNTS,
      summary: 'Makes an account, and the namespace of its name',
      isForAdministrators: true,
      status: 201,
      body: contract.accountWish,
      answer: contract.account,
      errors: [400, 401, 403, 409],
      handle: async ({ viewer, body }) =>
        shapeAccount(await accounts.add(access.checkAdministrator(viewer), body)),
    }),
    jsonRoute({
      method: 'post',
      path: `${ACCOUNTS}/{account}/identities`,
      summary: 'Lets somebody of an OpenID Connect issuer sign in as this account',
      isForAdministrators: true,
      body: contract.identityWish,
      answer: contract.done,
      errors: [400, 401, 403, 404],
      async handle({ viewer, params, body }) {
        await identities.link(access.checkAdministrator(viewer), params.account ?? '', body);
        return { done: true };
      },
    }),
    ...[true, false].map((isDisabled) =>
      jsonRoute({
        method: 'post',
        path: `${ACCOUNTS}/{account}/${isDisabled ? 'disable' : 'enable'}`,
        summary: isDisabled
          ? 'Takes an account’s login, tokens and rights away; nothing is deleted'
          : 'Gives an account its login, tokens and rights back',
        isForAdministrators: true,
        answer: contract.account,
        errors: [401, 403, 404, 409],
        handle: async ({ viewer, params }) =>
          shapeAccount(
            await accounts.setDisabled(access.checkAdministrator(viewer), params.account ?? '', isDisabled),
          ),
      }),
    ),
  ];
}

/** Times of the contract as the hub has them. */
export function readTokenWish(body: {
  readonly name: string;
  readonly permissions?: AccessTokenWish['permissions'] | undefined;
  readonly expiresAt?: string | undefined;
}): AccessTokenWish {
  const { name, permissions, expiresAt } = body;
  return {
    name,
    ...(permissions === undefined ? {} : { permissions }),
    ...(expiresAt === undefined ? {} : { expiresAt: Date.parse(expiresAt) }),
  };
}

export function shapeAccessToken(token: AccessToken): contract.AccessToken {
  const { id, name, permissions, createdAt, expiresAt, lastUsedAt, revokedAt } = token;
  return {
    id,
    name,
    ...(permissions === undefined
      ? {}
      : {
          permissions: permissions.map(({ repositories, actions }) => ({
            repositories,
            actions: [...actions],
          })),
        }),
    createdAt: formatInstant(createdAt),
    ...(expiresAt === undefined ? {} : { expiresAt: formatInstant(expiresAt) }),
    ...(lastUsedAt === undefined ? {} : { lastUsedAt: formatInstant(lastUsedAt) }),
    ...(revokedAt === undefined ? {} : { revokedAt: formatInstant(revokedAt) }),
  };
}

function shapeAccount({ name, isAdmin, isDisabled, createdAt }: ListedAccount) {
  return { name, isAdmin, isDisabled, createdAt: formatInstant(createdAt) };
}
