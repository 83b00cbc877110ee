// Frames, in any pieces, and streams that are none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../../kit/error.ts';
import type { Json } from '../../../kit/json.ts';
import { keysErrors } from '../errors.ts';
import { FrameReader, formatFrame } from './frame.ts';
import { parseTokenAnswer } from './protocol.ts';

const unavailable = keysErrors.unavailable.code;

test('frames: what was written is read, however it comes in pieces', () => {
  fc.assert(
    fc.property(
      fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 5 }),
      fc.integer({ min: 1, max: 50 }),
      (values, pieceBytes) => {
        const stream = Buffer.concat(values.map(formatFrame));
        const reader = new FrameReader(1_000_000);
        const read: Json[] = [];
        for (let at = 0; at < stream.byteLength; at += pieceBytes)
          read.push(...reader.push(stream.subarray(at, at + pieceBytes)));
        assert.deepEqual(read, JSON.parse(JSON.stringify(values)));
      },
    ),
  );
});

test('frames: a frame up to the bound is read, one byte more is refused before it has come', () => {
  const frame = formatFrame({ a: 'x'.repeat(100) });
  assert.equal(new FrameReader(frame.byteLength - 4).push(frame).length, 1);
  assert.throws(() => new FrameReader(frame.byteLength - 5).push(frame.subarray(0, 4)), {
    code: unavailable,
    message: /a frame of 108 bytes came, 107 are the most/,
  });
});

test('frames: any bytes are frames, wait for more, or are refused with their code; no value is taken for an answer', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 }), (chunks) => {
      const reader = new FrameReader(64);
      try {
        for (const chunk of chunks) for (const value of reader.push(chunk)) parseTokenAnswer(value);
      } catch (error) {
        assert.ok(isPlimsollError(error, { code: unavailable }), String(error));
      }
    }),
  );
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.equal(parseTokenAnswer(value as Json), undefined);
    }),
  );
  const key = { kind: 'rsa', modulus: 'AA==', exponent: 'AQAB' };
  assert.deepEqual(parseTokenAnswer({ kind: 'opened', key }), { kind: 'opened', key });
  const wrongs: readonly Json[] = [
    { kind: 'opened', key: { kind: 'rsa', modulus: 'AA==' } },
    { kind: 'opened', key: { kind: 'constructor' } },
    { kind: 'opened', key: { kind: 'spki', der: 1 } },
    { kind: 'signed' },
    { kind: 'trouble', trouble: 'other', message: '' },
    { kind: 'trouble', trouble: 'failed' },
  ];
  for (const wrong of wrongs) assert.equal(parseTokenAnswer(wrong), undefined);
});
