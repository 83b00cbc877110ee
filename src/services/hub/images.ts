// One image as its page shows it: what a tag or digest names, its platforms, how far the scan is, and the
// report once it stands. Manifests are read for what rows do not hold: platforms before the first scan.
import { parseConfig } from '../../formats/oci/config.ts';
import { type Digest, isDigest } from '../../formats/oci/digest.ts';
import { ociErrors } from '../../formats/oci/errors.ts';
import { type ImageManifest, type Manifest, parseManifest } from '../../formats/oci/manifest.ts';
import { formatPlatform, isRunnable, normalPlatform, parsePlatform } from '../../formats/oci/platform.ts';
import type { BlobStore } from '../../io/blobs/store.ts';
import type { Database } from '../../io/db/database.ts';
import { limits } from '../../kit/limits.ts';
import type { RepositoryRow } from './catalogue.ts';
import { chooseShown, loadScans, type ScanHit, type ScanProgress } from './image-row.ts';
import { unpackReport } from './packed.ts';
import type { ImageReport } from './report.ts';
import { describeLacking, findLacking, placeKey } from './whole-image.ts';

export interface StoredPlatform extends ScanHit {
  readonly digest: Digest;
  /** The repository lacks blobs of it: nothing of what may be known of its digest is shown. */
  readonly isLacking?: true;
}

export interface StoredImage {
  readonly repository: string;
  readonly tag?: string;
  readonly otherTags: readonly string[];
  readonly digest: Digest;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly pushedAt: number;
  /** Runnable images; empty for an artifact. */
  readonly platforms: readonly StoredPlatform[];
  /** The one that is shown. */
  readonly shown?: StoredPlatform;
  readonly scan: ScanProgress;
  /** Compressed, of the shown platform. */
  readonly sizeBytes: number;
  /** The index it was found in, or the image itself. */
  readonly manifest: Manifest;
}

/** A repository, as far as its images are found by it. */
export type RepositoryName = Pick<RepositoryRow, 'id' | 'name'>;

export interface Images {
  /**
   * What `reference` (a tag or digest) names; undefined where there is none. `platform` chooses within an
   * index: `oci.platform_missing` where it has no such image, `oci.platform_invalid`.
   */
  find(repository: RepositoryName, reference: string, platform?: string): Promise<StoredImage | undefined>;
  /**
   * The report on an image that `find` gave; undefined until it is judged, and where its repository lacks a part of
   * it. Bounded in memory, by digest and time of judging.
   */
  report(image: Pick<StoredPlatform, 'digest' | 'isLacking'>): Promise<ImageReport | undefined>;
}

/** Reports kept unpacked: the tabs of a few pages ask for the same one again and again. */
const KEPT_REPORTS = 8;
/** Tags shown beside the one asked for. */
const OTHER_TAGS = 50;

