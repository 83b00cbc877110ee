// Several records of one vulnerability for one package (a database's own, GitHub's, a CVE's) become one
// finding: the names are joined, and the record that tells the most gives the evidence.
import type { AdvisoryRecord } from './record.ts';

/** A record that applies to a package. */
export interface Match {
  readonly feed: string;
  readonly record: AdvisoryRecord;
  readonly comparison: string;
  readonly fixedVersion?: string;
}

/**
 * Matches of one package, one per vulnerability, in the order of their first records. Two records are of
 * one vulnerability where one names the other, or both name the same CVE; sharing another alias is not
 * enough, since one vendor bulletin may cover several CVEs. One pass: the kernel has thousands.
 */
export function mergeMatches(matches: readonly Match[]): readonly Match[] {
  const sets = createSets(matches.length);
  /** A record with this id or CVE. */
  const named = new Map<string, number>();
  /** Records that give this as another name. */
  const mentioned = new Map<string, number[]>();
  for (const [at, { record }] of matches.entries()) {
    for (const name of [record.id, ...record.aliases]) sets.join(at, named.get(name) ?? at);
    for (const other of mentioned.get(record.id) ?? []) sets.join(at, other);
    named.set(record.id, at);
    for (const alias of record.aliases) {
      if (alias.startsWith('CVE-')) named.set(alias, at);
      else mentioned.set(alias, [...(mentioned.get(alias) ?? []), at]);
    }
  }
  const groups = new Map<number, Match[]>();
  for (const [at, match] of matches.entries()) {
    const root = sets.rootOf(at);
    groups.set(root, [...(groups.get(root) ?? []), match]);
  }
  return [...groups.values()].map(mergeGroup);
}

/** Disjoint sets of positions; a set's root is its lowest position. */
function createSets(size: number) {
  const parents = Array.from({ length: size }, (_, at) => at);
  const rootOf = (at: number): number => {
    let root = at;
    while (parents[root] !== root) root = parents[root] as number;
    parents[at] = root;
    return root;
  };
  return {
    rootOf,
    join(a: number, b: number): void {
      const [low, high] = [rootOf(a), rootOf(b)].sort((x, y) => x - y) as [number, number];
      parents[high] = low;
    },
  };
}

function mergeGroup(group: readonly Match[]): Match {
  const best = group.reduce((a, b) => (tells(b) > tells(a) ? b : a));
  if (group.length === 1) return best;
  const names = new Set(group.flatMap(({ record }) => [record.id, ...record.aliases]));
  names.delete(best.record.id);
  const rated = group.find(({ record }) => record.severity.level !== 'unknown') ?? best;
  const severity = best.record.severity.level === 'unknown' ? rated.record.severity : best.record.severity;
  // Known since the first of them: a later bulletin does not make it new.
  const [publishedAt] = group.flatMap(({ record }) => record.publishedAt ?? []).sort();
  const dated = publishedAt === undefined ? {} : { publishedAt };
  return { ...best, record: { ...best.record, ...dated, aliases: [...names], severity } };
}

/** A fix matters most, then a known severity, then a vector for it. */
function tells({ record, fixedVersion }: Match): number {
  const { level, vector } = record.severity;
  return (
    (fixedVersion === undefined ? 0 : 4) + (level === 'unknown' ? 0 : 2) + (vector === undefined ? 0 : 1)
  );
}
