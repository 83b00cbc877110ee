// Requests for timestamps: what a client may ask, and that nothing else gets through.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { derBoolean, derInteger, derNull, derOctets, derOid, derSequence, derWrapped } from './der.ts';
import { x509Errors } from './errors.ts';
import { formatImprint, formatTimestampRequest, parseTimestampRequest } from './timestamp-request.ts';

const invalid = { code: x509Errors.request_invalid.code, kind: 'invalid' } as const;
const imprint = new Uint8Array(32).fill(7);
const message = formatImprint({ hash: 'sha256', imprint });

test('timestamp request: what is asked reads back', () => {
  const sizes = { sha256: 32, sha384: 48, sha512: 64 } as const;
  for (const hash of ['sha256', 'sha384', 'sha512'] as const)
    for (const wantsCertificate of [true, false]) {
      const asked = { hash, imprint: new Uint8Array(sizes[hash]).fill(1), wantsCertificate };
      const read = parseTimestampRequest(formatTimestampRequest(asked));
      assert.deepEqual({ ...read, imprint: [...read.imprint] }, { ...asked, imprint: [...asked.imprint] });
    }
});

test('timestamp request: NULL beside the hash’s name comes back as it was spelt, any other parameter is refused', () => {
  const asked = { hash: 'sha256', imprint, hasNull: true, wantsCertificate: true } as const;
  const read = parseTimestampRequest(formatTimestampRequest(asked));
  assert.equal(read.hasNull, true);
  assert.deepEqual(formatImprint(read), formatImprint(asked));
  assert.notDeepEqual(formatImprint(read), message);
  assert.equal(parseTimestampRequest(derSequence(derInteger(1), message)).hasNull, undefined);
  const sha256 = derOid('2.16.840.1.101.3.4.2.1');
  for (const parameters of [[derInteger(1)], [derNull(), derNull()], [derInteger(1), derNull()]]) {
    const other = derSequence(derSequence(sha256, ...parameters), derOctets(imprint));
    assert.throws(() => parseTimestampRequest(derSequence(derInteger(1), other)), invalid);
  }
});

test('timestamp request: policy and nonce are kept as they came', () => {
  const read = parseTimestampRequest(
    derSequence(
      derInteger(1),
      message,
      derOid('1.2.3.4'),
      derInteger(Uint8Array.of(0xff, 1)),
      derBoolean(true),
    ),
  );
  assert.equal(read.policy, '1.2.3.4');
  assert.equal(Buffer.from(read.nonce ?? []).toString('hex'), '020300ff01');
});

test('timestamp request: all else is refused', () => {
  const sha1 = derSequence(derSequence(derOid('1.3.14.3.2.26')), derOctets(new Uint8Array(20)));
  for (const request of [
    derSequence(derInteger(2), message),
    derSequence(derInteger(1)),
    derSequence(message),
    derSequence(derInteger(1), sha1),
    derSequence(derInteger(1), formatImprint({ hash: 'sha512', imprint })),
    derSequence(derInteger(1), message, derWrapped(0, derSequence())),
    derSequence(derInteger(1), message, derBoolean(true), derOid('1.2.3')),
    derSequence(derInteger(1), message, derInteger(new Uint8Array(65).fill(1))),
    // A nonce whose length is spelt longer than DER has it.
    derSequence(derInteger(1), message, Uint8Array.of(2, 0x81, 1, 5)),
    Buffer.concat([derSequence(derInteger(1), message), Uint8Array.of(0)]),
    new Uint8Array(limits.timestampRequestBytes + 1),
    new Uint8Array(0),
  ])
    assert.throws(() => parseTimestampRequest(request), invalid);
});

test('timestamp request: any bytes, and any change of a good one, are read or refused with the code', () => {
  const good = formatTimestampRequest({ hash: 'sha256', imprint, nonce: imprint, wantsCertificate: true });
  const tried = (bytes: Uint8Array): void => {
    try {
      parseTimestampRequest(bytes);
    } catch (cause) {
      assert.ok(isPlimsollError(cause, invalid), String(cause));
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), tried));
  fc.assert(
    fc.property(fc.nat(good.byteLength - 1), fc.nat(255), fc.nat(good.byteLength), (at, byte, cut) => {
      const changed = Uint8Array.from(good);
      changed[at] = byte;
      tried(changed.subarray(0, cut));
      tried(changed);
    }),
  );
});
