import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPlimsollError } from '../../kit/error.ts';
import {
  createRunningDigest,
  digestAlgorithm,
  digestHex,
  digestOf,
  isDigest,
  parseDigest,
  shortDigest,
} from './digest.ts';

test('digests of sha256 and sha512, whole or while the bytes pass', () => {
  const running = createRunningDigest('sha512');
  running.update(Buffer.from('ab'));
  assert.equal(running.digest(), digestOf('ab', 'sha512'));
  running.update(Buffer.from('c'));
  assert.equal(running.digest(), digestOf('abc', 'sha512'));
  assert.equal(running.sizeBytes, 3);
  assert.equal(digestAlgorithm(running.digest()), 'sha512');
  assert.equal(digestOf('abc'), 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  assert.equal(shortDigest(digestOf('abc')), 'ba7816bf8f01');
  assert.equal(digestHex(digestOf('abc')).length, 64);
});

test('anything else is refused', () => {
  for (const text of [
    '',
    'sha256:',
    `sha256:${'A'.repeat(64)}`,
    `sha256:${'a'.repeat(63)}`,
    `md5:${'a'.repeat(32)}`,
    `sha512:${'a'.repeat(64)}`,
  ]) {
    assert.ok(!isDigest(text));
    assert.throws(
      () => parseDigest(text),
      (error) => isPlimsollError(error, { code: 'oci.digest_invalid' }),
      text,
    );
  }
});
