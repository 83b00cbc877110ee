import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseOsRelease } from './os-release.ts';

test('os-release: quoting, comments, nonsense, empty values, the last one holds', () => {
  const text =
    '# c\nID=debian\n\nNAME="A \\"b\\" \\$c"\nX=\'$HOME\'\nnonsense\nVERSION_CODENAME=\n  VERSION_ID="1"\nVERSION_ID=2\r\n';
  assert.deepEqual(
    [...parseOsRelease(text)],
    [
      ['ID', 'debian'],
      ['NAME', 'A "b" $c'],
      ['X', '$HOME'],
      ['VERSION_CODENAME', ''],
      ['VERSION_ID', '2'],
    ],
  );
});

const folder = new URL('../../../../shared/fixtures/os-release/', import.meta.url);
test('os-release: published files', { skip: existsSync(folder) ? false : 'no ../shared/fixtures' }, () => {
  for (const file of readdirSync(folder)) {
    const parts = readFileSync(new URL(file, folder), 'utf8').split(/^-- (.+) --$/m);
    const input = parts[parts.indexOf('os-release') + 1] as string;
    const parsed = JSON.parse(parts[parts.indexOf('Parsed') + 1] as string) as Record<string, string>;
    assert.deepEqual(Object.fromEntries(parseOsRelease(input)), parsed, file);
  }
});
