// Whether a repository holds all of an image: only then may what is known of its digest be shown through it. A
// manifest gives no right to blobs that were never pushed to its repository, nor an index to its children, so
// neither to what was found in them elsewhere; and an image that cannot be pulled whole here is unknown, not clean.
import type { ExpressionBuilder } from 'kysely';
import { type Digest, isDigest } from '../../formats/oci/digest.ts';
import type { Query } from '../../io/db/database.ts';
import type { Tables } from '../../io/db/tables.ts';

export interface ImagePlace {
  readonly repositoryId: number;
  readonly digest: string;
}

/** Of these images those that are not whole in their repository, with a digest that lacks; by `placeKey`. */
export async function findLacking(
  query: Query,
  places: readonly ImagePlace[],
): Promise<ReadonlyMap<string, Digest>> {
  if (places.length === 0) return new Map();
  const repositories = [...new Set(places.map((place) => place.repositoryId))];
  const digests = [...new Set(places.map((place) => place.digest))];
  const held = await query
    .selectFrom('manifest')
    .select(['repository_id', 'digest'])
    .where('repository_id', 'in', repositories)
    .where('digest', 'in', digests)
    .execute();
  const rows = await query
    .selectFrom('manifest_missing')
    .select((row) => ['repository_id', 'digest', row.fn.min('child_digest').as('blob')])
    .where('repository_id', 'in', repositories)
    .where('digest', 'in', digests)
    .groupBy(['repository_id', 'digest'])
    .execute();
  const isThere = new Set(held.map(keyOfRow));
  const blobs = new Map(rows.map((row) => [keyOfRow(row), row.blob]));
  return new Map(
    places.flatMap((place) => {
      const key = placeKey(place);
      const lacking = isThere.has(key) ? blobs.get(key) : place.digest;
      return isDigest(lacking) ? [[key, lacking] as const] : [];
    }),
  );
}

export function placeKey({ repositoryId, digest }: ImagePlace): string {
  return `${repositoryId} ${digest}`;
}

function keyOfRow(row: { readonly repository_id: number; readonly digest: string }): string {
  return placeKey({ repositoryId: row.repository_id, digest: row.digest });
}

/** Why nothing is said of an image that lacks this. */
export function describeLacking(digest: Digest): string {
  return `${digest} of the image is not in this repository: what is inside is unknown until it is pushed`;
}

/** For queries over manifests: those that lack no blob. */
export function isWhole({ exists, not, selectFrom }: ExpressionBuilder<Tables, 'manifest'>) {
  return not(
    exists(
      selectFrom('manifest_missing')
        .select('manifest_missing.digest')
        .whereRef('manifest_missing.repository_id', '=', 'manifest.repository_id')
        .whereRef('manifest_missing.digest', '=', 'manifest.digest'),
    ),
  );
}
