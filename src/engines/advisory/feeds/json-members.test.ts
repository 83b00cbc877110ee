import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type JsonMember, readJsonMembers } from './json-members.ts';

test('json members: any object, cut into any pieces, comes back member by member', async () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue());
  await fc.assert(
    fc.asyncProperty(object, fc.integer({ min: 1, max: 9 }), fc.boolean(), async (value, step, isWide) => {
      const text = JSON.stringify(value, undefined, isWide ? 2 : undefined);
      const members = await read(`${isWide ? ' \n' : ''}${text}\n`, step);
      const expected = JSON.parse(text) as Record<string, unknown>;
      assert.deepEqual(
        members,
        Object.keys(expected).map((key) => ({ key, value: expected[key] })),
      );
    }),
  );
});

test('json members: a cut document is refused wherever it is cut', async () => {
  const text = JSON.stringify({ a: { 'CVE-1': ['}', '"', '\\'] }, b: 1 });
  for (let end = 0; end < text.length; end += 1) {
    await assert.rejects(read(text.slice(0, end), 3), RangeError, text.slice(0, end));
  }
  assert.equal((await read(text, 3)).length, 2);
});

test('json members: what is no one object is refused', async () => {
  for (const text of [
    '[]',
    '[{"a":1}]',
    '{"a":1}{"b":2}',
    '{"a":1} x',
    'x{"a":1}',
    '{"a":1}}',
    '{"a":1,}',
    '{,"a":1}',
    '{"a"}',
    '{"a":1]',
    '{"a":1 "b":2}',
    '"{}"',
    '<html></html>',
    '{"a":[1}',
  ]) {
    await assert.rejects(read(text, 4), RangeError, text);
  }
  await assert.rejects(readBytes([Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)]), RangeError);
});

test('json members: a member beyond the limit is refused before it is whole', async () => {
  const pieces = (function* () {
    yield Buffer.from('{"a":"');
    for (;;) yield Buffer.alloc(50, 'x');
  })();
  await assert.rejects(readBytes(pieces, 1_000), RangeError);
});

test('json members: a key named like a prototype is a plain key', async () => {
  const [member] = await read('{"__proto__":{"a":1}}', 5);
  assert.equal(member?.key, '__proto__');
  assert.deepEqual(member?.value, { a: 1 });
  assert.equal(({} as { a?: number }).a, undefined);
});

function read(text: string, step: number) {
  const bytes = Buffer.from(text);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.byteLength; at += step) pieces.push(bytes.subarray(at, at + step));
  return readBytes(pieces);
}

async function readBytes(pieces: Iterable<Uint8Array>, limitBytes = 100_000) {
  const stream = (async function* () {
    yield* pieces;
  })();
  const members: JsonMember[] = [];
  for await (const member of readJsonMembers(stream, limitBytes, (why) => new RangeError(why))) {
    members.push(member);
  }
  return members;
}
