// YAML as plain values that know their places (YAML 1.2.2, core schema). Plain values only: aliases, anchors
// and tags are errors, and so are duplicate keys and depth that no file of people has.
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type { Json } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';

/** Keys and positions from the top. */
export type Path = readonly (string | number)[];

interface Place {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

export interface YamlText {
  readonly errors: readonly (Place & { readonly text: string })[];
  /** Undefined where there are errors; null for an empty text. */
  readonly value: Json | undefined;
  /** Of the value at this path, or of the nearest above it that is there. */
  placeOf(path: Path): Place;
  /** Of a key of the map at this path. */
  placeOfKey(path: Path, key: string): Place;
}

export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const placeAt = (offset: number | undefined): Place => {
    const { line, col } = lines.linePos(offset ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const tooDeep = findDepth(text);
  const document = tooDeep === undefined ? parse(text, lines) : undefined;
  if (document === undefined) {
    const at = tooDeep ?? 0;
    const before = text.slice(0, at).split('\n');
    const place = { line: before.length, column: (before.at(-1) as string).length + 1 };
    return fail([{ ...place, text: `it is nested more than ${limits.policyFileDepth} levels deep` }]);
  }
  const errors = [
    ...document.errors.map(({ pos, message }) => ({ ...placeAt(pos[0]), text: sayError(message) })),
    ...findForeign(document).map(({ offset, text: what }) => ({ ...placeAt(offset), text: what })),
  ];
  if (errors.length > 0) return fail(errors);
  return {
    errors: [],
    value: document.toJS({ maxAliasCount: 0 }) as Json,
    placeOf: (path) => placeAt(findNode(document, path)?.range?.[0]),
    placeOfKey(path, key) {
      const map = findNode(document, path);
      const pair = isMap(map)
        ? map.items.find((one) => isScalar(one.key) && String(one.key.value) === key)
        : undefined;
      return placeAt((isNode(pair?.key) ? pair.key.range?.[0] : undefined) ?? map?.range?.[0]);
    },
  };
}

function fail(errors: YamlText['errors']): YamlText {
  const top = { line: 1, column: 1 };
  return { errors, value: undefined, placeOf: () => top, placeOfKey: () => top };
}

/** Undefined where the parser ran out of stack. */
function parse(text: string, lines: LineCounter): Document | undefined {
  try {
    return parseDocument(text, {
      lineCounter: lines,
      uniqueKeys: true,
      prettyErrors: false,
      version: '1.2',
      schema: 'core',
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Where brackets or indentation go deeper than allowed; the parser's own depth is the stack's. */
function findDepth(text: string): number | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    if (depth > limits.policyFileDepth) return at;
  }
  const compact = new RegExp(`^ *(?:[-?:] +){${limits.policyFileDepth},}`, 'm').exec(text);
  return compact?.index;
}

/** What a policy does not need and a bomb is made of. */
function findForeign(document: Document): { readonly offset: number | undefined; readonly text: string }[] {
  const found: { readonly offset: number | undefined; readonly text: string }[] = [];
  visit(document, {
    Node(_key, node) {
      const offset = node.range?.[0];
      if (isAlias(node)) found.push({ offset, text: `the alias *${node.source} is not read; write it out` });
      else if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined)
        found.push({ offset, text: `the anchor &${node.anchor} is not read; leave it out` });
      else if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:'))
        found.push({ offset, text: `the tag ${node.tag} is not read; leave it out` });
    },
    Pair(_key, pair) {
      if (!isScalar(pair.key))
        found.push({
          offset: isNode(pair.key) ? pair.key.range?.[0] : undefined,
          text: 'a key must be one word',
        });
    },
  });
  return found.slice(0, 100);
}

/** The nearest node on the way to the path. */
function findNode(document: Document, path: Path): Node | undefined {
  let node: Node | undefined = document.contents ?? undefined;
  for (const step of path) {
    const next: unknown = isCollection(node) ? node.get(step, true) : undefined;
    if (!isNode(next)) break;
    node = next;
  }
  return node;
}

/** The parser's sentence, beginning as ours do. */
function sayError(message: string): string {
  const [first = ''] = message.split('\n', 1);
  if (first === 'Map keys must be unique') return 'this key stands twice';
  return `it is not YAML: ${first.replace(/[.:]$/, '')}`;
}
