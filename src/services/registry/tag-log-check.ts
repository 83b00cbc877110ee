// Whether the log and the tags are two sides of one thing: every leaf hashes to what is kept of it, the tree grown
// from them is the one that checkpoints are signed of, and replaying them gives exactly the tags that there are.
// A verdict, not an error: what is wrong comes as sentences, at most `MOST` of them.
import { emptyEdge, growEdge, hashLeaf, isSameHash, rootOfEdge } from '../../formats/crypto/merkle.ts';
import type { Database, Query } from '../../io/db/database.ts';
import { readTagLogEdge } from './rows/tag-log.ts';
import { formatEntry, parseTagRecord } from './tag-record.ts';

const PAGE = 5_000;
const MOST = 20;

/** Empty where all holds. Reads the whole log; in one transaction, so that nothing moves meanwhile. */
export function judgeTagLog(database: Database): Promise<readonly string[]> {
  return database.transaction(async (query) => {
    const problems: string[] = [];
    const replayed = await replay(query, problems);
    await compareTags(query, replayed, problems);
    return problems.slice(0, MOST);
  });
}

type Replayed = ReadonlyMap<string, { readonly digest: string; readonly leaf: number }>;

const keyOf = (repository: string, tag: string): string => `${repository}:${tag}`;

async function replay(query: Query, problems: string[]): Promise<Replayed> {
  const tags = new Map<string, { digest: string; leaf: number }>();
  let edge = emptyEdge;
  let next = 0;
  for (;;) {
    const rows = await query
      .selectFrom('tag_leaf')
      .selectAll()
      .where('leaf', '>=', next)
      .orderBy('leaf')
      .limit(PAGE)
      .execute();
    for (const { leaf, repository, tag, record_json: recordJson, salt, hash } of rows) {
      if (leaf !== next) problems.push(`leaf ${next} is missing before leaf ${leaf}`);
      next = leaf + 1;
      const record = parseTagRecord(recordJson);
      const isOwn = record?.repository === repository && record.tag === tag;
      if (!isOwn) problems.push(`leaf ${leaf} is not a record of ${keyOf(repository, tag)}`);
      const entry = hashLeaf(formatEntry({ recordJson, salt }));
      if (!isSameHash(entry, hash)) problems.push(`leaf ${leaf} has another hash than its record`);
      edge = growEdge(edge, entry).edge;
      const key = keyOf(repository, tag);
      const before = tags.get(key)?.digest ?? null;
      if (record !== undefined && record.kind !== 'adopted' && record.previous !== before)
        problems.push(`leaf ${leaf} moves ${key} from ${record.previous}, where it was not but at ${before}`);
      const digest = record?.digest ?? null;
      if (digest === null) tags.delete(key);
      else tags.set(key, { digest, leaf });
    }
    if (rows.length < PAGE) break;
  }
  const head = await readTagLogEdge(query);
  if (head.size !== edge.size || !isSameHash(rootOfEdge(head), rootOfEdge(edge)))
    problems.push(`the head of ${head.size} leaves is not the tree of the ${edge.size} that there are`);
  return tags;
}

async function compareTags(query: Query, replayed: Replayed, problems: string[]): Promise<void> {
  const rows = await query
    .selectFrom('tag')
    .innerJoin('repository', 'repository.id', 'tag.repository_id')
    .select(['repository.name as repository', 'tag.name', 'tag.digest', 'tag.leaf'])
    .execute();
  const there = new Set<string>();
  for (const { repository, name, digest, leaf } of rows) {
    const key = keyOf(repository, name);
    there.add(key);
    const wanted = replayed.get(key);
    if (wanted?.digest !== digest)
      problems.push(`${key} is ${digest}, by the log ${wanted?.digest ?? 'nothing'}`);
    else if (wanted.leaf !== leaf) problems.push(`${key} names leaf ${leaf}, its last one is ${wanted.leaf}`);
  }
  for (const [key, { leaf }] of replayed)
    if (!there.has(key)) problems.push(`${key} is not there, though leaf ${leaf} put it there`);
}
