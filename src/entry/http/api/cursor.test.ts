import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatCursor, parseCursor } from './cursor.ts';

test('a cursor comes back as the place that it was made of, and stands in an address as it is', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.string({ unit: 'grapheme' }), (at, name) => {
      const text = formatCursor({ at, name });
      assert.match(text, /^[\w-]+$/);
      assert.deepEqual(parseCursor(text), { at, name });
    }),
  );
  assert.equal(parseCursor(undefined), undefined);
});

test('any other text is refused, and never read as a place', () => {
  const encode = (text: string) => Buffer.from(text).toString('base64url');
  for (const text of [
    '',
    'nonsense',
    '%',
    encode('null'),
    encode('{}'),
    encode('[]'),
    encode('[1]'),
    encode('["1","a"]'),
    encode('[1.5,"a"]'),
    encode('[1e300,"a"]'),
    encode('[1,{}]'),
  ])
    assert.throws(() => parseCursor(text), {
      code: 'http.query_invalid',
      message: 'the cursor is not one that this server gave',
    });
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        assert.equal(typeof parseCursor(text)?.name, 'string');
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'http.query_invalid');
      }
    }),
  );
});
