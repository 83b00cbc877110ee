import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goToolchainVersion, mainVersionFromFlags } from './go-version.ts';

test('go-version: toolchains', () => {
  const cases: readonly [string, string | undefined][] = [
    ['go1.22.3', '1.22.3'],
    ['go1.22.3 X:boringcrypto', '1.22.3'],
    ['go1.22.3-custom', '1.22.3'],
    ['go1.17', '1.17.0'],
    ['go1.23rc1', '1.23.0-rc.1'],
    ['devel go1.23-abcdef Thu', undefined],
    ['', undefined],
  ];
  for (const [text, version] of cases) assert.equal(goToolchainVersion(text), version, text);
});

test('go-version: -ldflags', () => {
  const flags: readonly [string, string | undefined][] = [
    ['-X main.version=1.2.3', 'v1.2.3'],
    ["-s -w '-X main.Version=v1.2.3' -extldflags -static", 'v1.2.3'],
    ['-X "example.org/x/internal/version.Version=v1.2.3" -X main.commit=abc', 'v1.2.3'],
    ['-X example.org/xy/version.Version=v1.2.3', undefined],
    ['-X main.version=v1.2.3 -X main.tag=v1.2.4', undefined],
    ['-X main.version=v1.2.3 -X main.tag=1.2.3', 'v1.2.3'],
    ['-X main.version=dev', undefined],
    ["-X main.version=v9.9.9 -X 'other.org/y.Version=v2.0.0'", 'v9.9.9'],
    ['', undefined],
  ];
  for (const [text, version] of flags) {
    assert.equal(mainVersionFromFlags(text, 'example.org/x'), version, text);
  }
});
