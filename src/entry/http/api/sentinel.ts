// Pushes that wait for their owner: listing them, and saying what is to become of one. Only whoever may change the
// repository's settings sees them: what waits is not public.
import { parseDigest } from '../../../formats/oci/digest.ts';
import { formatInstant } from '../../../kit/clock.ts';
import type { Access } from '../../../services/hub/access.ts';
import type { Catalogue } from '../../../services/hub/catalogue.ts';
import type { TagHold, TagHolds } from '../../../services/registry/tag-holds.ts';
import * as contract from '../contract-tag.ts';
import { findRepository } from './repositories.ts';
import { type ApiRoute, jsonRoute } from './route.ts';

export interface SentinelRouteParts {
  readonly catalogue: Catalogue;
  readonly access: Access;
  readonly tagHolds: TagHolds;
}

export function createSentinelRoutes(parts: SentinelRouteParts): readonly ApiRoute[] {
  const { catalogue, access, tagHolds } = parts;
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
        return shapeHold(await tagHolds[body.decision](grant, params.tag ?? '', parseDigest(body.digest)));
      },
    }),
  ];
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
