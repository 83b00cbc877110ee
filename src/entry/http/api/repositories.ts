// Repositories: the list, one, and its tags.
import { formatInstant } from '../../../kit/clock.ts';
import type { Access, Principal } from '../../../services/hub/access.ts';
import type { Catalogue, Page, RepositoryRow } from '../../../services/hub/catalogue.ts';
import { hubErrors } from '../../../services/hub/errors.ts';
import type { ImageRow } from '../../../services/hub/image-row.ts';
import type { PullStatistics } from '../../../services/registry/pull-statistics.ts';
import type { TagHolds } from '../../../services/registry/tag-holds.ts';
import * as contract from '../contract.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { type ApiRoute, jsonRoute } from './route.ts';
import { shapeImageRow, shapePulls, shapeRepositoryRow } from './shape.ts';

export interface RepositoryRouteParts {
  readonly catalogue: Catalogue;
  readonly access: Access;
  readonly tagHolds: TagHolds;
  readonly pullStatistics: PullStatistics;
}

export function createRepositoryRoutes(parts: RepositoryRouteParts): readonly ApiRoute[] {
  const { catalogue, access, tagHolds, pullStatistics } = parts;
  return [
    jsonRoute({
      method: 'get',
      path: '/api/v1/repositories',
      summary: 'Repositories, the last changed first',
      query: contract.listQuery,
      answer: contract.repositoryList,
      errors: [400],
      async handle({ viewer, query }) {
        const page = await catalogue.listRepositories(viewer, listWish(query));
        return { repositories: page.rows.map(shapeRepositoryRow), ...cursorOf(page) };
      },
    }),
    jsonRoute({
      method: 'get',
      path: '/api/v1/repositories/{name}/-/tags',
      summary: 'Tags of a repository, the last moved first',
      query: contract.listQuery,
      answer: contract.tagList,
      errors: [400, 404],
      async handle({ viewer, params, query }) {
        const repository = await findRepository(catalogue, viewer, params);
        const page = await catalogue.listTags(repository, listWish(query));
        const tags = page.rows.flatMap(({ tag, digest }) =>
          tag === undefined ? [] : [{ name: tag, digest }],
        );
        const pulled = await pullStatistics.lastOf(repository.id, tags);
        return { tags: page.rows.map((row) => shapePulled(row, pulled)), ...cursorOf(page) };
      },
    }),
    jsonRoute({
      method: 'get',
      path: '/api/v1/repositories/{name}',
      summary: 'One repository',
      answer: contract.repositoryDetail,
      errors: [404],
      async handle({ viewer, params, registryHost }) {
        const { id, name, isPublic, tags, createdAt, updatedAt } = await findRepository(
          catalogue,
          viewer,
          params,
        );
        const grant = await access.grant(viewer, 'maintain', name);
        return {
          name,
          isPublic,
          createdAt: formatInstant(createdAt),
          updatedAt: formatInstant(updatedAt),
          tags,
          registryHost,
          ...(grant === undefined ? {} : { held: await tagHolds.count(grant) }),
          pulls: shapePulls(await pullStatistics.summarize(id)),
        };
      },
    }),
  ];
}

/** The repository that a path names, or `hub.repository_missing`: one that is not for the viewer is missing too. */
export async function findRepository(
  catalogue: Catalogue,
  viewer: Principal,
  params: Readonly<Record<string, string>>,
): Promise<RepositoryRow> {
  const name = params.name ?? '';
  const repository = await catalogue.findRepository(viewer, name);
  if (repository === undefined)
    throw hubErrors.repository_missing(`there is no repository "${name.slice(0, 255)}" here`);
  return repository;
}

function shapePulled(row: ImageRow, pulled: ReadonlyMap<string, number>): contract.ImageRow {
  const at = row.tag === undefined ? undefined : pulled.get(row.tag);
  return { ...shapeImageRow(row), ...(at === undefined ? {} : { pulledAt: formatInstant(at) }) };
}

function listWish({ q, cursor, limit }: contract.ListQuery) {
  const after = parseCursor(cursor);
  return { limit, ...(q === undefined ? {} : { q }), ...(after === undefined ? {} : { after }) };
}

function cursorOf(page: Page<unknown>): { cursor?: string } {
  return page.next === undefined ? {} : { cursor: formatCursor(page.next) };
}
