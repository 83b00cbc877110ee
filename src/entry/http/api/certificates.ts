// Client certificates that stand for a login: the sender's own, a robot's, and, for administrators, any account's.
import { formatInstant } from '../../../kit/clock.ts';
import type { Access } from '../../../services/hub/access.ts';
import type { CertificateOwner } from '../../../services/hub/certificate-owner.ts';
import type {
  Certificates,
  CertificateWish,
  RegisteredCertificate,
} from '../../../services/hub/certificates.ts';
import * as contract from '../contract-certificate.ts';
import { readTokenWish } from './accounts.ts';
import { type ApiCall, type ApiRoute, jsonRoute } from './route.ts';

export interface CertificateRouteParts {
  readonly access: Access;
  readonly certificates: Certificates;
}

type Call = Pick<ApiCall, 'viewer' | 'params'>;

interface Target {
  readonly path: string;
  readonly what: string;
  reader(call: Call): Promise<CertificateOwner<'maintain' | 'own'>>;
  owner(call: Call): Promise<CertificateOwner<'own'>>;
}

const errors = Object.freeze([400, 401, 403, 404]);

export function createCertificateRoutes(parts: CertificateRouteParts): readonly ApiRoute[] {
  return listTargets(parts.access).flatMap((target) => createTargetRoutes(parts, target));
}

function listTargets(access: Access): readonly Target[] {
  const ofRobot =
    <A extends 'own' | 'maintain'>(action: A) =>
    async ({ viewer, params }: Call): Promise<CertificateOwner<A>> => ({
      kind: 'robot',
      grant: await access.checkNamespace(viewer, action, params.namespace ?? ''),
      robot: params.robot ?? '',
    });
  const ofAccount = async ({ viewer, params }: Call): Promise<CertificateOwner<'own'>> => ({
    kind: 'account',
    grant: access.checkAdministrator(viewer),
    account: params.account ?? '',
  });
  return [
    {
      path: '/api/v1/namespaces/{namespace}/robots/{robot}/certificates',
      what: 'of a robot',
      reader: ofRobot('maintain'),
      owner: ofRobot('own'),
    },
    {
      path: '/api/v1/accounts/{account}/certificates',
      what: 'of an account',
      reader: ofAccount,
      owner: ofAccount,
    },
    {
      path: '/api/v1/certificates',
      what: 'of the sender',
      reader: async ({ viewer }) => ({ kind: 'self', grant: access.checkSelf(viewer) }),
      owner: async ({ viewer }) => ({
        kind: 'self',
        grant: access.checkSelf(viewer, { isByPassword: true }),
      }),
    },
  ];
}

function createTargetRoutes(
  { access, certificates }: CertificateRouteParts,
  { path, what, reader, owner }: Target,
): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path,
      summary: `Registered client certificates ${what}, the newest first`,
      answer: contract.certificateList,
      errors,
      async handle(call) {
        return { certificates: (await certificates.list(await reader(call))).map(shape) };
      },
    }),
    jsonRoute({
      method: 'post',
      path,
      summary: `Lets a client certificate stand for the login ${what}; a name in certificates is an administrator’s to give`,
      status: 201,
      body: contract.certificateWish,
      answer: contract.certificate,
      errors: [...errors, 409, 429],
      async handle(call) {
        const { viewer, body } = call;
        const wish: CertificateWish = { ...readTokenWish(body), identity: body.identity };
        const isAdministrator = viewer.kind === 'account' && viewer.isAdmin;
        const administrator = isAdministrator ? access.checkAdministrator(viewer) : undefined;
        return shape(await certificates.create(await owner(call), wish, administrator));
      },
    }),
    jsonRoute({
      method: 'delete',
      path: `${path}/{id}`,
      summary: `Ends a client certificate ${what} at once; the answer is what it was`,
      answer: contract.certificate,
      errors,
      handle: async (call) => shape(await certificates.remove(await owner(call), call.params.id ?? '')),
    }),
  ];
}

function shape(certificate: RegisteredCertificate): contract.Certificate {
  const { id, name, identity, permissions, createdAt, expiresAt, lastUsedAt } = certificate;
  return {
    id,
    name,
    identity: { ...identity },
    ...(permissions === undefined
      ? {}
      : { permissions: permissions.map((one) => ({ ...one, actions: [...one.actions] })) }),
    createdAt: formatInstant(createdAt),
    ...(expiresAt === undefined ? {} : { expiresAt: formatInstant(expiresAt) }),
    ...(lastUsedAt === undefined ? {} : { lastUsedAt: formatInstant(lastUsedAt) }),
  };
}
