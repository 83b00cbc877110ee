// Manifests and indexes, kept and given back byte for byte. Order of a push: bytes durable, then one
// transaction { row, children, tags, events }, then the answer: no tag ever points at what is not there.
// A config and layers should be in the repository before: where they are not, the manifest is refused or kept as
// sparse, as it is configured. A missing blob gives no right to it: it stays unreadable through this repository
// until somebody pushes it here. A subject need not be there (distribution-spec "Pushing Manifests with Subject").
import { type Digest, digestAlgorithm, digestOf } from '../../formats/oci/digest.ts';
import { ociErrors } from '../../formats/oci/errors.ts';
import { type Manifest, parseManifest } from '../../formats/oci/manifest.ts';
import { isNondistributable } from '../../formats/oci/media-type.ts';
import { checkTag } from '../../formats/oci/reference.ts';
import type { Query } from '../../io/db/database.ts';
import { createRowCache } from '../../io/db/row-cache.ts';
import { formatSize } from '../../kit/bytes.ts';
import { describeError, isPlimsollError, type PlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import type { Grant } from '../hub/access.ts';
import { createByteCache } from './byte-cache.ts';
import type { DamageReporter } from './damage.ts';
import { reportManifest } from './damaged-manifest.ts';
import { registryErrors } from './errors.ts';
import type { Reserve } from './reserve.ts';
import { addBlob, missingBlobs } from './rows/blob.ts';
import { addManifest, findManifest, type ManifestReference, type ManifestRow } from './rows/manifest.ts';
import { addMissing } from './rows/missing.ts';
import { checkQuota } from './rows/quota.ts';
import { ensureRepository, readRepositoryId, touchRepository } from './rows/repository.ts';
import { checkTagMoves, dropTags, findTagHome, listTagsOf, moveTags } from './rows/tag.ts';
import { keepManifest } from './rows/trash.ts';
import type { Sentinel } from './sentinel.ts';
import type { RegistryStores } from './stores.ts';

export type { ManifestReference } from './rows/manifest.ts';

export type ManifestStat = ManifestRow;

export interface StoredManifest extends ManifestStat {
  /** The exact bytes that were pushed; not to be changed. */
  readonly bytes: Uint8Array;
}

export interface PutManifest {
  readonly digest: Digest;
  /** What the manifest refers to, whether or not it is there: the answer's `OCI-Subject`. */
  readonly subject?: Digest;
  /** All tags that now point at it by this push. */
  readonly tags: readonly string[];
  /** Those that stay where they were until their owner confirms the push (sentinel.ts). */
  readonly held: readonly string[];
  /** Blobs that it names and the repository does not hold; 0 unless sparse manifests are accepted. */
  readonly missingBlobs: number;
}

export interface ManifestOptions {
  /**
   * What becomes of an image of which blobs are missing (distribution-spec "Pushing Manifests": a registry may
   * refuse): 'accept' keeps it as it is and never calls it whole, 'refuse' is `registry.manifest_blob_unknown`.
   */
  readonly sparse?: 'accept' | 'refuse';
  /** Judges moves of tags; where absent none is judged. */
  readonly sentinel?: Sentinel;
  /** Told of bytes that are lost or changed; where absent they are not served, and nobody is told. */
  readonly onDamage?: DamageReporter;
  /** Room that pushes leave free; where absent none is kept. */
  readonly reserve?: Pick<Reserve, 'check'>;
}

export interface Manifests {
  /**
   * Stores a manifest under a tag, or by its digest with any number of `tags`. `mediaType` is the bare
   * Content-Type. `registry.manifest_invalid`, `manifest_unsupported`, `manifest_blob_unknown`,
   * `manifest_too_large`, `digest_invalid`, `tag_immutable`, `storage_full`; `oci.tag_invalid`.
   */
  put(
    grant: Grant<'push'>,
    reference: ManifestReference,
    mediaType: string | undefined,
    bytes: Uint8Array,
    options?: { readonly tags?: readonly string[]; readonly via?: string },
  ): Promise<PutManifest>;
  /** `registry.name_unknown`, `registry.manifest_unknown`; `registry.damaged` where the stored bytes are not themselves. */
  get(grant: Grant<'pull'>, reference: ManifestReference): Promise<StoredManifest>;
  stat(grant: Grant<'pull'>, reference: ManifestReference): Promise<ManifestStat>;
  /** The same as `get` where memory alone tells; undefined says nothing about it. */
  peek(grant: Grant<'pull'>, reference: ManifestReference): StoredManifest | undefined;
  /**
   * Removes the manifest and every tag on it; they can be undeleted for a time (trash.ts). `registry.name_unknown`,
   * `registry.manifest_unknown`; `registry.tag_immutable` where a tag on it stays what it is.
   */
  delete(grant: Grant<'delete'>, digest: Digest): Promise<void>;
}

export function createManifests(
  stores: RegistryStores,
  { sparse = 'accept', sentinel, onDamage, reserve }: ManifestOptions = {},
): Manifests {
  const { database, blobs, clock, random, gate } = stores;
  const cache = createByteCache(limits.manifestCacheBytes);
  const rows = createRowCache<ManifestRow | undefined>(
    database,
    ['repository', 'tag', 'manifest'],
    limits.rememberedRows,
  );

  async function stat(grant: Grant<'pull'>, reference: ManifestReference): Promise<ManifestStat> {
    const { repository } = grant;
    const row = await rows.read(keyOf(grant, reference), () =>
      findManifest(database.query, repository, reference),
    );
    if (row !== undefined) return row;
    await readRepositoryId(database.query, grant.repository);
    throw unknown(grant.repository, reference);
  }

  async function read(digest: Digest): Promise<Uint8Array> {
    try {
      return await readManifestBytes(stores, digest);
    } catch (error) {
      const again = (wanted: Digest) => readManifestBytes(stores, wanted);
      if (onDamage !== undefined) await reportManifest(stores, again, digest, error, onDamage);
      throw error;
    }
  }

  return {
    stat,

    peek(grant, reference) {
      const row = rows.peek(keyOf(grant, reference));
      const bytes = row === undefined ? undefined : cache.get(row.digest);
      return row === undefined || bytes === undefined ? undefined : { ...row, bytes };
    },

    async put(grant, reference, mediaType, bytes, options) {
      const digest = checkedDigest(reference, bytes);
      const tags = [...new Set([...('tag' in reference ? [reference.tag] : []), ...(options?.tags ?? [])])];
      for (const tag of tags) checkTag(tag);
      const manifest = parsePushed(bytes, mediaType);
      const { repository } = grant;
      // Before the bytes, so that a refused push leaves nothing behind.
      const known = await findTagHome(database.query, repository);
      checkWhole(sparse, await listMissing(database.query, known?.id, manifest));
      if (known !== undefined) await checkTagMoves(database.query, known, tags, digest);
      const added = { repository, digest, sizeBytes: bytes.byteLength };
      await checkQuota(database.query, added);
      await reserve?.check(bytes.byteLength);
      // Undeleting is what a person asked for just now, and the product's own repositories are its own.
      const isByClient = options?.via === undefined && grant.via !== 'product';
      const judged =
        known === undefined || tags.length === 0 || !isByClient
          ? undefined
          : await sentinel?.judge({ home: known, tags, digest, manifest, actor: grant });
      using _held = await gate.hold(digest);
      await blobs.put(digest, bytes);
      const { missing, held } = await database.transaction(async (query) => {
        const now = clock.now();
        const repositoryId = await ensureRepository(query, repository, now);
        // And again here: a blob may have been deleted meanwhile.
        const missing = await listMissing(query, repositoryId, manifest);
        checkWhole(sparse, missing);
        await checkQuota(query, added);
        await addBlob(query, digest, bytes.byteLength, now, grant);
        await addManifest(query, { repositoryId, digest, sizeBytes: bytes.byteLength, manifest, now });
        await addMissing(query, repositoryId, digest, missing);
        const cause = { actor: grant, via: options?.via ?? 'push', now, random, ...(judged && { judged }) };
        const pushed = { kind: 'manifest_pushed', repository, digest } as const;
        const held = await moveTags(query, repositoryId, { tags, digest }, cause, [pushed]);
        await touchRepository(query, repositoryId, now);
        return { missing, held };
      });
      cache.set(digest, new Uint8Array(bytes));
      const subject = manifest.subject?.digest;
      const moved = tags.filter((tag) => !held.includes(tag));
      const about = subject === undefined ? {} : { subject };
      return { digest, ...about, tags: moved, held, missingBlobs: missing.length };
    },

    async get(grant, reference) {
      const row = await stat(grant, reference);
      const known = cache.get(row.digest);
      if (known !== undefined) return { ...row, bytes: known };
      const bytes = await read(row.digest);
      cache.set(row.digest, bytes);
      return { ...row, bytes };
    },

    async delete(grant, digest) {
      const { repository } = grant;
      await database.transaction(async (query) => {
        const now = clock.now();
        const repositoryId = await readRepositoryId(query, repository);
        await keepManifest(query, { repositoryId, digest, now, account: grant.account });
        const tags = await listTagsOf(query, repositoryId, digest);
        const cause = { actor: grant, via: 'delete', now, random };
        await dropTags(query, repositoryId, tags, cause, [{ kind: 'manifest_deleted', repository, digest }]);
        const deleted = await query
          .deleteFrom('manifest')
          .where('repository_id', '=', repositoryId)
          .where('digest', '=', digest)
          .returning('digest')
          .execute();
        if (deleted.length === 0) throw unknown(repository, { digest });
        await touchRepository(query, repositoryId, now);
      });
    },
  };
}

/** A manifest's bytes from the store, checked against their digest: a damaged disk is never served as an image. */
export async function readManifestBytes(
  { blobs }: Pick<RegistryStores, 'blobs'>,
  digest: Digest,
): Promise<Uint8Array> {
  const bytes = await blobs.readAll(digest, limits.manifestBytes).catch((cause: unknown) => {
    if (isPlimsollError(cause, { kind: 'missing' }))
      throw registryErrors.damaged(`the stored bytes of manifest ${digest} are lost`, { cause });
    throw cause;
  });
  if (digestOf(bytes, digestAlgorithm(digest)) !== digest)
    throw registryErrors.damaged(`the stored bytes of manifest ${digest} have another digest`);
  return bytes;
}

function keyOf({ repository }: Grant<'pull'>, reference: ManifestReference): string {
  return 'tag' in reference ? `${repository}:${reference.tag}` : `${repository}@${reference.digest}`;
}

function checkedDigest(reference: ManifestReference, bytes: Uint8Array): Digest {
  if (bytes.byteLength > limits.manifestBytes)
    throw registryErrors.manifest_too_large(
      `the manifest is ${formatSize(bytes.byteLength)}, over ${formatSize(limits.manifestBytes)}`,
    );
  if ('tag' in reference) return digestOf(bytes);
  const found = digestOf(bytes, digestAlgorithm(reference.digest));
  if (found !== reference.digest)
    throw registryErrors.digest_invalid(`the manifest sent is ${found}, not ${reference.digest}`);
  return found;
}

function parsePushed(bytes: Uint8Array, mediaType: string | undefined): Manifest {
  try {
    return parseManifest(bytes, mediaType);
  } catch (cause) {
    if (isPlimsollError(cause, { code: ociErrors.manifest_unsupported.code }))
      throw registryErrors.manifest_unsupported(describeError(cause), { cause });
    throw registryErrors.manifest_invalid(describeError(cause), { cause });
  }
}

/**
 * Of the config and the layers that registries keep, those that the repository does not hold. An index's children
 * need not be there: a sparse index, of which a mirror holds some platforms only, keeps its digest and so its
 * signatures.
 */
async function listMissing(
  query: Query,
  repositoryId: number | undefined,
  manifest: Manifest,
): Promise<readonly Digest[]> {
  if (manifest.kind === 'index') return [];
  const wanted = [manifest.config, ...manifest.layers]
    .filter((descriptor) => !isNondistributable(descriptor.mediaType))
    .map((descriptor) => descriptor.digest);
  return repositoryId === undefined ? wanted : missingBlobs(query, repositoryId, wanted);
}

/** `registry.manifest_blob_unknown` where blobs are missing and that is refused. */
function checkWhole(sparse: 'accept' | 'refuse', missing: readonly Digest[]): void {
  if (missing.length === 0 || sparse === 'accept') return;
  const others = missing.length === 1 ? '' : ` and ${missing.length - 1} more`;
  throw registryErrors.manifest_blob_unknown(`the repository does not hold ${missing[0]}${others}`);
}

function unknown(repository: string, reference: ManifestReference): PlimsollError {
  const named = 'tag' in reference ? `tag ${reference.tag}` : `manifest ${reference.digest}`;
  return registryErrors.manifest_unknown(`${repository} has no ${named}`);
}
