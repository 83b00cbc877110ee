import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../formats/oci/digest.ts';
import { createByteCache } from './byte-cache.ts';

const [a, b, c] = ['a', 'b', 'c'].map((content) => digestOf(content)) as [
  ReturnType<typeof digestOf>,
  ReturnType<typeof digestOf>,
  ReturnType<typeof digestOf>,
];

test('the bytes used longest ago go first, and the sum stays within the limit', () => {
  const cache = createByteCache(10);
  cache.set(a, new Uint8Array(4));
  cache.set(b, new Uint8Array(4));
  assert.equal(cache.get(a)?.byteLength, 4);
  cache.set(c, new Uint8Array(4));
  assert.equal(cache.get(b), undefined);
  assert.equal(cache.get(a)?.byteLength, 4);
  assert.equal(cache.get(c)?.byteLength, 4);
});

test('setting twice counts once; what is larger than the cache is not kept and pushes nothing out', () => {
  const cache = createByteCache(10);
  for (let time = 0; time < 5; time += 1) cache.set(a, new Uint8Array(6));
  cache.set(b, new Uint8Array(4));
  cache.set(c, new Uint8Array(11));
  assert.equal(cache.get(a)?.byteLength, 6);
  assert.equal(cache.get(b)?.byteLength, 4);
  assert.equal(cache.get(c), undefined);
});
