// Namespaces: organisations with their members and teams, robots with their tokens, and what new repositories are.
import { formatInstant } from '../../../kit/clock.ts';
import type { Access } from '../../../services/hub/access.ts';
import type { Namespace, Organisations } from '../../../services/hub/organisations.ts';
import type { Robot, Robots } from '../../../services/hub/robots.ts';
import * as contract from '../contract-rights.ts';
import { readTokenWish, shapeAccessToken } from './accounts.ts';
import { type ApiCall, type ApiRoute, jsonRoute } from './route.ts';

export interface NamespaceRouteParts {
  readonly access: Access;
  readonly organisations: Organisations;
  readonly robots: Robots;
}

const ALL = '/api/v1/namespaces';
const PATH = `${ALL}/{namespace}`;
const errors = Object.freeze([400, 401, 403, 404, 409]);

export function createNamespaceRoutes(parts: NamespaceRouteParts): readonly ApiRoute[] {
  return [
    ...createRobotRoutes(parts),
    ...createTeamRoutes(parts),
    ...createMemberRoutes(parts),
    ...createOwnRoutes(parts),
  ];
}

function createOwnRoutes({ access, organisations }: NamespaceRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: ALL,
      summary: 'Namespaces that are the sender’s, or in which they have a role; all for an administrator',
      answer: contract.namespaceList,
      errors: [401],
      async handle({ viewer }) {
        return { namespaces: (await organisations.list(viewer)).map(shapeNamespace) };
      },
    }),
    jsonRoute({
      method: 'post',
      path: ALL,
      summary: 'Makes an organisation, with its first owner',
      isForAdministrators: true,
      status: 201,
      body: contract.namespaceWish,
      answer: contract.namespace,
      errors,
      handle: async ({ viewer, body }) =>
        shapeNamespace(await organisations.create(access.checkAdministrator(viewer), body)),
    }),
    jsonRoute({
      method: 'post',
      path: `${PATH}/visibility`,
      summary:
        'Says whether new repositories of the namespace are public; those that are there stay as they are',
      body: contract.visibilityWish,
      answer: contract.namespace,
      errors,
      handle: async (call) =>
        shapeNamespace(await organisations.setPublic(await own(access, call), call.body.isPublic)),
    }),
    jsonRoute({
      method: 'get',
      path: PATH,
      summary: 'A namespace with its members and teams, for who has a role in it',
      answer: contract.namespaceDetail,
      errors,
      async handle(call) {
        const grant = await access.checkNamespace(call.viewer, 'pull', call.params.namespace ?? '');
        const [found, members, teams] = [
          await organisations.find(grant),
          await organisations.listMembers(grant),
          await organisations.listTeams(grant),
        ];
        return {
          ...shapeNamespace(found),
          members: [...members],
          teams: teams.map((team) => ({
            name: team.name,
            members: [...team.members],
            createdAt: formatInstant(team.createdAt),
          })),
        };
      },
    }),
  ];
}

function createMemberRoutes({ access, organisations }: NamespaceRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'post',
      path: `${PATH}/members`,
      summary: 'Makes an account a member of an organisation; that alone gives no right',
      body: contract.accountNameWish,
      answer: contract.done,
      errors,
      async handle(call) {
        await organisations.addMember(await own(access, call), call.body.account);
        return { done: true };
      },
    }),
    jsonRoute({
      method: 'delete',
      path: `${PATH}/members/{account}`,
      summary: 'Ends a membership, and every team and role that the account has in the organisation',
      answer: contract.done,
      errors,
      async handle(call) {
        await organisations.removeMember(await own(access, call), call.params.account ?? '');
        return { done: true };
      },
    }),
  ];
}

