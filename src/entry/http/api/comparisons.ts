// Comparisons: any two images of this server, what changed under a repository's tags, and what changed since the
// image that a tag named before. A repository that is not for the sender is missing, on either side.
import { parseDigest } from '../../../formats/oci/digest.ts';
import type { Clock } from '../../../kit/clock.ts';
import type { Principal } from '../../../services/hub/access.ts';
import type { Catalogue } from '../../../services/hub/catalogue.ts';
import type { ChangeReader } from '../../../services/hub/change-line.ts';
import type { Changes } from '../../../services/hub/changes.ts';
import { compareStored, pairImages } from '../../../services/hub/compare-stored.ts';
import { hubErrors } from '../../../services/hub/errors.ts';
import type { Images, RepositoryName, StoredImage } from '../../../services/hub/images.ts';
import * as contract from '../contract-comparison.ts';
import { shapeChange, shapeComparison } from './comparison-shape.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { findRepository } from './repositories.ts';
import { type ApiRoute, jsonRoute } from './route.ts';

export interface ComparisonRouteParts {
  readonly catalogue: Catalogue;
  readonly images: Images;
  readonly clock: Clock;
  readonly changeList: Changes;
  readonly changes: ChangeReader;
}

export function createComparisonRoutes(parts: ComparisonRouteParts): readonly ApiRoute[] {
  return [
    jsonRoute({
      method: 'get',
      path: '/api/v1/compare',
      summary: 'Two images side by side, by the advisories of now',
      query: contract.comparisonQuery,
      answer: contract.comparisonAnswer,
      errors: [400, 404, 409],
      async handle({ viewer, query, registryHost }) {
        const before = await findNamed(parts, viewer, query.before, registryHost);
        const after = await findNamed(parts, viewer, query.after, registryHost);
        return shapeComparison(await compareStored(parts, pairImages(before, after, query.platform)));
      },
    }),
    jsonRoute({
      method: 'get',
      path: '/api/v1/repositories/{name}/-/changes',
      summary: 'What moved under the repository’s tags and what it did, the last first',
      query: contract.changesQuery,
      answer: contract.tagChangeList,
      errors: [400, 404],
      async handle({ viewer, params, query }) {
        const repository = await findRepository(parts.catalogue, viewer, params);
        const { tag, after: to, cursor, limit } = query;
        const after = parseCursor(cursor);
        const page = await parts.changeList.list(repository, {
          limit,
          ...(tag === undefined ? {} : { tag }),
          ...(to === undefined ? {} : { to: parseDigest(to) }),
          ...(after === undefined ? {} : { after }),
        });
        const changes: contract.TagChange[] = [];
        for (const change of page.rows)
          changes.push(shapeChange(change, await parts.changes.describe(repository, change)));
        return { changes, ...(page.next === undefined ? {} : { cursor: formatCursor(page.next) }) };
      },
    }),
    jsonRoute({
      method: 'get',
      path: '/api/v1/repositories/{name}/-/images/{reference}/change',
      summary: 'What changed since the image that the same tag named before; 404 where there was none',
      query: contract.changeQuery,
      answer: contract.imageChange,
      errors: [400, 404, 409],
      async handle({ viewer, params, query }) {
        const repository = await findRepository(parts.catalogue, viewer, params);
        return showChange(parts, repository, params.reference ?? '', query.platform);
      },
    }),
  ];
}

async function showChange(
  parts: ComparisonRouteParts,
  repository: RepositoryName,
  reference: string,
  platform: string | undefined,
): Promise<contract.ImageChange> {
  const after = await findImage(parts, repository, reference);
  const { digest: to, tag } = after;
  const wish = { to, limit: 1, ...(tag === undefined ? {} : { tag }) };
  const [change] = (await parts.changeList.list(repository, wish)).rows;
  if (change === undefined)
    throw hubErrors.change_missing(`no tag moved to ${repository.name} ${reference.slice(0, 128)}`);
  const line = shapeChange(change, await parts.changes.describe(repository, change));
  const before = await parts.images.find(repository, change.before);
  // A change of a kind that cannot be compared says so in its line; a platform that was asked for must be there.
  if (before === undefined || (line.state === 'incomparable' && platform === undefined))
    return { change: line };
  const pair = pairImages(before, after, platform);
  return { change: line, answer: shapeComparison(await compareStored(parts, pair)) };
}

async function findNamed(
  parts: ComparisonRouteParts,
  viewer: Principal,
  text: string,
  registryHost: string,
): Promise<StoredImage> {
  const { name, reference } = parseStoredReference(text, registryHost);
  return findImage(parts, await findRepository(parts.catalogue, viewer, { name }), reference);
}

async function findImage(
  { images }: ComparisonRouteParts,
  repository: RepositoryName,
  reference: string,
): Promise<StoredImage> {
  const image = await images.find(repository, reference);
  if (image === undefined)
    throw hubErrors.image_missing(`${repository.name} has no "${reference.slice(0, 128)}"`);
  return image;
}

const NAMED =
  /^([a-z0-9][a-z0-9._/-]*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})))?$/;

/** `team/app:1`, `team/app@sha256:…`, with this server's own host before it where it was copied so. */
export function parseStoredReference(text: string, host: string): { name: string; reference: string } {
  const [, name, tag, digest] =
    NAMED.exec(text.startsWith(`${host}/`) ? text.slice(host.length + 1) : text) ?? [];
  const reference = digest ?? tag;
  if (name === undefined || reference === undefined)
    throw hubErrors.reference_invalid(`"${text.slice(0, 200)}" is not repository:tag or repository@digest`);
  return { name, reference };
}
