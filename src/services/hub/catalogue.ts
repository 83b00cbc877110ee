// What is here, for lists: repositories, tags, the newest images, the sums of the home page. Pages go by
// keyset (the place of the last row), so that the thousandth page costs what the first does.
import { type ExpressionBuilder, type RawBuilder, type Selectable, sql } from 'kysely';
import type { Database, Query } from '../../io/db/database.ts';
import type { RepositoryTable, Tables } from '../../io/db/tables.ts';
import { ownRepositories, type Principal } from './access.ts';
import { type ImageRow, loadImageRows } from './image-row.ts';
import { isVisible } from './visible.ts';
import { isWhole } from './whole-image.ts';

export interface RepositoryRow {
  readonly id: number;
  readonly name: string;
  readonly isPublic: boolean;
  readonly tags: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly newest?: ImageRow;
}

export interface ListWish {
  /** Part of the name. */
  readonly q?: string;
  /** The place of the last row of the page before, as `cursor` said it. */
  readonly after?: Place;
  readonly limit: number;
}

/** Where a page ended. */
export interface Place {
  readonly at: number;
  readonly name: string;
}

export interface Page<T> {
  readonly rows: readonly T[];
  /** Absent on the last page. */
  readonly next?: Place;
}

export interface Totals {
  readonly repositories: number;
  readonly images: number;
  readonly packages: number;
  readonly judgedPackages: number;
}

export interface Catalogue {
  /** By last change, newest first. */
  listRepositories(viewer: Principal, wish: ListWish): Promise<Page<RepositoryRow>>;
  /** Undefined where it is absent, or not for this viewer: the two are not told apart. */
  findRepository(viewer: Principal | 'product', name: string): Promise<RepositoryRow | undefined>;
  /** Of a repository that `findRepository` gave; by last move, newest first. */
  listTags(repository: RepositoryRow, wish: ListWish): Promise<Page<ImageRow>>;
  newestImages(viewer: Principal, limit: number): Promise<readonly ImageRow[]>;
  /** Of what the viewer may see. */
  totals(viewer: Principal): Promise<Totals>;
}

export function createCatalogue(deps: { readonly database: Database }): Catalogue {
  const { query } = deps.database;
  return {
    async listRepositories(viewer, wish) {
      const { q, after } = wish;
      const rows = await query
        .selectFrom('repository')
        .selectAll()
        .where(isListed(viewer))
        .$if(q !== undefined && q !== '', (some) => some.where(likeText('name', q as string)))
        .$if(after !== undefined, (some) => some.where(isAfter(after as Place)))
        .orderBy('updated_at', 'desc')
        .orderBy('name')
        .limit(wish.limit + 1)
        .execute();
      const page = rows.slice(0, wish.limit);
      const filled = await fillRepositories(query, page);
      return { rows: filled, ...nextPlace(rows, wish.limit) };
    },

    async findRepository(viewer, name) {
      const row = await query
        .selectFrom('repository')
        .selectAll()
        .where('name', '=', name)
        .where(isVisible(viewer))
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return (await fillRepositories(query, [row]))[0];
    },

    async listTags(repository, wish) {
      const { q, after } = wish;
      const rows = await query
        .selectFrom('tag')
        .select(['name', 'digest', 'updated_at'])
        .where('repository_id', '=', repository.id)
        .$if(q !== undefined && q !== '', (some) => some.where(likeText('name', q as string)))
        .$if(after !== undefined, (some) => some.where(isAfter(after as Place)))
        .orderBy('updated_at', 'desc')
        .orderBy('name')
        .limit(wish.limit + 1)
        .execute();
      const hits = rows.slice(0, wish.limit).map((row) => ({
        repositoryId: repository.id,
        repository: repository.name,
        tag: row.name,
        digest: row.digest,
        pushedAt: row.updated_at,
      }));
      return { rows: await loadImageRows(query, hits), ...nextPlace(rows, wish.limit) };
    },

    async newestImages(viewer, limit) {
      const rows = await selectTags(query)
        .where('repository.name', 'not like', `${ownRepositories}%`)
        .where(isVisible(viewer))
        .orderBy('tag.updated_at', 'desc')
        .limit(limit)
        .execute();
      return loadImageRows(query, rows);
    },

    async totals(viewer) {
      const sums = await query
        .selectFrom('scan')
        .select((of) => [
          of.fn.countAll<number>().as('images'),
          of.fn.sum<number | null>('packages').as('packages'),
          of.fn.sum<number | null>('judged_packages').as('judged'),
        ])
        .where('state', '=', 'judged')
        .where(isHeldInVisible(viewer))
        .executeTakeFirstOrThrow();
      const { repositories } = await query
        .selectFrom('repository')
        .select((of) => of.fn.countAll<number>().as('repositories'))
        .where(isListed(viewer))
        .executeTakeFirstOrThrow();
      return {
        repositories: Number(repositories),
        images: Number(sums.images),
        packages: Number(sums.packages ?? 0),
        judgedPackages: Number(sums.judged ?? 0),
      };
    },
  };
}