function createTeamRoutes({ access, organisations }: NamespaceRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'post',
      path: `${PATH}/teams/{team}/members`,
      summary: 'Puts a member into a team',
      body: contract.accountNameWish,
      answer: contract.done,
      errors,
      async handle(call) {
        const grant = await own(access, call);
        await organisations.setInTeam(grant, call.params.team ?? '', call.body.account, true);
        return { done: true };
      },
    }),
    jsonRoute({
      method: 'delete',
      path: `${PATH}/teams/{team}/members/{account}`,
      summary: 'Takes a member out of a team',
      answer: contract.done,
      errors,
      async handle(call) {
        const grant = await own(access, call);
        await organisations.setInTeam(grant, call.params.team ?? '', call.params.account ?? '', false);
        return { done: true };
      },
    }),
    jsonRoute({
      method: 'post',
      path: `${PATH}/teams`,
      summary: 'Makes a team',
      status: 201,
      body: contract.nameWish,
      answer: contract.done,
      errors,
      async handle(call) {
        await organisations.createTeam(await own(access, call), call.body.name);
        return { done: true };
      },
    }),
    jsonRoute({
      method: 'delete',
      path: `${PATH}/teams/{team}`,
      summary: 'Removes a team with its roles',
      answer: contract.done,
      errors,
      async handle(call) {
        await organisations.removeTeam(await own(access, call), call.params.team ?? '');
        return { done: true };
      },
    }),
  ];
}

function createRobotRoutes({ access, robots }: NamespaceRouteParts): readonly ApiRoute[] {
  const one = `${PATH}/robots/{robot}`;
  const maintain = ({ viewer, params }: ApiCall) =>
    access.checkNamespace(viewer, 'maintain', params.namespace ?? '');
  return [
    jsonRoute({
      method: 'get',
      path: `${one}/tokens`,
      summary: 'Access tokens of a robot, the newest first',
      answer: contract.accessTokenList,
      errors,
      async handle(call) {
        const tokens = await robots.listTokens(await maintain(call), call.params.robot ?? '');
        return { tokens: tokens.map(shapeAccessToken) };
      },
    }),
    jsonRoute({
      method: 'post',
      path: `${one}/tokens`,
      summary: 'Makes an access token of a robot; its secret is shown in this answer alone',
      status: 201,
      body: contract.accessTokenWish,
      answer: contract.createdAccessToken,
      errors: [...errors, 429],
      async handle(call) {
        const wish = readTokenWish(call.body);
        const made = await robots.createToken(await own(access, call), call.params.robot ?? '', wish);
        return { ...shapeAccessToken(made), secret: made.secret };
      },
    }),
    jsonRoute({
      method: 'delete',
      path: `${one}/tokens/{id}`,
      summary: 'Revokes an access token of a robot; the answer is what it was',
      answer: contract.accessToken,
      errors,
      async handle(call) {
        const { robot = '', id = '' } = call.params;
        return shapeAccessToken(await robots.revokeToken(await own(access, call), robot, id));
      },
    }),
    jsonRoute({
      method: 'get',
      path: `${PATH}/robots`,
      summary: 'Robots of a namespace, by name',
      answer: contract.robotList,
      errors,
      async handle(call) {
        return { robots: (await robots.list(await maintain(call))).map(shapeRobot) };
      },
    }),
    jsonRoute({
      method: 'post',
      path: `${PATH}/robots`,
      summary: 'Makes a robot, which then has no role and no token',
      status: 201,
      body: contract.nameWish,
      answer: contract.robot,
      errors,
      handle: async (call) => shapeRobot(await robots.create(await own(access, call), call.body.name)),
    }),
    jsonRoute({
      method: 'delete',
      path: one,
      summary: 'Removes a robot with its roles and tokens; the answer is what it was',
      answer: contract.robot,
      errors,
      handle: async (call) =>
        shapeRobot(await robots.remove(await own(access, call), call.params.robot ?? '')),
    }),
  ];
}

function own(access: Access, { viewer, params }: Pick<ApiCall, 'viewer' | 'params'>) {
  return access.checkNamespace(viewer, 'own', params.namespace ?? '');
}

function shapeNamespace({ name, kind, isPublic, createdAt }: Namespace) {
  return { name, kind, isPublic, createdAt: formatInstant(createdAt) };
}

function shapeRobot({ name, fullName, createdAt }: Robot) {
  return { name, fullName, createdAt: formatInstant(createdAt) };
}
