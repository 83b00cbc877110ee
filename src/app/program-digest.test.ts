import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

test('program digest: any change of what a layer record rests on changes it, a test’s does not', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-program-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const sources = join(import.meta.dirname, '..');
  for (const part of ['kit', 'formats', 'io/images', 'engines/sbom', 'app/program-digest.ts'])
    cpSync(join(sources, part), join(folder, part), { recursive: true });
  const copy = (await import(pathToFileURL(join(folder, 'app/program-digest.ts')).href)) as {
    digestProgram: () => Promise<string>;
  };
  const first = await copy.digestProgram();
  appendFileSync(join(folder, 'engines/sbom/catalog.test.ts'), '// more\n');
  assert.equal(await copy.digestProgram(), first);
  const seen = new Set([first]);
  for (const path of [
    'engines/sbom/cataloguers/go-binary.ts',
    'formats/archive/tar-reader.ts',
    'formats/binaries/go-build.ts',
    'io/images/squash/record.ts',
    'kit/limits.ts',
  ]) {
    appendFileSync(join(folder, path), ' ');
    seen.add(await copy.digestProgram());
  }
  writeFileSync(join(folder, 'engines/sbom/cataloguers/new.ts'), '');
  seen.add(await copy.digestProgram());
  assert.equal(seen.size, 7);
});
