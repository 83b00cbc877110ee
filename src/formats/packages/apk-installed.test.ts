import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseApkInstalled } from './apk-installed.ts';

test('apk-installed: packages with origin and licence, files passed over', () => {
  const text =
    'C:Q1x=\nP:libcrypto3\nV:3.1.4-r1\nA:x86_64\nL:Apache-2.0\no:openssl\nm:A <a@b>\nF:lib\nR:libcrypto.so.3\nP:no\n\nP:musl\nV:1.2.4-r2\n';
  assert.deepEqual(parseApkInstalled(text), {
    packages: [
      {
        name: 'libcrypto3',
        version: '3.1.4-r1',
        architecture: 'x86_64',
        origin: 'openssl',
        license: 'Apache-2.0',
        maintainer: 'A <a@b>',
      },
      { name: 'musl', version: '1.2.4-r2' },
    ],
    malformedAt: [],
  });
});

test('apk-installed: entries without name or version are counted by their line', () => {
  assert.deepEqual(parseApkInstalled('\nP:a\n\nV:1\nA:x\n\nP:b\nV:1'), {
    packages: [{ name: 'b', version: '1' }],
    malformedAt: [2, 4],
  });
});

test('apk-installed: any text ends', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('P', 'V', 'o', ':', '1', '\n', 'F') }), (text) => {
      const { packages, malformedAt } = parseApkInstalled(text);
      assert.ok(packages.length + malformedAt.length <= text.split('\n\n').length + 1);
    }),
  );
});

const fixture = new URL('../../../../shared/fixtures/apk/installed', import.meta.url);
test('apk-installed: a real database', {
  skip: existsSync(fixture) ? false : 'no ../shared/fixtures',
}, () => {
  const { packages, malformedAt } = parseApkInstalled(readFileSync(fixture, 'utf8'));
  assert.deepEqual(malformedAt, []);
  assert.equal(packages.length, readFileSync(fixture, 'utf8').match(/^P:/gm)?.length);
  assert.deepEqual(packages[0]?.name, 'alpine-baselayout');
  assert.ok(packages.every((one) => one.origin !== undefined));
});
