// The images of this server by their layers: what an image may be built upon, and what is built upon it. Exact: a
// stack of layers is one ChainID, and each image's stacks stand in rows since it was looked into.
// Names are filtered at each asking: who may not see a repository is not told that it holds a base.
import type { KnownImage } from '../../engines/lineage/place.ts';
import { chainIds } from '../../formats/oci/chain.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import type { Database, Query } from '../../io/db/database.ts';
import { limits } from '../../kit/limits.ts';
import type { Principal } from './access.ts';
import { isVisible } from './visible.ts';
import { isWhole } from './whole-image.ts';

/** Who asks, and what clients write before a repository's name here. */
export interface Asker {
  /** 'product' sees every repository: for what is shown to nobody else. */
  readonly viewer: Principal | 'product';
  readonly host?: string;
}

export interface KnownImages {
  /**
   * Images of which all layers are the lowest of these, most layers first, then by digest; one with exactly these
   * layers too. Those that only repositories hold which the asker may not see are left out. At most `limits.knownImages`.
   */
  findByLayers(diffIds: readonly Digest[], asker: Asker): Promise<readonly KnownImage[]>;
  /** Images that hold all layers of this one below their own, by digest; as many at most, and as filtered. */
  findDescendants(digest: Digest, asker: Asker): Promise<readonly KnownImage[]>;
}

/** Names and indexes of the images of one answer: nightly builds of years over one base. */
const NAMES = 2_000;

export function createKnownImages(deps: { readonly database: Database }): KnownImages {
  const { query } = deps.database;
  return {
    async findByLayers(diffIds, asker) {
      const chain = chainIds(diffIds.slice(0, limits.imageLayers));
      if (chain.length === 0) return [];
      const rows = await selectVisible(query, asker)
        .where('image_chain.chain_id', 'in', chain)
        .where('image_chain.is_whole', '=', 1)
        .orderBy('image_chain.layers', 'desc')
        .orderBy('image_chain.digest')
        .limit(limits.knownImages)
        .execute();
      return nameImages(query, asker, rows);
    },

    async findDescendants(digest, asker) {
      const whole = await query
        .selectFrom('image_chain')
        .select('chain_id')
        .where('digest', '=', digest)
        .where('is_whole', '=', 1)
        .executeTakeFirst();
      if (whole === undefined) return [];
      const below = await selectVisible(query, asker)
        .where('image_chain.chain_id', '=', whole.chain_id)
        .where('image_chain.is_whole', '=', 0)
        .orderBy('image_chain.digest')
        .limit(limits.knownImages)
        .execute();
      if (below.length === 0) return [];
      const rows = await query
        .selectFrom('image_chain')
        .select(['digest', 'layers'])
        .where('is_whole', '=', 1)
        .where(
          'digest',
          'in',
          below.map((row) => row.digest),
        )
        .orderBy('digest')
        .execute();
      return nameImages(query, asker, rows);
    },
  };
}

/** Chains of images that a repository holds which the asker may see. */
function selectVisible(query: Query, { viewer }: Asker) {
  return query
    .selectFrom('image_chain')
    .select(['image_chain.digest', 'image_chain.layers'])
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('manifest')
          .innerJoin('repository', 'repository.id', 'manifest.repository_id')
          .select('manifest.digest')
          .whereRef('manifest.digest', '=', 'image_chain.digest')
          .where(isWhole)
          .where(isVisible(viewer)),
      ),
    );
}

async function nameImages(
  query: Query,
  asker: Asker,
  images: readonly { readonly digest: string; readonly layers: number }[],
): Promise<readonly KnownImage[]> {
  if (images.length === 0) return [];
  const digests = images.map(({ digest }) => digest);
  const holders = await listHolders(query, asker, digests);
  const tags = await listTags(query, asker, digests);
  return images.flatMap(({ digest, layers }) => {
    const tagged = tags.filter((tag) => tag.image === digest);
    const host = asker.host === undefined ? '' : `${asker.host}/`;
    const references =
      tagged.length > 0
        ? tagged.map(({ repository, tag }) => `${host}${repository}:${tag}`)
        : holders
            .filter((holder) => holder.digest === digest)
            .map(({ repository }) => `${host}${repository}@${digest}`);
    const indexDigests = tagged.filter((tag) => tag.digest !== digest).map((tag) => tag.digest);
    if (references.length === 0) return [];
    return [
      {
        digest: digest as Digest,
        indexDigests: [...new Set(indexDigests)] as Digest[],
        layers,
        references: [...new Set(references)].sort(),
      },
    ];
  });
}

async function listHolders(query: Query, { viewer }: Asker, digests: readonly string[]) {
  return query
    .selectFrom('manifest')
    .innerJoin('repository', 'repository.id', 'manifest.repository_id')
    .select(['manifest.digest', 'repository.name as repository'])
    .where('manifest.digest', 'in', digests)
    .where(isWhole)
    .where(isVisible(viewer))
    .orderBy('repository.name')
    .execute();
}

/** Tags of the images themselves, and of indexes that hold them. */
async function listTags(query: Query, { viewer }: Asker, digests: readonly string[]) {
  const parents = await query
    .selectFrom('manifest_child')
    .select(['digest', 'child_digest', 'repository_id'])
    .where('child_digest', 'in', digests)
    .where('role', '=', 'manifest')
    .orderBy('digest', 'desc')
    .limit(NAMES)
    .execute();
  const named = [...new Set([...digests, ...parents.map((row) => row.digest)])];
  // Through the manifests: tags are found by repository and digest.
  const tags = await query
    .selectFrom('manifest')
    .innerJoin('repository', 'repository.id', 'manifest.repository_id')
    .innerJoin('tag', (join) =>
      join
        .onRef('tag.repository_id', '=', 'manifest.repository_id')
        .onRef('tag.digest', '=', 'manifest.digest'),
    )
    .select(['tag.repository_id', 'repository.name as repository', 'tag.name as tag', 'tag.digest'])
    .where('manifest.digest', 'in', named)
    .where(isVisible(viewer))
    .orderBy('repository.name')
    .orderBy('tag.name')
    .limit(NAMES)
    .execute();
  return tags.flatMap((tag) => {
    const children = parents
      .filter((row) => row.digest === tag.digest && row.repository_id === tag.repository_id)
      .map((row) => row.child_digest);
    return [...(digests.includes(tag.digest) ? [tag.digest] : []), ...children].map((image) => ({
      image,
      ...tag,
    }));
  });
}
