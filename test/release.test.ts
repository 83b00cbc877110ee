// What is published: the package carries what pins all that it needs, and the action pins the package.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Lock, productionLock } from '../tools/production-lock.ts';
import { root } from './house.ts';

const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const manifest = read('package.json');

test('release: the shrinkwrap has every package that runs, with its sum, no address, and none that only builds', () => {
  const { packages } = productionLock(read('package-lock.json') as Lock);
  const { '': own, ...others } = packages;
  assert.deepEqual(own?.dependencies, manifest.dependencies);
  assert.deepEqual(own?.optionalDependencies, manifest.optionalDependencies);
  assert.equal(own?.devDependencies, undefined);
  for (const [path, { integrity, dev, resolved, dependencies = {} }] of Object.entries(others)) {
    assert.match(integrity ?? '', /^sha512-/, path);
    assert.deepEqual([dev, resolved], [undefined, undefined], path);
    for (const name of Object.keys(dependencies))
      assert.ok(
        packages[`${path}/node_modules/${name}`] ?? packages[`node_modules/${name}`],
        `${path} needs ${name}`,
      );
  }
  const wanted = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
  for (const name of wanted) assert.ok(others[`node_modules/${name}`], name);
  assert.equal(others['node_modules/typescript'], undefined);
});

test('release: the package carries it, and leaves the action out, which has the package’s sum', () => {
  assert.ok(manifest.files.includes('npm-shrinkwrap.json'));
  assert.ok(!manifest.files.some((path: string) => path.startsWith('actions')));
  assert.match(manifest.scripts.prepack, /tools\/shrinkwrap\.ts$/);
  assert.match(manifest.scripts.postpack, /tools\/shrinkwrap\.ts --remove$/);
});

test('release: the action pins this version, or no release at all', () => {
  const { version, integrity } = read('actions/scan/release.json');
  assert.equal(version, manifest.version);
  assert.match(String(integrity), /^(?:null|sha512-[A-Za-z0-9+/]{86}==)$/);
});
