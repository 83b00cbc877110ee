// Parts of the installation: joining and renewing, for whoever has an invitation or a former certificate, and what there
// is, for administrators. What outlives a token takes the password.
import { formatInstant } from '../../../kit/clock.ts';
import type { Access, Principal } from '../../../services/hub/access.ts';
import type { Membership, Memberships } from '../../../services/parts/membership.ts';
import type { Part } from '../../../services/parts/part-row.ts';
import type { PartGrant, Parts } from '../../../services/parts/parts.ts';
import * as contract from '../contract-part.ts';
import { type ApiCall, type ApiRoute, jsonRoute } from './route.ts';

export interface PartRouteParts {
  readonly access: Access;
  readonly parts: Parts;
  readonly memberships: Memberships;
}

const PART = '/api/v1/parts/{kind}/{part}';

export function createPartRoutes(parts: PartRouteParts): readonly ApiRoute[] {
  return [...createMemberRoutes(parts), ...createManagingRoutes(parts)];
}

function createMemberRoutes({ memberships }: PartRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'post',
      path: '/api/v1/parts/join',
      summary: 'A certificate of an hour for who has an invitation and proves a new key',
      body: contract.partJoinWish,
      answer: contract.partCertificate,
      errors: [400, 401, 429, 503],
      async handle({ body, registryHost: host, from }) {
        const { invitation } = body;
        const asked = { host, from, publicKey: bytesOf(body.publicKey), proof: bytesOf(body.proof) };
        return shapeMembership(host, await memberships.join({ ...asked, invitation }));
      },
    }),
    jsonRoute({
      method: 'post',
      path: '/api/v1/parts/renew',
      summary:
        'A certificate for another key, for who proves that and the key of the former one; also when that has ended',
      body: contract.partRenewWish,
      answer: contract.partCertificate,
      errors: [400, 401, 403, 429, 503],
      async handle({ body, registryHost: host, from }) {
        const asked = { host, from, publicKey: bytesOf(body.publicKey), proof: bytesOf(body.proof) };
        const former = { certificate: bytesOf(body.certificate), formerProof: bytesOf(body.formerProof) };
        return shapeMembership(host, await memberships.renew({ ...asked, ...former }));
      },
    }),
  ];
}

function createManagingRoutes({ access, parts }: PartRouteParts): readonly ApiRoute[] {
  const grantOf = (viewer: Principal): PartGrant => ({
    administrator: access.checkAdministrator(viewer),
    self: access.checkSelf(viewer, { isByPassword: true }),
  });
  return [
    jsonRoute({
      method: 'get',
      path: '/api/v1/parts',
      summary: 'Parts of the installation, and who joined as each',
      isForAdministrators: true,
      answer: contract.partList,
      errors: [401, 403],
      async handle({ viewer }) {
        return { parts: (await parts.list(access.checkAdministrator(viewer))).map(shapePart) };
      },
    }),
    jsonRoute({
      method: 'post',
      path: '/api/v1/parts',
      summary: 'A part that others may be invited to be; what is there already and the same is told again',
      isForAdministrators: true,
      body: contract.partWish,
      answer: contract.part,
      errors: [400, 401, 403, 404, 409, 429],
      async handle({ viewer, body }) {
        const { name, account, robot, permissions } = body;
        const wish = {
          name,
          ...(account === undefined ? {} : { account }),
          ...(robot === undefined ? {} : { robot }),
          ...(permissions === undefined ? {} : { permissions }),
        };
        return shapePart(await parts.ensure(grantOf(viewer), wish));
      },
    }),
    jsonRoute({
      method: 'post',
      path: `${PART}/invitations`,
      summary: 'A secret, shown this once, with which somebody may join as the part',
      status: 201,
      isForAdministrators: true,
      body: contract.partInvitationWish,
      answer: contract.partInvitation,
      errors: [400, 401, 403, 404, 429],
      async handle({ viewer, params, body }) {
        const { uses, validSeconds } = body;
        const wish = { uses, validMs: validSeconds * 1000 };
        const { endsAt, ...made } = await parts.invite(grantOf(viewer), nameOf(params), wish);
        return { ...made, endsAt: formatInstant(endsAt) };
      },
    }),
    jsonRoute({
      method: 'delete',
      path: `${PART}/holders/{id}`,
      summary: 'Sends away one of those who joined as a part, at once',
      isForAdministrators: true,
      answer: contract.part,
      errors: [401, 403, 404],
      async handle({ viewer, params }) {
        const grant = access.checkAdministrator(viewer);
        return shapePart(await parts.removeHolder(grant, nameOf(params), params.id ?? ''));
      },
    }),
    jsonRoute({
      method: 'delete',
      path: PART,
      summary: 'Removes a part, its invitations and all who joined as it, at once; the answer is what it was',
      isForAdministrators: true,
      answer: contract.part,
      errors: [401, 403, 404],
      async handle({ viewer, params }) {
        return shapePart(await parts.remove(access.checkAdministrator(viewer), nameOf(params)));
      },
    }),
  ];
}

function nameOf({ kind, part }: ApiCall['params']): string {
  return `${kind}/${part}`;
}

function bytesOf(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64');
}

function shapeMembership(host: string, membership: Membership): contract.PartCertificate {
  const { notBefore, notAfter, renewAfter, authorities, ...rest } = membership;
  return {
    ...rest,
    host,
    authorities: [...authorities],
    notBefore: formatInstant(notBefore),
    notAfter: formatInstant(notAfter),
    renewAfter: formatInstant(renewAfter),
  };
}

function shapePart({ permissions, createdAt, holders, ...part }: Part): contract.PartAnswer {
  return {
    ...part,
    permissions: permissions.map((one) => ({ ...one, actions: [...one.actions] })),
    createdAt: formatInstant(createdAt),
    holders: holders.map(({ id, madeAt, renewedAt, notAfter, lastUsedAt, suspectedAt }) => ({
      id,
      madeAt: formatInstant(madeAt),
      renewedAt: formatInstant(renewedAt),
      notAfter: formatInstant(notAfter),
      ...(lastUsedAt === undefined ? {} : { lastUsedAt: formatInstant(lastUsedAt) }),
      ...(suspectedAt === undefined ? {} : { suspectedAt: formatInstant(suspectedAt) }),
    })),
  };
}
