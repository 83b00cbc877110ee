// end-12: what refers to a manifest. Never a 404: a subject that nobody knows has an empty list.

import { formatDescriptor } from '../../../formats/oci/descriptor.ts';
import { parseDigest } from '../../../formats/oci/digest.ts';
import { mediaTypes } from '../../../formats/oci/media-type.ts';
import { limits } from '../../../kit/limits.ts';
import type { Referrers } from '../../../services/registry/referrers.ts';
import { answerJson } from '../exchange.ts';
import type { Guard } from '../guard.ts';
import type { Methods } from './methods.ts';
import { formatNextLink } from './paging.ts';

interface ReferrersRoute {
  readonly name: string;
  readonly digest: string;
}

export function createReferrersMethods(parts: {
  guard: Guard;
  referrers: Referrers;
}): Methods<ReferrersRoute> {
  const { guard, referrers } = parts;
  return {
    async GET(exchange, { name, digest: text }) {
      const digest = parseDigest(text);
      const artifactType = exchange.query.get('artifactType') || undefined;
      const afterText = exchange.query.get('after') || undefined;
      const after = afterText === undefined ? undefined : parseDigest(afterText);
      const grant = await guard.authorize(exchange, 'pull', name);
      const limit = limits.referrersPage;
      const found = await referrers.list(grant, digest, {
        limit: limit + 1,
        ...(artifactType === undefined ? {} : { artifactType }),
        ...(after === undefined ? {} : { after }),
      });
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      const next = { ...(artifactType === undefined ? {} : { artifactType }), after: last?.digest ?? '' };
      answerJson(
        exchange,
        200,
        { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: shown.map(formatDescriptor) },
        {
          'Content-Type': mediaTypes.ociIndex,
          ...(artifactType === undefined ? {} : { 'OCI-Filters-Applied': 'artifactType' }),
          ...(found.length > limit ? { Link: formatNextLink(`/v2/${name}/referrers/${digest}`, next) } : {}),
        },
      );
    },
  };
}
