// What is stored, for administrators: the bytes shown and those found on disk, what waits to be collected and when it
// goes, what can be undeleted, what is damaged, and how the last runs went. Reads rows alone: asking costs no disk.
import type { Digest } from '../../formats/oci/digest.ts';
import { readLivedTime } from './collection/lived-time.ts';
import { readState } from './collection/state.ts';
import type { CollectionReport } from './collection.ts';
import type { ScrubReport } from './scrub.ts';
import type { StorageCheckReport } from './storage-check.ts';
import type { RegistryStores } from './stores.ts';

export interface Amount {
  readonly blobs: number;
  readonly bytes: number;
}

export interface StorageStatus {
  readonly graceMs: number;
  /** Every blob that has a row. */
  readonly shown: Amount;
  /** Those that nothing reached when the collector last looked. */
  readonly collectable: Amount;
  /** Links of repositories to blobs that none of their manifests used then. */
  readonly unusedLinks: number;
  readonly damaged: Amount;
  readonly trash: { readonly manifests: number; readonly tags: number };
  /** The proof that is oldest; absent where nothing is stored. */
  readonly provenSince?: number;
  readonly lastCollection?: CollectionReport;
  readonly lastCheck?: StorageCheckReport;
  readonly lastScrub?: ScrubReport;
}

/** A blob that goes unless something comes to need it. */
export interface CollectableBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** What is left of its grace, in the collector's own time; 0: with the next run. */
  readonly leftMs: number;
}

export interface Storage {
  status(): Promise<StorageStatus>;
  /** What a collection would remove as things stand, what goes first before; at most `limit`. Changes nothing. */
  preview(limit: number): Promise<readonly CollectableBlob[]>;
}

export function createStorage({ database }: Pick<RegistryStores, 'database'>, graceMs: number): Storage {
  const { query } = database;

  const amounts = () =>
    query
      .selectFrom('blob')
      .select((row) => [row.fn.countAll<number>().as('blobs'), row.fn.sum<number>('size_bytes').as('bytes')]);

  async function count(
    table: 'trash' | 'trash_tag' | 'repository_blob',
    where?: 'unused_at',
  ): Promise<number> {
    let rows = query.selectFrom(table).select((row) => row.fn.countAll<number>().as('count'));
    if (where !== undefined) rows = rows.where('unused_at' as never, 'is not', null);
    return Number((await rows.executeTakeFirstOrThrow()).count);
  }

  return {
    async status() {
      const oldest = await query
        .selectFrom('blob')
        .select('proven_at')
        .where('damaged_at', 'is', null)
        .where('proven_at', 'is not', null)
        .orderBy('proven_at')
        .limit(1)
        .executeTakeFirst();
      const lastCollection = await readState<CollectionReport>(query, 'last');
      const lastCheck = await readState<StorageCheckReport>(query, 'check');
      const lastScrub = await readState<ScrubReport>(query, 'scrub');
      return {
        graceMs,
        shown: toAmount(await amounts().executeTakeFirstOrThrow()),
        collectable: toAmount(
          await amounts().where('collectable_at', 'is not', null).executeTakeFirstOrThrow(),
        ),
        damaged: toAmount(await amounts().where('damaged_at', 'is not', null).executeTakeFirstOrThrow()),
        unusedLinks: await count('repository_blob', 'unused_at'),
        trash: { manifests: await count('trash'), tags: await count('trash_tag') },
        ...(oldest?.proven_at == null ? {} : { provenSince: oldest.proven_at }),
        ...(lastCollection === undefined ? {} : { lastCollection }),
        ...(lastCheck === undefined ? {} : { lastCheck }),
        ...(lastScrub === undefined ? {} : { lastScrub }),
      };
    },

    async preview(limit) {
      const livedMs = await readLivedTime(database);
      const rows = await query
        .selectFrom('blob')
        .select(['digest', 'size_bytes', 'collectable_at'])
        .where('collectable_at', 'is not', null)
        .orderBy('collectable_at')
        .orderBy('digest')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        digest: row.digest as Digest,
        sizeBytes: row.size_bytes,
        leftMs: Math.max(0, (row.collectable_at ?? livedMs) + graceMs - livedMs),
      }));
    },
  };
}

function toAmount(row: { readonly blobs: number; readonly bytes: number | null }): Amount {
  return { blobs: Number(row.blobs), bytes: Number(row.bytes ?? 0) };
}
