// What an inventory knows and neither SPDX nor CycloneDX has a member for, as names and values: properties of a
// CycloneDX component, one annotation of an SPDX element. Both writers write the same facts, one reader reads them.

export interface Fact {
  /** `plimsoll:source:name`; a name may come more than once, its values in order. */
  readonly name: string;
  readonly value: string;
}

/** Facts of one element by name, without the prefix. */
export interface Facts {
  one(name: string): string | undefined;
  all(name: string): readonly string[];
}

const PREFIX = 'plimsoll:';

/** A fact, or none where there is no value. */
export function fact(name: string, value: string | undefined): readonly Fact[] {
  return value === undefined ? [] : [{ name: `${PREFIX}${name}`, value }];
}

/** Others' properties are passed over. */
export function createFacts(facts: Iterable<Fact>): Facts {
  const byName = new Map<string, string[]>();
  for (const { name, value } of facts) {
    if (!name.startsWith(PREFIX)) continue;
    const key = name.slice(PREFIX.length);
    const values = byName.get(key);
    if (values === undefined) byName.set(key, [value]);
    else values.push(value);
  }
  return {
    one: (name) => byName.get(name)?.[0],
    all: (name) => byName.get(name) ?? [],
  };
}

/** How an SPDX annotation begins that holds facts. */
const COMMENT = 'plimsoll ';

/** SPDX 2.3 §12: the facts of one element as the comment of one annotation. */
export function formatFactComment(facts: readonly Fact[]): string {
  return COMMENT + JSON.stringify(facts.map(({ name, value }) => [name.slice(PREFIX.length), value]));
}

/** The inverse; nothing where the comment is somebody else's. */
export function parseFactComment(comment: string): readonly Fact[] {
  if (!comment.startsWith(COMMENT)) return [];
  const pairs = parsePairs(comment.slice(COMMENT.length));
  return pairs.flatMap((pair) => {
    const [name, value] = Array.isArray(pair) ? (pair as unknown[]) : [];
    return typeof name === 'string' && typeof value === 'string' ? fact(name, value) : [];
  });
}

function parsePairs(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
