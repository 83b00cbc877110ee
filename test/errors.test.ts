// Every error code that a user can meet is raised by a test: its text or its factory is named in one.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type ErrorFactory, isPlimsollError } from '../src/kit/error.ts';
import { listFiles, root } from './house.ts';

interface Code {
  readonly code: string;
  /** As a test would name it: `cliErrors.usage`. */
  readonly factory: string;
  readonly row: ErrorFactory;
  readonly file: string;
}

const codes = await readCodes();

async function readCodes(): Promise<readonly Code[]> {
  const found: Code[] = [];
  for (const file of listFiles(join(root, 'src')).filter((path) => path.endsWith('/errors.ts'))) {
    const tables = (await import(pathToFileURL(join(root, file)).href)) as Record<string, object>;
    for (const [name, table] of Object.entries(tables))
      for (const [key, row] of Object.entries(table) as [string, ErrorFactory][])
        found.push({ code: row.code, factory: `${name}.${key}`, row, file });
  }
  return found;
}

test('every code is raised by some test', () => {
  const tests = ['src', 'test']
    .flatMap((folder) => listFiles(join(root, folder)))
    .filter((path) => /(\.test|-suite)\.ts$/.test(path) && path !== 'test/errors.test.ts')
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n')
    // A regular expression names a code with its dot escaped.
    .replaceAll('\\.', '.');
  const named = new Set(tests.match(/\b\w+\.[a-z_]+\b/g));
  const missing = codes.filter(({ code, factory }) => !named.has(code) && !named.has(factory));
  assert.deepEqual(missing.map(({ code }) => code).sort(), [], 'codes that no test raises');
});

test('every code is raised somewhere, is spelled alike, and says in a sentence what it means and what to do', () => {
  const sources = listFiles(join(root, 'src'))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n');
  const used = new Set(sources.match(/\b\w+Errors\.[a-z_]+\b/g));
  const problems: string[] = [];
  for (const { code, factory, row } of codes) {
    if (!used.has(factory)) problems.push(`${code} is raised nowhere`);
    if (!/^[a-z][a-z0-9]*\.[a-z]+(_[a-z0-9]+)*$/.test(code))
      problems.push(`${code} is not domain.snake_case`);
    for (const text of [row.meaning, row.hint])
      if (!/^[A-Z`].*[.]$/.test(text)) problems.push(`${code}: "${text}" is not a sentence`);
    if (!isPlimsollError(row('detail'), { code, kind: row.kind }))
      problems.push(`${code} does not make itself`);
  }
  assert.deepEqual(problems, []);
  assert.equal(new Set(codes.map(({ code }) => code)).size, codes.length, 'no code stands twice');
});
