import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatContentRange, formatUploadRange, parseByteRange, parseChunkRange } from './range.ts';

test('a blob’s range is first-last, from first, or the last n, clipped to what is there', () => {
  assert.deepEqual(parseByteRange('bytes=0-4', 10), { start: 0, end: 4 });
  assert.deepEqual(parseByteRange('bytes=4-', 10), { start: 4, end: 9 });
  assert.deepEqual(parseByteRange('bytes=-3', 10), { start: 7, end: 9 });
  assert.deepEqual(parseByteRange('bytes=-30', 10), { start: 0, end: 9 });
  assert.deepEqual(parseByteRange('bytes=5-500', 10), { start: 5, end: 9 });
  assert.equal(formatContentRange({ start: 5, end: 9 }, 10), 'bytes 5-9/10');
});

test('a range that holds no byte is refused', () => {
  for (const header of ['bytes=10-', 'bytes=10-12', 'bytes=5-0', 'bytes=-0', `bytes=${'9'.repeat(400)}-`])
    assert.throws(() => parseByteRange(header, 10), { code: 'http.range_unsatisfiable' }, header);
  assert.throws(() => parseByteRange('bytes=0-', 0), { code: 'http.range_unsatisfiable' });
});

test('no range, another unit, several ranges and nonsense mean the whole', () => {
  for (const header of [undefined, '', 'bytes=', 'bytes=-', 'bytes=a-b', 'lines=0-1', 'bytes=0-1,3-4'])
    assert.equal(parseByteRange(header, 10), undefined, header ?? 'none');
});

test('a chunk’s range has no unit and agrees with the length', () => {
  assert.deepEqual(parseChunkRange('0-9', 10), { start: 0, end: 9 });
  assert.deepEqual(parseChunkRange('5-5', undefined), { start: 5, end: 5 });
  assert.equal(parseChunkRange(undefined, 10), undefined);
  for (const header of ['bytes 0-9/10', '9-0', '-5', '5-', 'x', `0-${'9'.repeat(20)}`])
    assert.throws(() => parseChunkRange(header, undefined), { code: 'http.range_unsatisfiable' }, header);
  assert.throws(() => parseChunkRange('0-9', 9), { code: 'http.length_wrong' });
  assert.equal(formatUploadRange(0), '0-0');
  assert.equal(formatUploadRange(10), '0-9');
});

test('whatever is asked for, a part lies within the blob', () => {
  const number = fc.oneof(fc.nat(), fc.constant(''));
  fc.assert(
    fc.property(number, number, fc.nat(), (first, last, sizeBytes) => {
      try {
        const range = parseByteRange(`bytes=${first}-${last}`, sizeBytes);
        if (range !== undefined)
          assert.ok(range.start >= 0 && range.start <= range.end && range.end < sizeBytes);
      } catch (error) {
        assert.equal((error as { code: string }).code, 'http.range_unsatisfiable');
      }
    }),
  );
});
