// DER as it is written, against values whose encodings X.690 and RFC 5280 give, and against asn1js reading it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBER, Integer } from 'asn1js';
import fc from 'fast-check';
import {
  derBits,
  derBoolean,
  derGeneralizedTime,
  derInteger,
  derOctets,
  derOid,
  derSequence,
  derSet,
  derTime,
  derUtf8,
} from './der.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('der: known encodings', () => {
  assert.equal(hex(derBoolean(true)), '0101ff');
  assert.equal(hex(derInteger(0)), '020100');
  assert.equal(hex(derInteger(127)), '02017f');
  assert.equal(hex(derInteger(128)), '02020080');
  assert.equal(hex(derInteger(16384)), '02024000');
  assert.equal(hex(derInteger(Uint8Array.of(0, 0, 0x80))), '02020080');
  assert.equal(hex(derInteger(Uint8Array.of(0, 0))), '020100');
  assert.equal(hex(derOid('1.2.840.113549.1.1.11')), '06092a864886f70d01010b');
  assert.equal(hex(derBits(Uint8Array.of(0x80), 7)), '03020780');
  assert.equal(hex(derUtf8('ä')), '0c02c3a4');
  assert.equal(hex(derSequence()), '3000');
});

test('der: a set has its elements in the order of their bytes', () => {
  assert.equal(hex(derSet(derInteger(2), derInteger(1))), '3106020101020102');
});

test('der: times are UTCTime to 2049 and GeneralizedTime from then on, whole seconds', () => {
  assert.equal(
    Buffer.from(derTime(Date.UTC(2049, 11, 31, 23, 59, 59, 999))).toString('latin1', 2),
    '491231235959Z',
  );
  assert.equal(Buffer.from(derTime(Date.UTC(2050, 0, 1))).toString('latin1', 2), '20500101000000Z');
  assert.equal(
    Buffer.from(derGeneralizedTime(Date.UTC(2026, 10, 21, 1, 2, 3, 999))).toString('latin1', 2),
    '20261121010203Z',
  );
});

test('der: every length reads back', () => {
  for (const size of [0, 127, 128, 255, 256, 65_535, 65_536, 70_000]) {
    const { result, offset } = fromBER(Uint8Array.from(derOctets(new Uint8Array(size))));
    assert.equal(offset, result.valueBeforeDecodeView.byteLength);
    assert.equal(result.valueBlock.blockLength, size);
  }
});

test('der: every positive integer reads back positive', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), (bytes) => {
      const { result } = fromBER(Uint8Array.from(derInteger(bytes)));
      assert.ok(result instanceof Integer);
      assert.equal(result.toBigInt(), BigInt(`0x${hex(bytes)}`));
    }),
  );
});
