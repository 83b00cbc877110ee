import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../../../formats/oci/digest.ts';
import { ANSWERS, KINDS, type RecordedEntry } from './record.ts';
import { parseLayerRecord } from './record-reader.ts';
import { createRecordWriter } from './record-writer.ts';

const MB = 1_000_000;
const sums = { diffId: digestOf('layer'), unpackedBytes: 12_345 };
const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  // What stands for bytes that are not UTF-8.
  fc.constant('bad\udc80name'),
);
const content = fc.oneof(
  fc.constant(undefined),
  fc.constant({ kind: 'rejected' as const }),
  fc.constant({ kind: 'large' as const }),
  fc.uint8Array({ maxLength: 30 }).map((bytes) => ({ kind: 'kept' as const, bytes })),
);
const recorded: fc.Arbitrary<RecordedEntry> = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    path: text,
    linkPath: text,
    sizeBytes: fc.oneof(fc.nat(), fc.maxSafeNat()),
    mode: fc.nat(0o7777),
    unreadable: fc.option(text, { nil: undefined }),
    answer: fc.constantFrom(...ANSWERS),
    content,
  })
  .map(({ answer, content: one, unreadable, ...entry }) => ({
    entry: { ...entry, ...(unreadable === undefined ? {} : { unreadable }) },
    answer,
    ...(one === undefined ? {} : { content: one }),
  }));

function write(entries: readonly RecordedEntry[], limitBytes = MB): Uint8Array | undefined {
  const writer = createRecordWriter(limitBytes);
  for (const one of entries) writer.add(one);
  return writer.finish(sums);
}

test('record: what was written is read, to the last surrogate', () => {
  fc.assert(
    fc.property(fc.array(recorded, { maxLength: 40 }), (entries) => {
      const record = parseLayerRecord(write(entries) as Uint8Array, 2 * MB);
      assert.ok(record !== undefined);
      const { read, entryCount, ...rest } = record;
      assert.deepEqual([rest, entryCount], [sums, entries.length]);
      assert.deepEqual([...read()], entries);
    }),
  );
});

test('record: whatever the bytes are, reading ends and throws nothing', () => {
  const readAll = (bytes: Uint8Array): number => [...(parseLayerRecord(bytes, MB)?.read() ?? [])].length;
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => readAll(bytes) === 0));
  fc.assert(
    fc.property(
      fc.array(recorded, { minLength: 1, maxLength: 10 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
      (entries, place, flip, isCut) => {
        const bytes = Buffer.from(write(entries) as Uint8Array);
        const at = place % bytes.length;
        bytes[at] = (bytes[at] as number) ^ flip;
        readAll(isCut ? bytes.subarray(0, at) : bytes);
      },
    ),
    { numRuns: 500 },
  );
});

test('record: a cut one ends early and says so by its count', () => {
  const one: RecordedEntry = {
    entry: { kind: 'file', path: 'a', linkPath: '', sizeBytes: 1, mode: 0o644 },
    answer: false,
  };
  const bytes = write(Array.from({ length: 10_000 }, () => one)) as Uint8Array;
  const record = parseLayerRecord(bytes.subarray(0, bytes.byteLength - 1), MB);
  assert.deepEqual([record?.entryCount, [...(record?.read() ?? [])].length], [10_000, 8_192]);
});

test('record: one block may unpack to so much and no more', () => {
  const body = Buffer.alloc(100_000, 'x');
  const bytes = write([
    {
      entry: { kind: 'file', path: 'a', linkPath: '', sizeBytes: body.length, mode: 0o644 },
      answer: 'whole',
      content: { kind: 'kept', bytes: body },
    },
  ]) as Uint8Array;
  assert.ok(bytes.byteLength < 1_000);
  assert.deepEqual([...(parseLayerRecord(bytes, 100_000)?.read() ?? [])], []);
  assert.equal([...(parseLayerRecord(bytes, 101_000)?.read() ?? [])].length, 1);
});

test('record: one that outgrows its limit is given up', () => {
  const file = (bytes: Uint8Array): RecordedEntry => ({
    entry: { kind: 'file', path: 'a', linkPath: '', sizeBytes: bytes.byteLength, mode: 0o644 },
    answer: 'whole',
    content: { kind: 'kept', bytes },
  });
  assert.ok(write([file(Buffer.alloc(1_000))], 1_000) !== undefined);
  assert.equal(write([file(Buffer.alloc(1_001))], 1_000), undefined);
  const writer = createRecordWriter(1_000);
  writer.add(file(Buffer.alloc(1_001)));
  assert.equal(writer.isOpen, false);
});
