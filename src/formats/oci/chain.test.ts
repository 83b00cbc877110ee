import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { chainIds } from './chain.ts';
import { digestOf } from './digest.ts';

test('a chain of one layer is its diffID, of more the digest of what lies below with the next', () => {
  const [a, b, c] = [digestOf('a'), digestOf('b'), digestOf('c')];
  const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
  const two = sha256(`${a} ${b}`);
  assert.deepEqual(chainIds([a, b, c]), [a, two, sha256(`${two} ${c}`)]);
  assert.deepEqual(chainIds([]), []);
});

test('the order of layers tells chains apart', () => {
  const [a, b] = [digestOf('a'), digestOf('b')];
  assert.notEqual(chainIds([a, b])[1], chainIds([b, a])[1]);
});
