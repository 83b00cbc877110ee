// Statements that the product itself hangs on manifests, in anybody's repository: by a grant that nobody else is given,
// and that is good for this alone. What is written is one manifest with a subject that is there and the blobs that it
// names; no tag moves, no repository is made, nothing is pushed in the eyes of webhooks, scans, quotas or statistics.
// What is taken away again is only what stands in the table of attachments.
import { type Digest, digestOf, parseDigest } from '../../formats/oci/digest.ts';
import { parseManifest } from '../../formats/oci/manifest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import type { Query } from '../../io/db/database.ts';
import type { AttachGrant } from '../hub/access.ts';
import { registryErrors } from './errors.ts';
import { recordEvents } from './event.ts';
import { hasManifest } from './held-manifest.ts';
import { addBlob, linkBlob } from './rows/blob.ts';
import { addManifest } from './rows/manifest.ts';
import { findRepositoryId, readRepositoryId } from './rows/repository.ts';
import type { RegistryStores } from './stores.ts';

/** A manifest with a subject, and every blob that it names. */
export interface Attachment {
  readonly manifest: Uint8Array;
  readonly blobs: readonly Uint8Array[];
}

export interface Attachments {
  /**
   * Hangs the statement on its subject, and does what `also` does, in one transaction; the same again changes nothing.
   * `registry.name_unknown`, `registry.subject_unknown`, `registry.attachment_invalid`
   */
  put(
    grant: AttachGrant,
    attachment: Attachment,
    also?: (query: Query, digest: Digest) => Promise<void>,
  ): Promise<Digest>;
  /** Takes away what was hung there by `put`; nothing else, and nothing where it is gone. */
  drop(query: Query, grant: AttachGrant, digest: Digest): Promise<void>;
}

export function createAttachments({ database, blobs, gate, clock }: RegistryStores): Attachments {
  return {
    async put(grant, attachment, also) {
      const { repository } = grant;
      const { manifest, subject, digest, bytes } = readAttachment(attachment);
      const all = [...bytes, [digest, attachment.manifest] as const];
      using held = new DisposableStack();
      for (const [blob] of all) held.use(await gate.hold(blob));
      for (const [blob, content] of all) await blobs.put(blob, content);
      await database.transaction(async (query) => {
        const now = clock.now();
        const repositoryId = await readRepositoryId(query, repository);
        await checkSubject(query, { repositoryId, repository, subject });
        for (const [blob, content] of bytes) {
          await addBlob(query, blob, content.byteLength, now);
          await linkBlob(query, { repositoryId, repository, digest: blob, now });
        }
        const sizeBytes = attachment.manifest.byteLength;
        await addBlob(query, digest, sizeBytes, now);
        await addManifest(query, { repositoryId, digest, sizeBytes, manifest, now });
        const added = await query
          .insertInto('attachment')
          .values({
            repository_id: repositoryId,
            digest,
            bundle_digest: manifest.layers[0]?.digest ?? digest,
            subject_digest: subject,
            attached_at: now,
          })
          .onConflict((conflict) => conflict.doNothing())
          .returning('digest')
          .execute();
        if (added.length > 0)
          await recordEvents(
            query,
            grant,
            [{ kind: 'statement_attached', repository, digest, subject }],
            now,
          );
        await also?.(query, digest);
      });
      return digest;
    },

    async drop(query, grant, digest) {
      const { repository } = grant;
      const repositoryId = await findRepositoryId(query, repository);
      if (repositoryId === undefined) return;
      const own = await query
        .deleteFrom('attachment')
        .where('repository_id', '=', repositoryId)
        .where('digest', '=', digest)
        .returning(['subject_digest', 'bundle_digest'])
        .executeTakeFirst();
      if (own === undefined) return;
      await query
        .deleteFrom('manifest')
        .where('repository_id', '=', repositoryId)
        .where('digest', '=', digest)
        .execute();
      await unlink(query, repositoryId, own.bundle_digest);
      const subject = parseDigest(own.subject_digest);
      const event = { kind: 'statement_detached', repository, digest, subject } as const;
      await recordEvents(query, grant, [event], clock.now());
    },
  };
}

/** The statement goes with its manifest, unless something else in the repository names it. */
async function unlink(query: Query, repositoryId: number, bundle: string): Promise<void> {
  await query
    .deleteFrom('repository_blob')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', bundle)
    .where(({ exists, not, selectFrom }) =>
      not(
        exists(
          selectFrom('manifest_child')
            .select('child_digest')
            .where('repository_id', '=', repositoryId)
            .where('child_digest', '=', bundle),
        ),
      ),
    )
    .execute();
}

/** `registry.attachment_invalid` unless it is a manifest with a subject, given with exactly the blobs that it names. */
function readAttachment({ manifest: text, blobs }: Attachment) {
  const manifest = parseManifest(text, mediaTypes.ociManifest);
  if (manifest.kind !== 'image' || manifest.subject === undefined)
    throw registryErrors.attachment_invalid('a manifest without a subject hangs on nothing');
  const bytes = new Map(blobs.map((content) => [digestOf(content), content] as const));
  const named = new Set([manifest.config, ...manifest.layers].map(({ digest }) => digest));
  if (named.size !== bytes.size || [...named].some((digest) => !bytes.has(digest)))
    throw registryErrors.attachment_invalid('the blobs are not those that the manifest names');
  return { manifest, subject: manifest.subject.digest, digest: digestOf(text), bytes };
}

async function checkSubject(
  query: Query,
  { repositoryId, repository, subject }: { repositoryId: number; repository: string; subject: Digest },
): Promise<void> {
  if (!(await hasManifest(query, repositoryId, subject)))
    throw registryErrors.subject_unknown(`${repository} has no manifest ${subject} to hang a statement on`);
}