export function createImages(deps: { readonly database: Database; readonly blobs: BlobStore }): Images {
  const { blobs, database } = deps;
  const { query } = database;
  const kept = new Map<string, Promise<ImageReport | undefined>>();

  async function readManifest(digest: Digest, mediaType: string): Promise<Manifest> {
    return parseManifest(await blobs.readAll(digest, limits.manifestBytes), mediaType);
  }

  async function resolve(repository: RepositoryName, reference: string) {
    if (isDigest(reference)) return { digest: reference };
    const tag = await query
      .selectFrom('tag')
      .select(['name', 'digest', 'updated_at'])
      .where('repository_id', '=', repository.id)
      .where('name', '=', reference)
      .executeTakeFirst();
    return tag === undefined
      ? undefined
      : { digest: tag.digest as Digest, tag: tag.name, movedAt: tag.updated_at };
  }

  async function listOtherTags(repository: RepositoryName, digest: Digest, tag?: string) {
    const rows = await query
      .selectFrom('tag')
      .select('name')
      .where('repository_id', '=', repository.id)
      .where('digest', '=', digest)
      .orderBy('name')
      .limit(OTHER_TAGS + 1)
      .execute();
    return rows.map((row) => row.name).filter((name) => name !== tag);
  }

  /** Images that a manifest leads to, with their platform from the index or, before a scan, their configuration. */
  async function listPlatforms(
    repositoryId: number,
    digest: Digest,
    manifest: Manifest,
  ): Promise<readonly StoredPlatform[]> {
    const own = await findLacking(query, [{ repositoryId, digest }]);
    const entries =
      manifest.kind === 'index'
        ? manifest.manifests
            // Artifacts go by what their scan found: an engine runs what has an image's configuration, whatever
            // type an index, which anybody may write, says that it is.
            .filter((child) => isRunnable(child.platform))
            .map(({ digest: child, platform }) => ({ digest: child, platform }))
        : // What is in a blob that the repository may not have is not said.
          [{ digest, platform: own.size > 0 ? undefined : await readPlatform(manifest) }];
    const lacking = await findLacking(
      query,
      entries.map((entry) => ({ repositoryId, digest: entry.digest })),
    );
    const scans = await loadScans(
      query,
      entries.map((entry) => entry.digest),
    );
    return entries
      .map(({ digest: child, platform }): StoredPlatform => {
        const blob = lacking.get(placeKey({ repositoryId, digest: child }));
        if (blob !== undefined)
          return {
            digest: child,
            isLacking: true,
            scan: { state: 'failed', layersDone: 0, layersTotal: 0, error: describeLacking(blob) },
            ...(platform === undefined ? {} : { platform: formatPlatform(normalPlatform(platform)) }),
          };
        const scan = scans.get(child);
        const named = platform === undefined ? scan?.platform : formatPlatform(normalPlatform(platform));
        return {
          scan: scan?.scan ?? { state: 'queued', layersDone: 0, layersTotal: 0 },
          ...(scan?.summary === undefined ? {} : { summary: scan.summary }),
          ...(named === undefined ? {} : { platform: named }),
          digest: child,
        };
      })
      .filter((image) => manifest.kind === 'image' || image.scan.state !== 'unsupported');
  }

  async function readPlatform(manifest: ImageManifest) {
    if (manifest.config.sizeBytes > limits.configBytes) return undefined;
    try {
      return parseConfig(await blobs.readAll(manifest.config.digest, limits.configBytes)).platform;
    } catch {
      // An artifact's configuration may be anything; its scan says why it is not judged.
      return undefined;
    }
  }

  async function sizeOf(shown: StoredPlatform | undefined, digest: Digest, manifest: Manifest) {
    let image: Manifest = manifest;
    if (shown !== undefined && shown.digest !== digest) image = await readChild(manifest, shown.digest);
    if (image.kind === 'index') return 0;
    return [image.config, ...image.layers].reduce((sum, blob) => sum + blob.sizeBytes, 0);
  }

  async function readChild(index: Manifest, digest: Digest): Promise<Manifest> {
    const child = index.kind === 'index' ? index.manifests.find((one) => one.digest === digest) : undefined;
    return readManifest(digest, child?.mediaType ?? index.mediaType);
  }

  return {
    async find(repository, reference, platform) {
      const named = await resolve(repository, reference);
      if (named === undefined) return undefined;
      const { digest, tag } = named;
      const row = await query
        .selectFrom('manifest')
        .select(['media_type', 'created_at'])
        .where('repository_id', '=', repository.id)
        .where('digest', '=', digest)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const manifest = await readManifest(digest, row.media_type);
      const platforms = await listPlatforms(repository.id, digest, manifest);
      const shown = platform === undefined ? chooseShown(platforms) : choosePlatform(platforms, platform);
      return {
        repository: repository.name,
        ...(tag === undefined ? {} : { tag }),
        otherTags: await listOtherTags(repository, digest, tag),
        digest,
        mediaType: row.media_type,
        ...(manifest.artifactType === undefined ? {} : { artifactType: manifest.artifactType }),
        pushedAt: named.movedAt ?? row.created_at,
        platforms,
        ...(shown === undefined ? {} : { shown }),
        scan: shown?.scan ?? {
          state: 'unsupported',
          layersDone: 0,
          layersTotal: 0,
          error: 'it names no image that could be run',
        },
        sizeBytes: await sizeOf(shown, digest, manifest),
        manifest,
      };
    },

    async report({ digest, isLacking }) {
      if (isLacking) return undefined;
      const row = await query
        .selectFrom('scan')
        .select(['judged_at', 'report_zst'])
        .where('digest', '=', digest)
        .executeTakeFirst();
      if (row === undefined || row.report_zst === null) return undefined;
      const key = `${digest} ${row.judged_at}`;
      const known = kept.get(key) ?? unpackReport(row.report_zst);
      kept.delete(key);
      kept.set(key, known);
      if (kept.size > KEPT_REPORTS) kept.delete(kept.keys().next().value as string);
      return known;
    },
  };
}

function choosePlatform(platforms: readonly StoredPlatform[], wanted: string): StoredPlatform {
  const wish = formatPlatform(parsePlatform(wanted));
  const found = platforms.find(({ platform }) => platform === wish);
  if (found !== undefined) return found;
  const names = platforms.map(({ platform }) => platform ?? 'one without a name').join(', ');
  throw ociErrors.platform_missing(`there is no image for ${wanted}; there are: ${names}`);
}
