// A revocation as it hangs on the image: each statement about a digest, in every repository that holds it. The row is
// what counts, and the list has it; this is for verifiers that look at the image alone. A job makes up for what a stop
// between the row and this left out, and for images that are pushed after they were taken back.
import { type Digest, isDigest } from '../../formats/oci/digest.ts';
import { formatBundleReferrer } from '../../formats/sigstore/bundle-referrer.ts';
import { revocationPredicateType } from '../../formats/sigstore/revocation-predicate.ts';
import type { Database, Query } from '../../io/db/database.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { type Access, product } from '../hub/access.ts';
import type { EventRoute, EventRoutes } from '../jobs/dispatch.ts';
import type { Queue } from '../jobs/queue.ts';
import type { JobHandler } from '../jobs/worker.ts';
import type { Attachments } from '../registry/attachments.ts';
import { everywhere } from './revocation-row.ts';

export interface RevocationNotices {
  /** Hangs every statement about the digest on it, wherever it is held; what hangs there already stays. */
  post(digest: Digest): Promise<void>;
}

export interface RevocationNoticeDeps {
  readonly database: Database;
  readonly access: Pick<Access, 'grantAttach'>;
  readonly attachments: Attachments;
}

const noticeJob = 'revocation-notice';
/** Repositories in which a statement is hung on the image; the list has it whatever they are. */
const HOLDERS = 1_000;

export function createRevocationNotices(deps: RevocationNoticeDeps): RevocationNotices {
  const { database, access, attachments } = deps;
  return {
    async post(digest) {
      for (const { repository, bundle, at } of await listStatements(database.query, digest))
        for (const holder of await listHolders(database.query, digest, repository)) {
          const subject = { mediaType: holder.media_type, digest, sizeBytes: holder.size_bytes };
          const about = { predicateType: revocationPredicateType, createdAtMs: at };
          const attachment = formatBundleReferrer({ subject, bundle, ...about });
          await attachments.put(access.grantAttach(product, holder.name), attachment).catch(orGone);
        }
    },
  };
}

/** For the dispatcher. */
export function createRevocationRoutes({ queue }: { readonly queue: Pick<Queue, 'enqueue'> }): EventRoutes {
  const ask: EventRoute = async (query, { digest }, { id }) => {
    if (!isDigest(digest) || (await listStatements(query, digest)).length === 0) return;
    await queue.enqueue(query, { kind: noticeJob, key: digest, input: { digest, at: id } });
  };
  return { manifest_pushed: ask, image_revoked: ask, image_reinstated: ask };
}

export function createRevocationHandlers({
  notices,
}: {
  readonly notices: RevocationNotices;
}): Readonly<Record<string, JobHandler>> {
  return {
    [noticeJob]: {
      async run({ input: { digest } }) {
        if (isDigest(digest)) await notices.post(digest);
      },
    },
  };
}

/** Repositories that hold the digest, by their names; of one alone where it is named. */
export async function listHolders(query: Query, digest: Digest, repository: string) {
  const held = query
    .selectFrom('manifest')
    .innerJoin('repository', 'repository.id', 'manifest.repository_id')
    .select(['repository.name', 'manifest.media_type', 'manifest.size_bytes'])
    .where('manifest.digest', '=', digest)
    .orderBy('repository.name')
    .limit(HOLDERS);
  return (repository === everywhere ? held : held.where('repository.name', '=', repository)).execute();
}

function listStatements(query: Query, digest: Digest) {
  return query
    .selectFrom('revocation')
    .select(['repository', 'bundle', 'at'])
    .where('kind', '=', 'digest')
    .where('value', '=', digest)
    .orderBy('seq')
    .execute();
}

function orGone(error: unknown): void {
  if (!isPlimsollError(error, { kind: 'missing' })) throw error;
}
