// Tells of a tag whose image was built otherwise than the one before it, once what is known of both says so: asked after
// each look at what hangs on either of them, and told once for each move, or again where there is more to tell.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Database, Query } from '../../io/db/database.ts';
import { hashHex } from '../../kit/hash.ts';
import { limits } from '../../kit/limits.ts';
import { productActor } from '../hub/audit.ts';
import type { RepositoryName } from '../hub/images.ts';
import { recordEvents } from '../registry/event.ts';
import type { BuildChanges } from './build-changes.ts';

interface Move {
  readonly id: number;
  readonly tag: string;
  readonly previous: Digest;
  readonly digest: Digest;
}

/** Moves to these or from these that are the last of their tag: what was before them is told no more. */
export async function listMoves(
  query: Query,
  { id }: RepositoryName,
  digests: readonly Digest[],
): Promise<readonly Move[]> {
  const rows = await query
    .selectFrom('tag_change')
    .innerJoin('tag', (join) =>
      join
        .onRef('tag.repository_id', '=', 'tag_change.repository_id')
        .onRef('tag.name', '=', 'tag_change.tag')
        .onRef('tag.digest', '=', 'tag_change.after_digest'),
    )
    .select(({ fn }) => ['tag_change.tag', fn.max('tag_change.id').as('id')])
    .where('tag_change.repository_id', '=', id)
    .where((is) =>
      is.or([is('tag_change.after_digest', 'in', digests), is('tag_change.before_digest', 'in', digests)]),
    )
    .groupBy('tag_change.tag')
    .execute();
  const moves = await query
    .selectFrom('tag_change')
    .select(['id', 'tag', 'before_digest', 'after_digest'])
    .where('id', 'in', rows.length === 0 ? [-1] : rows.map((one) => Number(one.id)))
    .execute();
  return moves.map((row) => ({
    id: row.id,
    tag: row.tag,
    previous: row.before_digest as Digest,
    digest: row.after_digest as Digest,
  }));
}

/** One event where there is something notable that was not told. */
export async function tellMove(
  deps: { readonly database: Pick<Database, 'transaction'>; readonly buildChanges: BuildChanges },
  home: RepositoryName,
  { id, tag, previous, digest }: Move,
  now: number,
): Promise<void> {
  const { builds } = await deps.buildChanges.compare(home, previous, digest);
  const notable = builds
    .flatMap(({ changes }) => changes)
    .filter(({ weight }) => weight === 'notable')
    .map(({ sentence }) => sentence.slice(0, limits.sentinelWhyChars));
  const changes = [...new Set(notable)].slice(0, limits.buildChangesTold);
  if (changes.length === 0) return;
  const told = hashHex('sha256', JSON.stringify(changes));
  await deps.database.transaction(async (query) => {
    const before = await query
      .selectFrom('build_told')
      .select('told')
      .where('change_id', '=', id)
      .executeTakeFirst();
    if (before?.told === told) return;
    await query
      .insertInto('build_told')
      .values({ change_id: id, told, told_at: now })
      .onConflict((conflict) => conflict.column('change_id').doUpdateSet({ told, told_at: now }))
      .execute();
    const event = { kind: 'build_changed', repository: home.name, tag, digest, previous, changes } as const;
    await recordEvents(query, productActor, [event], now);
  });
}
