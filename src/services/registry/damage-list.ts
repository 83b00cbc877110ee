// What is damaged, for operators: since when and why, which images are hit and under which tags, which mirrors would be
// asked and what came of it, and what was repaired. Reads rows alone.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Query } from '../../io/db/database.ts';
import { limits } from '../../kit/limits.ts';
import { formatRepairPlace, listRepairPlaces, type RepairMirror } from './repair-mirror.ts';
import { listHomes } from './rows/damage.ts';
import type { RegistryStores } from './stores.ts';

export interface HitImage {
  readonly repository: string;
  /** Of the image, or of the index that it stands in. */
  readonly digest: Digest;
  /** By name; empty where nothing is tagged with it. */
  readonly tags: readonly string[];
}

export interface DamageEntry {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Half a sentence: `its file is gone`. */
  readonly why: string;
  readonly foundAt: number;
  /** At most `limits.damagedImages`, each tag likewise. */
  readonly images: readonly HitImage[];
  readonly hasMoreImages: boolean;
  /** `host/name` of what would be asked; empty where no mirror is named for it. */
  readonly mirrors: readonly string[];
  /** How often mirrors were asked in vain, when last, and what they said. */
  readonly tries: number;
  readonly triedAt?: number;
  readonly error?: string;
  readonly repairedAt?: number;
  /** `push`, or `host/name` of a mirror's repository. */
  readonly repairedFrom?: string;
}

export interface DamageList {
  /** What is damaged now, or what was repaired; found last first, at most `limit`. */
  list(page: { readonly isRepaired: boolean; readonly limit: number }): Promise<readonly DamageEntry[]>;
  /** How many stand in that list in all. */
  count(isRepaired: boolean): Promise<number>;
}

export function createDamageList(
  { database }: Pick<RegistryStores, 'database'>,
  mirrors: readonly RepairMirror[],
): DamageList {
  const { query } = database;
  return {
    async list({ isRepaired, limit }) {
      const rows = await query
        .selectFrom('blob_damage')
        .innerJoin('blob', 'blob.digest', 'blob_damage.digest')
        .selectAll('blob_damage')
        .select('blob.size_bytes')
        .where('repaired_at', isRepaired ? 'is not' : 'is', null)
        .orderBy('found_at', 'desc')
        .orderBy('blob_damage.digest')
        .limit(limit)
        .execute();
      const entries: DamageEntry[] = [];
      for (const row of rows) {
        const digest = row.digest as Digest;
        const places = listRepairPlaces(mirrors, await listHomes(query, digest));
        entries.push({
          digest,
          sizeBytes: row.size_bytes,
          why: row.why,
          foundAt: row.found_at,
          ...(await listImages(query, digest)),
          mirrors: [...new Set(places.map(formatRepairPlace))],
          tries: row.tries,
          ...(row.tried_at === null ? {} : { triedAt: row.tried_at }),
          ...(row.error === null ? {} : { error: row.error }),
          ...(row.repaired_at === null ? {} : { repairedAt: row.repaired_at }),
          ...(row.repaired_from === null ? {} : { repairedFrom: row.repaired_from }),
        });
      }
      return entries;
    },

    async count(isRepaired) {
      const { count } = await query
        .selectFrom('blob_damage')
        .select((of) => of.fn.countAll<number>().as('count'))
        .where('repaired_at', isRepaired ? 'is not' : 'is', null)
        .executeTakeFirstOrThrow();
      return Number(count);
    },
  };
}

/** Manifests that are or name the blob, and the indexes that name those. */
async function listImages(
  query: Query,
  digest: Digest,
): Promise<Pick<DamageEntry, 'images' | 'hasMoreImages'>> {
  const namers = query
    .selectFrom('manifest_child')
    .select(['repository_id', 'digest'])
    .where('child_digest', '=', digest);
  const hit = query
    .selectFrom('manifest')
    .select(['repository_id', 'digest'])
    .where('digest', '=', digest)
    .union(namers)
    .union(
      query
        .selectFrom('manifest_child as parent')
        .innerJoin('manifest_child as inner', (join) =>
          join
            .onRef('inner.repository_id', '=', 'parent.repository_id')
            .onRef('inner.digest', '=', 'parent.child_digest'),
        )
        .select(['parent.repository_id', 'parent.digest'])
        .where('inner.child_digest', '=', digest),
    );
  const rows = await query
    .selectFrom(hit.as('hit'))
    .innerJoin('repository', 'repository.id', 'hit.repository_id')
    .select(['hit.repository_id', 'hit.digest', 'repository.name'])
    // Unsorted, so that a layer of every image costs no more than one of few.
    .limit(limits.damagedImages + 1)
    .execute();
  const images: HitImage[] = [];
  for (const row of rows.slice(0, limits.damagedImages)) {
    const tags = await query
      .selectFrom('tag')
      .select('name')
      .where('repository_id', '=', row.repository_id)
      .where('digest', '=', row.digest)
      .orderBy('name')
      .limit(limits.damagedImages)
      .execute();
    images.push({
      repository: row.name,
      digest: row.digest as Digest,
      tags: tags.map(({ name }) => name),
    });
  }
  images.sort((a, b) => compare(a.repository, b.repository) || compare(a.digest, b.digest));
  return { images, hasMoreImages: rows.length > images.length };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
