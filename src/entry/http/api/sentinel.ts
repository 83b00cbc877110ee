// Pushes that wait for their owner: listing them, and saying what is to become of one. Only whoever may change the
// repository's settings sees them: what waits is not public. And how strictly a repository's moves are judged.
import { parseDigest } from '../../../formats/oci/digest.ts';
import { formatInstant } from '../../../kit/clock.ts';
import { isPlimsollError } from '../../../kit/error.ts';
import type { Access, AdministratorGrant, Principal } from '../../../services/hub/access.ts';
import type { Catalogue } from '../../../services/hub/catalogue.ts';
import type { SentinelSetting, SentinelSettings } from '../../../services/registry/sentinel-setting.ts';
import type { TagHold, TagHolds } from '../../../services/registry/tag-holds.ts';
import * as contract from '../contract-tag.ts';
import { findRepository } from './repositories.ts';
import { type ApiRoute, jsonRoute } from './route.ts';

export interface SentinelRouteParts {
  readonly catalogue: Catalogue;
  readonly access: Access;
  readonly tagHolds: TagHolds;
  readonly sentinelSettings: SentinelSettings;
}

export function createSentinelRoutes(parts: SentinelRouteParts): readonly ApiRoute[] {
  return [...holdRoutes(parts), ...settingRoutes(parts)];
}

function holdRoutes({ catalogue, access, tagHolds }: SentinelRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: '/api/v1/repositories/{name}/-/held',
      summary: 'Pushes that did not move their tag and wait for its owner',
      answer: contract.tagHolds,
      errors: [401, 403, 404],
      async handle({ viewer, params }) {
        const { name } = await findRepository(catalogue, viewer, params);
        const grant = await access.checkRepository(viewer, 'maintain', name);
        return { repository: name, holds: (await tagHolds.list(grant)).map(shapeHold) };
      },
    }),
    jsonRoute({
      method: 'post',
      path: '/api/v1/repositories/{name}/-/held/{tag}',
      summary: 'Confirms a push that waits, which moves the tag, or drops it',
      body: contract.tagHoldAnswer,
      answer: contract.tagHold,
      errors: [400, 401, 403, 404, 409],
      async handle({ viewer, params, body }) {
        const { name } = await findRepository(catalogue, viewer, params);
        const grant = await access.checkRepository(viewer, 'maintain', name);
        const { decision, digest, reason } = body;
        const why = reason === undefined ? {} : { reason };
        const answer = { tag: params.tag ?? '', digest: parseDigest(digest), ...why };
        return shapeHold(await tagHolds[decision](grant, answer));
      },
    }),
  ];
}

function settingRoutes({ catalogue, access, sentinelSettings }: SentinelRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: '/api/v1/repositories/{name}/-/sentinel',
      summary: 'How strictly moves of the repository’s tags are judged',
      answer: contract.sentinelSetting,
      errors: [404],
      async handle({ viewer, params }) {
        const { name } = await findRepository(catalogue, viewer, params);
        return shapeSetting(name, await sentinelSettings.find({ repository: name }));
      },
    }),
    jsonRoute({
      method: 'patch',
      path: '/api/v1/repositories/{name}/-/sentinel',
      summary: 'Sets it: stricter than the server for maintainers, weaker for administrators',
      body: contract.sentinelWish,
      answer: contract.sentinelSetting,
      errors: [400, 401, 403, 404],
      async handle({ viewer, params, body: { mode, rulesOff } }) {
        const { name } = await findRepository(catalogue, viewer, params);
        const grant = await access.checkRepository(viewer, 'maintain', name);
        const wish = {
          ...(mode === undefined ? {} : { mode }),
          ...(rulesOff === undefined ? {} : { rulesOff }),
        };
        const setting = await sentinelSettings.set(grant, wish, findAdministrator(access, viewer));
        return shapeSetting(name, setting);
      },
    }),
  ];
}

/** What needs one says so itself. */
function findAdministrator(access: Access, viewer: Principal): AdministratorGrant | undefined {
  try {
    return access.checkAdministrator(viewer);
  } catch (error) {
    if (isPlimsollError(error, { kind: 'denied' })) return undefined;
    throw error;
  }
}

function shapeSetting(repository: string, { rulesOff, ...rest }: SentinelSetting): contract.SentinelSetting {
  return { repository, ...rest, rulesOff: rulesOff.map((one) => ({ ...one, at: formatInstant(one.at) })) };
}

function shapeHold({ at, who, suspicions, unknowns, ...rest }: TagHold): contract.TagHold {
  return {
    ...rest,
    by: who,
    at: formatInstant(at),
    suspicions: [...suspicions],
    unknowns: [...unknowns],
  };
}
