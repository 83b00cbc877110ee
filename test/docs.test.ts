// The written map is the land: what ARCHITECTURE.md and CONTRIBUTING.md name is there, and every relative link
// of a document leads to a file, and to a heading of it where it names one.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { listFiles, root } from './house.ts';

/** Folders whose files a bare name (`wire.ts`) may mean. */
const NAMED_FOLDERS = ['src', 'test', 'tools', 'bench', 'web/src'];
/** A map that is longer is not read. */
const MAP_LINES = 200;

const documents = [
  ...['README', 'ARCHITECTURE', 'CONTRIBUTING', 'SECURITY', 'CHANGELOG'].map((name) => `${name}.md`),
  ...listFiles(join(root, 'docs')).filter((path) => path.endsWith('.md')),
  ...listFiles(join(root, 'bench')).filter((path) => path.endsWith('.md')),
];
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

for (const path of ['ARCHITECTURE.md', 'CONTRIBUTING.md'])
  test(`${path} names only what exists, and is short enough to be read`, () => {
    const text = read(path);
    assert.ok(text.split('\n').length <= MAP_LINES, `${path} is over ${MAP_LINES} lines`);
    const names = [...withoutFences(text).matchAll(/`([^`\n]+)`/g)].map((match) => match[1] as string);
    assert.ok(names.length > 20, 'names are found');
    assert.deepEqual(
      names.filter((name) => isPath(name) && !isThere(name)),
      [],
    );
  });

test('every relative link leads to a file, and to a heading of it where it names one', () => {
  const broken: string[] = [];
  let checked = 0;
  for (const path of documents)
    for (const link of linksOf(read(path))) {
      checked += 1;
      const [target = '', heading] = link.split('#', 2);
      const file = target === '' ? path : join(dirname(path), decodeURIComponent(target));
      if (!existsSync(join(root, file))) broken.push(`${path}: ${link}`);
      else if (heading !== undefined && !headingsOf(read(file)).has(heading)) broken.push(`${path}: ${link}`);
    }
  assert.deepEqual(broken, []);
  assert.ok(checked > 10, 'links are found');
});

test('every `npm run` of a document is a script of the package', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };
  const named = documents.flatMap((path) =>
    [...read(path).matchAll(/\bnpm run (?:--silent )?([a-z][a-z:-]*)/g)].map((match) => match[1] as string),
  );
  assert.deepEqual(
    named.filter((name) => scripts[name] === undefined),
    [],
  );
  assert.ok(named.length > 0, 'scripts are named');
});

/** A folder or file of this project, not a command, a value or a route. */
function isPath(name: string): boolean {
  if (/[\s<>*=…:]/.test(name)) return false;
  return (
    /^(src|test|web|docs|bench|tools|bin|actions|\.ci)(\/|$)/.test(name) || /\.(ts|tsx|js|md)$/.test(name)
  );
}

/** Whole from the root, or the end of a path where it is a bare name. `NAME` stands for any name. */
function isThere(name: string): boolean {
  if (name.includes('NAME')) return existsSync(join(root, dirname(name)));
  if (existsSync(join(root, name.replace(/…$/, '')))) return true;
  return NAMED_FOLDERS.filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => listFiles(join(root, folder)))
    .some((path) => path.endsWith(`/${name}`));
}

function linksOf(text: string): string[] {
  return [...withoutFences(text).matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)]
    .map((match) => match[1] as string)
    .filter((link) => !/^[a-z]+:/.test(link));
}

/** Anchors as GitHub makes them of headings. */
function headingsOf(text: string): ReadonlySet<string> {
  return new Set(
    [...withoutFences(text).matchAll(/^#+ (.+)$/gm)].map((match) =>
      (match[1] as string)
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

function withoutFences(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '');
}
