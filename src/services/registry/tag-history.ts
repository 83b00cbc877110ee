// What became of a tag: its leaves in the log, the last first, and where it pointed at a time. Who may read the
// repository may read these; the records of a private one come with what opens them in the log.
import type { Digest } from '../../formats/oci/digest.ts';
import type { Database } from '../../io/db/database.ts';
import type { Unknown } from '../../io/images/files.ts';
import type { Grant } from '../hub/access.ts';
import { registryErrors } from './errors.ts';
import { parseSuspicions, parseUnknowns } from './rows/sentinel.ts';
import type { Suspicion } from './sentinel/facts.ts';
import { type OpenedRecord, parseTagRecord, type TagRecord } from './tag-record.ts';

export interface TagMove extends OpenedRecord {
  readonly leaf: number;
  readonly record: TagRecord;
  /** What the sentinel said of it; undefined where it was not judged. */
  readonly judgement?: { readonly suspicions: readonly Suspicion[]; readonly unknowns: readonly Unknown[] };
}

/** Where a tag pointed at a time. */
export interface TagAt {
  /** Undefined where there was no such tag then. */
  readonly digest?: Digest;
  /** The move that had put it there, or taken it away; undefined where none had been yet. */
  readonly move?: TagMove;
  /** Whether the repository still holds the manifest, so that it can be pulled by its digest. */
  readonly isHeld: boolean;
}

export interface TagHistory {
  /** The last first, those before the leaf `before`; at most `limit`. Empty where the tag never was. */
  list(
    grant: Pick<Grant<'pull'>, 'repository'>,
    tag: string,
    page: { readonly limit: number; readonly before?: number },
  ): Promise<readonly TagMove[]>;
  /** `at` is epoch milliseconds. A clock that was set back leaves the order of the log as what counts. */
  at(grant: Pick<Grant<'pull'>, 'repository'>, tag: string, at: number): Promise<TagAt>;
}

export function createTagHistory({ database }: { readonly database: Database }): TagHistory {
  const select = (repository: string, tag: string) =>
    database.query
      .selectFrom('tag_leaf')
      .leftJoin('tag_suspicion', 'tag_suspicion.leaf', 'tag_leaf.leaf')
      .select([
        'tag_leaf.leaf as leaf',
        'record_json',
        'salt',
        'tag_suspicion.suspicions_json',
        'tag_suspicion.unknowns_json',
      ])
      .where('repository', '=', repository)
      .where('tag', '=', tag)
      .orderBy('tag_leaf.leaf', 'desc');
  return {
    async list({ repository }, tag, { limit, before }) {
      const rows = await select(repository, tag)
        .$if(before !== undefined, (some) => some.where('tag_leaf.leaf', '<', before as number))
        .limit(limit)
        .execute();
      return rows.map(toMove);
    },

    async at({ repository }, tag, at) {
      const row = await select(repository, tag).where('at', '<=', at).limit(1).executeTakeFirst();
      if (row === undefined) return { isHeld: false };
      const move = toMove(row);
      const { digest } = move.record;
      if (digest === null) return { move, isHeld: false };
      const held = await database.query
        .selectFrom('manifest')
        .innerJoin('repository', 'repository.id', 'manifest.repository_id')
        .select('manifest.digest')
        .where('repository.name', '=', repository)
        .where('manifest.digest', '=', digest)
        .executeTakeFirst();
      return { digest: digest as Digest, move, isHeld: held !== undefined };
    },
  };
}

interface MoveRow {
  readonly leaf: number;
  readonly record_json: string;
  readonly salt: string | null;
  readonly suspicions_json: string | null;
  readonly unknowns_json: string | null;
}

function toMove({ leaf, record_json, salt, suspicions_json, unknowns_json }: MoveRow): TagMove {
  const record = parseTagRecord(record_json);
  if (record === undefined)
    throw registryErrors.tag_log_damaged(`leaf ${leaf} of the tag log cannot be read`);
  const move = { leaf, record, recordJson: record_json, salt };
  if (suspicions_json === null) return move;
  const unknowns = parseUnknowns(unknowns_json ?? '[]');
  return { ...move, judgement: { suspicions: parseSuspicions(suspicions_json), unknowns } };
}
