import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectBytes, decodeUtf8, formatSize } from './bytes.ts';
import { defineErrors, describeError, isPlimsollError } from './error.ts';
import { isJsonObject, parseJson, stableJson } from './json.ts';

const errors = defineErrors('test', { too_large: { kind: 'limited', meaning: 'm', hint: 'h' } });

test('an error carries its row and its cause', () => {
  const cause = new Error('below');
  const error = errors.too_large('more than it should be', { cause });
  assert.equal(error.code, 'test.too_large');
  assert.equal(error.kind, 'limited');
  assert.equal(error.hint, 'h');
  assert.equal(error.cause, cause);
  assert.ok(isPlimsollError(error, { kind: 'limited', code: 'test.too_large' }));
  assert.ok(!isPlimsollError(error, { kind: 'invalid' }));
  assert.ok(!isPlimsollError(cause));
  assert.equal(describeError('thrown text'), 'thrown text');
});

test('bytes are collected up to their limit and not one more', async () => {
  const chunks = [Buffer.from('ab'), Buffer.from('c')];
  assert.equal(Buffer.from(await collectBytes(chunks, 3, errors.too_large)).toString(), 'abc');
  await assert.rejects(collectBytes(chunks, 2, errors.too_large), (error) =>
    isPlimsollError(error, { code: 'test.too_large' }),
  );
});

test('text is strict, sizes are said as docker says them', () => {
  assert.equal(decodeUtf8(Buffer.from([0xc3, 0x28])), undefined);
  assert.equal(decodeUtf8(Buffer.from('é')), 'é');
  assert.deepEqual([0, 999, 1000, 61_200_000, 123_456_789].map(formatSize), [
    '0 B',
    '999 B',
    '1.0 kB',
    '61.2 MB',
    '123 MB',
  ]);
});

test('json: stable at every level, hostile keys stay keys', () => {
  assert.equal(
    stableJson({ b: 1, a: { d: [{ z: 1, y: 2 }], c: null } }),
    '{"a":{"c":null,"d":[{"y":2,"z":1}]},"b":1}',
  );
  const hostile = parseJson('{"__proto__": {"polluted": true}}');
  assert.ok(isJsonObject(hostile) && Object.hasOwn(hostile, '__proto__'));
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  assert.equal(parseJson('{'), undefined);
});
