// Keys, for administrators: how old each is and what renews it; and renewing those of the instance. That needs the
// password itself: whoever took a token must not choose what the instance signs with.
import { rootProposalJson } from '../../../formats/tuf/root-proposal.ts';
import { readRenewal, renewalJson } from '../../../formats/x509/renewal.ts';
import { formatInstant } from '../../../kit/clock.ts';
import type { Json } from '../../../kit/json.ts';
import type { Access, Principal } from '../../../services/hub/access.ts';
import type { JudgedKey } from '../../../services/trust/key-age.ts';
import type { KeyReports } from '../../../services/trust/key-report.ts';
import type { RotatedKey, Rotation } from '../../../services/trust/rotation.ts';
import * as contract from '../contract-key.ts';
import { type ApiRoute, jsonRoute } from './route.ts';

export interface KeyRouteParts {
  readonly access: Access;
  readonly keyReports: Pick<KeyReports, 'read'>;
  readonly rotation: Rotation;
}

export function createKeyRoutes({ access, keyReports, rotation }: KeyRouteParts): readonly ApiRoute[] {
  const checkPassword = (viewer: Principal) => access.checkSelf(viewer, { isByPassword: true });
  return [
    jsonRoute({
      method: 'get',
      path: '/api/v1/keys',
      summary: 'Every key, certificate and token with its age, its last use, its limit and what renews it',
      isForAdministrators: true,
      answer: contract.keyReport,
      errors: [401, 403],
      async handle() {
        const { keys, counts } = await keyReports.read();
        return { keys: keys.map(shapeKey), counts };
      },
    }),
    jsonRoute({
      method: 'post',
      path: '/api/v1/keys/rotations',
      summary:
        'Renews keys of the instance while it signs; of those that others must certify or sign it gives the file that travels to them',
      isForAdministrators: true,
      body: contract.rotationWish,
      answer: contract.rotationStart,
      errors: [400, 401, 403, 409, 503],
      async handle({ viewer, body }) {
        const { isAtOnce } = body;
        const started = await rotation.start(checkPassword(viewer), body.purposes, { isAtOnce });
        const { rotated, renewal, proposal } = started;
        return {
          rotated: rotated.map(shapeRotated),
          ...(renewal === undefined ? {} : { renewal: renewalJson(renewal) }),
          ...(proposal === undefined ? {} : { proposal: rootProposalJson(proposal) }),
        };
      },
    }),
    jsonRoute({
      method: 'post',
      path: '/api/v1/keys/certificates',
      summary:
        'Takes certificates that were made with the root’s key for keys that wait, and a new root with those below it',
      isForAdministrators: true,
      body: contract.renewalWish,
      answer: contract.rotated,
      errors: [400, 401, 403, 409, 503],
      async handle({ viewer, body }) {
        const { isAtOnce, unendorsedRoot } = body;
        const wish = { isAtOnce, ...(unendorsedRoot === undefined ? {} : { unendorsedRoot }) };
        const rotated = await rotation.apply(checkPassword(viewer), readRenewal(body.renewal as Json), wish);
        return { rotated: rotated.map(shapeRotated) };
      },
    }),
  ];
}

function shapeKey({ purpose, name, state, why, renewal, ...times }: JudgedKey) {
  const { madeAt, lastUsedAt, endsAt, dueAt } = times;
  return {
    ...{ purpose, name, state, renewal },
    ...(why === undefined ? {} : { why }),
    ...(madeAt === undefined ? {} : { madeAt: formatInstant(madeAt) }),
    ...(lastUsedAt === undefined ? {} : { lastUsedAt: formatInstant(lastUsedAt) }),
    ...(endsAt === undefined ? {} : { endsAt: formatInstant(endsAt) }),
    ...(dueAt === undefined ? {} : { dueAt: formatInstant(dueAt) }),
  };
}

function shapeRotated({ signsFrom, formerUntil, ...key }: RotatedKey) {
  return {
    ...key,
    signsFrom: formatInstant(signsFrom),
    ...(formerUntil === undefined ? {} : { formerUntil: formatInstant(formerUntil) }),
  };
}
