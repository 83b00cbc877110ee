// What may be said of a namespace and of a repository alike: its roles and its trusted publishers; and whether a
// repository is public. The audit log, for administrators.
import { formatInstant } from '../../../kit/clock.ts';
import type { Access, Action, Grant, NamespaceGrant } from '../../../services/hub/access.ts';
import type { AuditLog } from '../../../services/hub/audit.ts';
import type { Organisations } from '../../../services/hub/organisations.ts';
import type { Publisher, Publishers } from '../../../services/hub/publishers.ts';
import type { GivenRole, RoleSubject, Roles } from '../../../services/hub/roles.ts';
import * as contract from '../contract-rights.ts';
import { httpErrors } from '../errors.ts';
import { type ApiCall, type ApiRoute, jsonRoute } from './route.ts';

export interface RightsRouteParts {
  readonly access: Access;
  readonly audit: AuditLog;
  readonly organisations: Organisations;
  readonly publishers: Publishers;
  readonly roles: Roles;
}

/** Asks for a grant where the call's path says. */
type Check = <A extends Action>(
  call: Pick<ApiCall, 'viewer' | 'params'>,
  action: A,
) => Promise<Grant<A> | NamespaceGrant<A>>;

const errors = Object.freeze([400, 401, 403, 404, 409]);

export function createRightsRoutes(parts: RightsRouteParts): readonly ApiRoute[] {
  const { access } = parts;
  const ofRepository: Check = ({ viewer, params }, action) =>
    access.checkRepository(viewer, action, params.name ?? '');
  const ofNamespace: Check = ({ viewer, params }, action) =>
    access.checkNamespace(viewer, action, params.namespace ?? '');
  return [
    ...createTargetRoutes(parts, '/api/v1/repositories/{name}/-', 'a repository', ofRepository),
    ...createTargetRoutes(parts, '/api/v1/namespaces/{namespace}', 'a namespace', ofNamespace),
    createVisibilityRoute(parts),
    createAuditRoute(parts),
  ];
}

function createTargetRoutes(
  { roles, publishers }: RightsRouteParts,
  path: string,
  what: string,
  check: Check,
): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: `${path}/roles`,
      summary: `Roles that were given in ${what}`,
      answer: contract.roleList,
      errors,
      async handle(call) {
        return { roles: (await roles.list(await check(call, 'maintain'))).map(shapeRole) };
      },
    }),
    jsonRoute({
      method: 'post',
      path: `${path}/roles`,
      summary: `Gives an account, a team or a robot a role in ${what}, in place of the one before`,
      body: contract.roleWish,
      answer: contract.done,
      errors,
      async handle(call) {
        await roles.give(await check(call, 'own'), call.body.subject, call.body.role);
        return { done: true };
      },
    }),
    jsonRoute({
      method: 'delete',
      path: `${path}/roles/{kind}/{subject}`,
      summary: `Takes a role in ${what} away`,
      answer: contract.done,
      errors,
      async handle(call) {
        await roles.take(await check(call, 'own'), readSubject(call.params));
        return { done: true };
      },
    }),
    jsonRoute({
      method: 'get',
      path: `${path}/publishers`,
      summary: `Whose identity tokens may push to ${what}`,
      answer: contract.publisherList,
      errors,
      async handle(call) {
        return { publishers: (await publishers.list(await check(call, 'maintain'))).map(shapePublisher) };
      },
    }),
    jsonRoute({
      method: 'post',
      path: `${path}/publishers`,
      summary: `Lets jobs with fitting identity tokens push to ${what}`,
      status: 201,
      body: contract.publisherWish,
      answer: contract.publisher,
      errors: [...errors, 429],
      async handle(call) {
        const { audience = call.registryHost, ...wish } = call.body;
        return shapePublisher(await publishers.create(await check(call, 'maintain'), { ...wish, audience }));
      },
    }),
    jsonRoute({
      method: 'delete',
      path: `${path}/publishers/{id}`,
      summary: 'Ends a trusted publisher at once; the answer is what it was',
      answer: contract.publisher,
      errors,
      handle: async (call) =>
        shapePublisher(await publishers.remove(await check(call, 'maintain'), call.params.id ?? '')),
    }),
  ];
}

function createVisibilityRoute({ access, organisations }: RightsRouteParts): ApiRoute {
  return jsonRoute({
    method: 'post',
    path: '/api/v1/repositories/{name}/-/visibility',
    summary: 'Makes a repository public or private',
    body: contract.visibilityWish,
    answer: contract.done,
    errors,
    async handle({ viewer, params, body }) {
      const grant = await access.checkRepository(viewer, 'own', params.name ?? '');
      await organisations.setRepositoryPublic(grant, body.isPublic);
      return { done: true };
    },
  });
}

function createAuditRoute({ audit }: RightsRouteParts): ApiRoute {
  return jsonRoute({
    method: 'get',
    path: '/api/v1/audit',
    summary: 'The audit log in its order, those after a number',
    isForAdministrators: true,
    query: contract.auditQuery,
    answer: contract.auditPage,
    errors: [400, 401, 403],
    async handle({ query }) {
      return {
        entries: (await audit.list(query)).map((entry) => ({
          ...entry,
          detail: { ...entry.detail },
        })),
      };
    },
  });
}

function readSubject({ kind, subject: name = '' }: ApiCall['params']): RoleSubject {
  if (kind === 'account' || kind === 'team' || kind === 'robot') return { kind, name };
  throw httpErrors.query_invalid(`a role is an account’s, a team’s or a robot’s, not a ${kind}’s`);
}

function shapeRole({ subject, role, since }: GivenRole) {
  return { subject: { ...subject }, role, since: formatInstant(since) };
}

function shapePublisher(publisher: Publisher): contract.Publisher {
  const { createdAt, lastUsedAt, claims, ...rest } = publisher;
  return {
    ...rest,
    claims: { ...claims },
    createdAt: formatInstant(createdAt),
    ...(lastUsedAt === undefined ? {} : { lastUsedAt: formatInstant(lastUsedAt) }),
  };
}