/**
 * Whether lists show a repository: not before its first manifest, so that an abandoned push leaves no name, and
 * not the product's own, which hold no images; who asks for one of those by its name finds it.
 */
export function isListed(viewer: Principal) {
  return (of: ExpressionBuilder<Tables, 'repository'>) => {
    const { and, eb, exists, selectFrom } = of;
    return and([
      isVisible(viewer)(of),
      eb('repository.name', 'not like', `${ownRepositories}%`),
      exists(
        selectFrom('manifest')
          .select('manifest.digest')
          .whereRef('manifest.repository_id', '=', 'repository.id'),
      ),
    ]);
  };
}

/** Whether a repository that the viewer may see holds the image of a scan. */
function isHeldInVisible(viewer: Principal) {
  return ({ exists, selectFrom }: ExpressionBuilder<Tables, 'scan'>) =>
    exists(
      selectFrom('manifest')
        .innerJoin('repository', 'repository.id', 'manifest.repository_id')
        .select('manifest.digest')
        .whereRef('manifest.digest', '=', 'scan.digest')
        .where(isWhole)
        .where(isVisible(viewer)),
    );
}

/** Tags as hits, with their repository; the caller narrows and orders. */
export function selectTags(query: Query) {
  return query
    .selectFrom('tag')
    .innerJoin('repository', 'repository.id', 'tag.repository_id')
    .select([
      'tag.repository_id as repositoryId',
      'repository.name as repository',
      'tag.name as tag',
      'tag.digest as digest',
      'tag.updated_at as pushedAt',
    ]);
}

/** `column` holds the text, whatever wildcards stand in it. */
export function likeText(column: string, text: string): RawBuilder<boolean> {
  const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`${sql.ref(column)} like ${pattern} escape '\\'`;
}

/** The newest tag of each repository: one query and the rows', whatever the page's length and the number of tags. */
export async function fillRepositories(
  query: Query,
  rows: readonly Selectable<RepositoryTable>[],
): Promise<readonly RepositoryRow[]> {
  if (rows.length === 0) return [];
  const latest = await selectTags(query)
    .where(
      'repository.id',
      'in',
      rows.map((row) => row.id),
    )
    .where('tag.name', '=', ({ selectFrom }) =>
      selectFrom('tag as newest')
        .select('newest.name')
        .whereRef('newest.repository_id', '=', 'repository.id')
        .orderBy('newest.updated_at', 'desc')
        .orderBy('newest.name')
        .limit(1),
    )
    .execute();
  const images = await loadImageRows(query, latest);
  const newest = new Map(images.map((image) => [image.repository, image]));
  return rows.map((row) => {
    const image = newest.get(row.name);
    return {
      id: row.id,
      name: row.name,
      isPublic: row.is_public === 1,
      tags: row.tags,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      ...(image === undefined ? {} : { newest: image }),
    };
  });
}

/**
 * Rows that stand after a place in the order (updated_at descending, name). The first condition says no more than the
 * second, but an index can begin there.
 */
function isAfter(place: Place): RawBuilder<boolean> {
  const at = sql.ref('updated_at');
  return sql<boolean>`${at} <= ${place.at} and (${at} < ${place.at} or ${sql.ref('name')} > ${place.name})`;
}

function nextPlace(
  rows: readonly { readonly name: string; readonly updated_at: number }[],
  limit: number,
): { readonly next?: Place } {
  const last = rows[limit - 1];
  return rows.length > limit && last !== undefined ? { next: { at: last.updated_at, name: last.name } } : {};
}
