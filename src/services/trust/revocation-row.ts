// What stands revoked, as rows say it; and the same in memory for pulls, exact: any write to the table makes what is
// remembered void before the writer is answered.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Database, Query } from '../../io/db/database.ts';
import { createRowCache } from '../../io/db/row-cache.ts';

/** In place of a repository's name: everywhere. */
export const everywhere = '';

/** Of a digest, in one repository or everywhere. */
export interface StandingRevocation {
  readonly digest: Digest;
  readonly isEverywhere: boolean;
  readonly why: string;
  readonly who: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Databases bound the parameters of one query. */
const DIGESTS_PER_QUERY = 500;

/** Of these digests those that are revoked in the repository, each once; that of everywhere goes before its own. */
export async function findStanding(
  query: Query,
  repository: string,
  digests: readonly Digest[],
): Promise<ReadonlyMap<string, StandingRevocation>> {
  const found = new Map<string, StandingRevocation>();
  const wanted = [...new Set(digests)];
  for (let at = 0; at < wanted.length; at += DIGESTS_PER_QUERY) {
    const rows = await query
      .selectFrom('revocation')
      .select(['value', 'repository', 'why', 'who', 'at'])
      .where('kind', '=', 'digest')
      .where('is_standing', '=', 1)
      .where('repository', 'in', [everywhere, repository])
      .where('value', 'in', wanted.slice(at, at + DIGESTS_PER_QUERY))
      .orderBy('repository', 'desc')
      .execute();
    for (const { value, repository: place, why, who, at: since } of rows)
      found.set(value, { digest: value as Digest, isEverywhere: place === everywhere, why, who, at: since });
  }
  return found;
}

export interface RevokedDigests {
  /** Why the digest is revoked in the repository; undefined where it is not. */
  find(repository: string, digest: Digest): Promise<string | undefined>;
  /** The same where memory alone tells. */
  peek(repository: string, digest: Digest): { readonly why: string | undefined } | undefined;
}

/** All of them are held in memory: they are what people wrote by hand, thousands at most. */
export function createRevokedDigests(database: Pick<Database, 'query' | 'stateOf'>): RevokedDigests {
  const cache = createRowCache<ReadonlyMap<string, string>>(database, ['revocation'], 1);

  async function load(): Promise<ReadonlyMap<string, string>> {
    const rows = await database.query
      .selectFrom('revocation')
      .select(['value', 'repository', 'why'])
      .where('kind', '=', 'digest')
      .where('is_standing', '=', 1)
      .execute();
    return new Map(rows.map(({ value, repository, why }) => [`${repository}@${value}`, why]));
  }

  const look = (known: ReadonlyMap<string, string>, repository: string, digest: Digest) =>
    known.size === 0
      ? undefined
      : (known.get(`${everywhere}@${digest}`) ?? known.get(`${repository}@${digest}`));

  return {
    async find(repository, digest) {
      return look(await cache.read('all', load), repository, digest);
    },
    peek(repository, digest) {
      const known = cache.peek('all');
      return known === undefined ? undefined : { why: look(known, repository, digest) };
    },
  };
}
