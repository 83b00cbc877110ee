// Lineage in the server: from its own store alone, no other registry is asked. It is found twice, on purpose. At
// judging, for rules on the base, with what everybody may see who may see the image; and again whenever a page
// asks, for its reader, since every push may bring the base or move its tag.
// What hangs on an image is read at judging too, not with its layers: BuildKit pushes the attestations and the
// index after the image, and signers come later still (scans.ts judges again then).
import { readAttestations } from '../../engines/attest/read-attestations.ts';
import type { Lineage } from '../../engines/lineage/lineage.ts';
import type { OpenImage, Unasked } from '../../engines/lineage/place.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import { parseManifest } from '../../formats/oci/manifest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import type { Platform } from '../../formats/oci/platform.ts';
import { parseRegistryReference, type RegistryReference } from '../../formats/oci/reference.ts';
import type { Database, Query } from '../../io/db/database.ts';
import type { ImageSource } from '../../io/images/source.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { anonymous } from './access.ts';
import { type Asker, createKnownImages, type KnownImages } from './known-images.ts';
import { type Attested, formatAttested, openForBase, traceImage } from './lineage.ts';
import type { ImageSubject } from './report.ts';
import { isVisible } from './visible.ts';

export interface StoredLineageDeps {
  readonly database: Database;
  /** Opens a stored image; the repository is one that holds it. */
  readonly openImage: (repository: string, digest: Digest) => Promise<ImageSource>;
}

export interface StoredLineage {
  readonly knownImages: KnownImages;
  /**
   * What hangs on an image, in those repositories that everybody may see who may see the image; and the
   * annotations of its manifest.
   */
  readAttested(digest: Digest): Promise<Attested & Pick<ImageSubject, 'annotations'>>;
  /** The base, as this asker may be told it. */
  trace(subject: ImageSubject, asker: Asker): Promise<Lineage>;
  /** The base, as it may be told to everybody who may see the image. */
  traceForAll(subject: ImageSubject, host?: string): Promise<Lineage>;
}

/** Indexes that hold an image and are looked into for its attestations: those of nightly builds repeat themselves. */
const INDEXES = 20;

export function createStoredLineage({ database, openImage }: StoredLineageDeps): StoredLineage {
  const { query } = database;
  const knownImages = createKnownImages({ database });

  async function trace(subject: ImageSubject, asker: Asker): Promise<Lineage> {
    return traceImage(subject, {
      open: createOpener({ query, openImage }, asker, subject.config.platform),
      findByLayers: (diffIds) => knownImages.findByLayers(diffIds, asker),
    });
  }

  async function audienceOf(digest: Digest): Promise<Asker['viewer']> {
    const isPublic = await findHolder(query, { viewer: anonymous }, digest);
    return isPublic === undefined ? 'product' : anonymous;
  }

  return {
    knownImages,
    trace,
    traceForAll: async (subject, host) =>
      trace(subject, {
        viewer: await audienceOf(subject.digest),
        ...(host === undefined ? {} : { host }),
      }),

    async readAttested(digest) {
      const viewer = await audienceOf(digest);
      const attestations = new Map<Digest, NonNullable<Attested['attestations']>[number]>();
      const unknowns = new Map<string, NonNullable<Attested['attestationUnknowns']>[number]>();
      let annotations: ImageSubject['annotations'];
      for (const { repository, root } of await listRoots(query, { viewer }, digest)) {
        await using source = await openImage(repository, root);
        const image = await source.manifest({ digest, mediaType: mediaTypes.ociManifest });
        annotations ??= parseManifest(image.bytes, image.descriptor.mediaType).annotations;
        const found = await readAttestations(source, { root: await source.root(), image });
        for (const one of found.attestations)
          if (!attestations.has(one.digest) || one.isAboutImage) attestations.set(one.digest, one);
        for (const one of found.unknowns) unknowns.set(`${one.where} ${one.why}`, one);
      }
      const all = { attestations: [...attestations.values()], unknowns: [...unknowns.values()] };
      return { ...formatAttested(all), ...(annotations === undefined ? {} : { annotations }) };
    },
  };
}

/** Answers for images that lie here: any by its digest, and by their tags those that have this server's name. */
function createOpener(
  deps: { readonly query: Query } & Pick<StoredLineageDeps, 'openImage'>,
  asker: Asker,
  platform: Platform | undefined,
): OpenImage {
  const { query, openImage } = deps;

  async function find(
    reference: RegistryReference,
  ): Promise<{ repository: string; digest: Digest } | Unasked> {
    const { digest, host, repository, tag } = reference;
    if (digest !== undefined)
      return (await findHolder(query, asker, digest)) ?? unasked('it is not among the images of this server');
    if (host !== asker.host || tag === undefined)
      return unasked('this server asks no other registry what the name means now');
    const row = await selectRepositories(query, asker)
      .innerJoin('tag', 'tag.repository_id', 'repository.id')
      .select('tag.digest')
      .where('repository.name', '=', repository)
      .where('tag.name', '=', tag)
      .executeTakeFirst();
    return row === undefined
      ? unasked('there is no such tag on this server')
      : { repository, digest: row.digest as Digest };
  }

  return async (text) => {
    try {
      const found = await find(parseRegistryReference(text));
      if ('kind' in found) return found;
      await using source = await openImage(found.repository, found.digest);
      return await openForBase(source, platform);
    } catch (error) {
      if (!isPlimsollError(error)) throw error;
      return unasked(error.message);
    }
  };
}

function unasked(why: string): Unasked {
  return { kind: 'unasked', why };
}

/** A repository with the manifest that the asker may see; the first by name. */
async function findHolder(query: Query, asker: Asker, digest: Digest) {
  const row = await selectRepositories(query, asker)
    .innerJoin('manifest', 'manifest.repository_id', 'repository.id')
    .select('repository.name')
    .where('manifest.digest', '=', digest)
    .orderBy('repository.name')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : { repository: row.name, digest };
}

/** Where an image is to be read from: by itself, and through each index that holds it, newest first. */
async function listRoots(query: Query, asker: Asker, digest: Digest) {
  const holders = await selectRepositories(query, asker)
    .innerJoin('manifest', 'manifest.repository_id', 'repository.id')
    .select('repository.name')
    .where('manifest.digest', '=', digest)
    .orderBy('manifest.created_at')
    .limit(INDEXES)
    .execute();
  const indexes = await selectRepositories(query, asker)
    .innerJoin('manifest_child', 'manifest_child.repository_id', 'repository.id')
    .innerJoin('manifest', (join) =>
      join
        .onRef('manifest.repository_id', '=', 'manifest_child.repository_id')
        .onRef('manifest.digest', '=', 'manifest_child.digest'),
    )
    .select(['repository.name', 'manifest.digest'])
    .where('manifest_child.child_digest', '=', digest)
    .where('manifest_child.role', '=', 'manifest')
    .orderBy('manifest.created_at', 'desc')
    .limit(INDEXES)
    .execute();
  return [
    ...indexes.map((row) => ({ repository: row.name, root: row.digest as Digest })),
    ...holders.map((row) => ({ repository: row.name, root: digest })),
  ];
}

function selectRepositories(query: Query, { viewer }: Asker) {
  return query.selectFrom('repository').where(isVisible(viewer));
}
