// Rows of manifests: finding them by tag and digest, and writing one with its children. Private to the registry.
import type { Digest } from '../../../formats/oci/digest.ts';
import type { Manifest } from '../../../formats/oci/manifest.ts';
import type { Query } from '../../../io/db/database.ts';

/** By tag or by digest, as a URL says it. */
export type ManifestReference = { readonly tag: string } | { readonly digest: Digest };

export interface ManifestRow {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly sizeBytes: number;
}

/** The manifest, by one indexed query; undefined where repository, tag or digest is not there. */
export async function findManifest(
  query: Query,
  repository: string,
  reference: ManifestReference,
): Promise<ManifestRow | undefined> {
  const inRepository = query.selectFrom('repository').where('repository.name', '=', repository);
  const columns = ['manifest.digest', 'manifest.media_type', 'manifest.size_bytes'] as const;
  const row =
    'tag' in reference
      ? await inRepository
          .innerJoin('tag', 'tag.repository_id', 'repository.id')
          .innerJoin('manifest', (join) =>
            join
              .onRef('manifest.repository_id', '=', 'tag.repository_id')
              .onRef('manifest.digest', '=', 'tag.digest'),
          )
          .select(columns)
          .where('tag.name', '=', reference.tag)
          .executeTakeFirst()
      : await inRepository
          .innerJoin('manifest', 'manifest.repository_id', 'repository.id')
          .select(columns)
          .where('manifest.digest', '=', reference.digest)
          .executeTakeFirst();
  if (row === undefined) return undefined;
  return { digest: row.digest as Digest, mediaType: row.media_type, sizeBytes: row.size_bytes };
}

/** Which of these hang on another manifest: signatures, attestations, and whatever else has a subject. */
export async function findSubjects(
  query: Query,
  repositoryId: number,
  digests: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await query
    .selectFrom('manifest')
    .select(['digest', 'subject_digest'])
    .where('repository_id', '=', repositoryId)
    .where('digest', 'in', [...new Set(digests)])
    .execute();
  return new Map(
    rows.flatMap((row) => (row.subject_digest === null ? [] : [[row.digest, row.subject_digest]])),
  );
}

export interface NewManifest {
  readonly repositoryId: number;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly manifest: Manifest;
  readonly now: number;
}

/** Writes the manifest's row and its children; nothing where the repository has it already. */
export async function addManifest(query: Query, added: NewManifest): Promise<void> {
  const { repositoryId, digest, sizeBytes, manifest, now } = added;
  const made = await query
    .insertInto('manifest')
    .values({
      repository_id: repositoryId,
      digest,
      media_type: manifest.mediaType,
      kind: manifest.kind,
      artifact_type: artifactTypeOf(manifest) ?? null,
      size_bytes: sizeBytes,
      subject_digest: manifest.subject?.digest ?? null,
      annotations_json: manifest.annotations === undefined ? null : JSON.stringify(manifest.annotations),
      created_at: now,
    })
    .onConflict((conflict) => conflict.columns(['repository_id', 'digest']).doNothing())
    .returning('digest')
    .execute();
  if (made.length === 0) return;
  for (const child of childrenOf(manifest))
    await query
      .insertInto('manifest_child')
      .values({ repository_id: repositoryId, digest, ...child })
      .execute();
}

/** distribution-spec "Listing Referrers": an image without artifactType counts as its config's type. */
function artifactTypeOf(manifest: Manifest): string | undefined {
  return manifest.artifactType ?? (manifest.kind === 'image' ? manifest.config.mediaType : undefined);
}

function childrenOf(
  manifest: Manifest,
): readonly { readonly child_digest: Digest; readonly role: string; readonly position: number }[] {
  if (manifest.kind === 'index')
    return manifest.manifests.map(({ digest }, position) => ({
      child_digest: digest,
      role: 'manifest',
      position,
    }));
  return [
    { child_digest: manifest.config.digest, role: 'config', position: 0 },
    ...manifest.layers.map(({ digest }, position) => ({ child_digest: digest, role: 'layer', position })),
  ];
}
