import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseElf } from './elf.ts';
import { buildGoElf } from './go-build.fixture.ts';
import { parseGoBuild } from './go-build.ts';

const MODULES = [
  'path\texample.org/x/cmd/x',
  'mod\texample.org/x\tv1.4.0\th1:a=',
  'dep\tgolang.org/x/net\tv0.1.0\th1:b=',
  'dep\texample.org/old\tv1.0.0',
  '=>\texample.org/new\tv1.0.1\th1:c=',
  'dep\texample.org/local\tv0.0.0',
  '=>\t./local\t(devel)\t',
  'build\t-ldflags="-w -X main.version=v9.9.9 -X \'other.org/y.Version=v2.0.0\'"',
  'build\tGOARCH=amd64',
  '',
].join('\n');

for (const layout of ['inline', 'pointers', 'inline-without-sections'] as const) {
  for (const is64Bit of [true, false]) {
    for (const isLittleEndian of [true, false]) {
      test(`go-build: ${layout}, ${is64Bit ? 64 : 32} bit, ${isLittleEndian ? 'little' : 'big'} endian`, () => {
        const bytes = buildGoElf({
          layout,
          is64Bit,
          isLittleEndian,
          goVersion: 'go1.22.3',
          modules: MODULES,
        });
        const build = parseGoBuild(bytes);
        assert.equal(build?.goVersion, 'go1.22.3');
        assert.equal(build.path, 'example.org/x/cmd/x');
        assert.deepEqual(build.main, { path: 'example.org/x', version: 'v1.4.0' });
        assert.deepEqual(build.dependencies, [
          { path: 'golang.org/x/net', version: 'v0.1.0' },
          {
            path: 'example.org/old',
            version: 'v1.0.0',
            replacement: { path: 'example.org/new', version: 'v1.0.1' },
          },
          {
            path: 'example.org/local',
            version: 'v0.0.0',
            replacement: { path: './local', version: '(devel)' },
          },
        ]);
        assert.equal(build.settings.get('GOARCH'), 'amd64');
        assert.equal(
          build.settings.get('-ldflags'),
          "-w -X main.version=v9.9.9 -X 'other.org/y.Version=v2.0.0'",
        );
      });
    }
  }
}

test('go-build: not ELF, not Go, and every cut end in undefined or a part, never in a throw', () => {
  const whole = buildGoElf({
    layout: 'pointers',
    is64Bit: true,
    isLittleEndian: true,
    goVersion: 'go1.17',
    modules: MODULES,
  });
  assert.equal(parseGoBuild(Buffer.from('#!/bin/sh\n')), undefined);
  assert.equal(parseGoBuild(whole.subarray(0, 64)), undefined);
  for (let size = 0; size < whole.length; size += 7) parseGoBuild(whole.subarray(0, size));
  fc.assert(
    fc.property(
      fc.nat(whole.length - 1),
      fc.nat(255),
      fc.nat(whole.length - 1),
      fc.nat(255),
      (i, x, j, y) => {
        const bytes = Uint8Array.from(whole);
        bytes[i] = x;
        bytes[j] = y;
        const build = parseGoBuild(bytes);
        assert.ok(build === undefined || build.goVersion.length > 0);
      },
    ),
    { numRuns: 500 },
  );
});

test('elf: hostile offsets and counts are refused or cut', () => {
  const bytes = Buffer.alloc(4096, 0xff);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  assert.deepEqual(parseElf(bytes)?.sections, []);
  bytes[4] = 7;
  assert.equal(parseElf(bytes), undefined);
});

const folder = new URL('../../../../shared/fixtures/go/', import.meta.url);
test('go-build: real programs', { skip: existsSync(folder) ? false : 'no ../shared/fixtures' }, () => {
  const read = (name: string) => parseGoBuild(readFileSync(new URL(name, folder)));
  const flagged = read('main-version-via-ldflags.elf');
  assert.equal(flagged?.goVersion, 'go1.22.1');
  assert.equal(flagged.settings.get('-ldflags'), '-w -X main.version=v1.0.0');
  const older = read('trivy-test.elf');
  assert.equal(older?.goVersion, 'go1.15.2');
  assert.equal(older.dependencies.length, 3);
  const replaced = read('binary_with_module_replacement-linux-amd64');
  assert.equal(replaced?.dependencies[0]?.replacement?.path, 'github.com/golang/xerrors');
  assert.equal(read('binary_with_module_replacement-darwin-arm64'), undefined);
});
