import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPlimsollError } from '../../kit/error.ts';
import { formatPlatform, isRunnable, isSamePlatform, normalPlatform, parsePlatform } from './platform.ts';

test('platforms read and write, aliases and default variants are one', () => {
  assert.equal(formatPlatform(parsePlatform('linux/arm/v7')), 'linux/arm/v7');
  assert.equal(formatPlatform(parsePlatform('linux/x86_64')), 'linux/amd64');
  assert.equal(formatPlatform(parsePlatform('linux/arm64/v8')), 'linux/arm64');
  assert.ok(isSamePlatform(parsePlatform('linux/arm'), { os: 'linux', architecture: 'arm', variant: 'v7' }));
  assert.ok(
    !isSamePlatform(parsePlatform('linux/arm/v6'), { os: 'linux', architecture: 'arm', variant: 'v7' }),
  );
  assert.deepEqual(normalPlatform({ os: 'windows', architecture: 'amd64', osVersion: '10' }), {
    os: 'windows',
    architecture: 'amd64',
    osVersion: '10',
  });
});

test('a platform needs both parts', () => {
  for (const text of ['linux', '', 'linux/', '/amd64', 'a/b/c/d', 'linux/arm/'])
    assert.throws(
      () => parsePlatform(text),
      (error) => isPlimsollError(error, { code: 'oci.platform_invalid' }),
      text,
    );
});

test('attestations are never an image to run', () => {
  assert.ok(!isRunnable({ os: 'unknown', architecture: 'unknown' }));
  assert.ok(isRunnable(undefined));
  assert.ok(isRunnable({ os: 'linux', architecture: 'riscv64' }));
});
