// The marks of what a tag or digest names, as they were over time, and whether it is revoked: for people and the page.
import type { Digest } from '../../formats/oci/digest.ts';
import { isDigest } from '../../formats/oci/digest.ts';
import type { Query } from '../../io/db/database.ts';
import type { RepositoryName } from '../hub/images.ts';
import { listMarks, type Mark } from './mark-row.ts';
import { findStanding, type StandingRevocation } from './revocation-row.ts';

export interface MarkHistory {
  readonly digest: Digest;
  /** The last first; the one that stands, if any, is the first. */
  readonly marks: readonly Mark[];
  readonly revoked?: StandingRevocation;
}

export interface MarkList {
  /** Undefined where the repository has no such tag or digest. */
  list(repository: RepositoryName, reference: string): Promise<MarkHistory | undefined>;
}

export function createMarkList({ query }: { readonly query: Query }): MarkList {
  async function resolve({ id }: RepositoryName, reference: string): Promise<Digest | undefined> {
    const row = isDigest(reference)
      ? await query
          .selectFrom('manifest')
          .select('digest')
          .where('repository_id', '=', id)
          .where('digest', '=', reference)
          .executeTakeFirst()
      : await query
          .selectFrom('tag')
          .select('digest')
          .where('repository_id', '=', id)
          .where('name', '=', reference)
          .executeTakeFirst();
    return row === undefined ? undefined : (row.digest as Digest);
  }

  return {
    async list(repository, reference) {
      const digest = await resolve(repository, reference);
      if (digest === undefined) return undefined;
      const revoked = (await findStanding(query, repository.name, [digest])).get(digest);
      const marks = await listMarks(query, { repositoryId: repository.id, digest });
      return { digest, marks, ...(revoked === undefined ? {} : { revoked }) };
    },
  };
}
