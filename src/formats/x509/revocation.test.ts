import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { parseAsn1 } from './asn1.ts';
import { findRevoked, parseCrl } from './crl.ts';
import { derOid, derSequence, derSet, derUtf8 } from './der.ts';
import { x509Errors } from './errors.ts';
import { parseOcspResponse } from './ocsp-response.ts';
import { makeAnswer, makeList, makeRefusal } from './revocation.fixture.ts';
import { isPartSignedBy } from './signed-part.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const authority = {
  key: privateKey,
  name: derSequence(derSet(derSequence(derOid('2.5.4.3'), derUtf8('An authority')))),
};
const spki = publicKey.export({ type: 'spki', format: 'der' });
const nowMs = Date.parse('2026-01-02T03:04:05Z');
const list = makeList(authority, {
  thisUpdateMs: nowMs,
  nextUpdateMs: nowMs + 1000,
  entries: [
    { serial: '01', atMs: nowMs },
    { serial: '8000ff', atMs: nowMs, reason: 1, invalidFromMs: nowMs - 1000 },
  ],
});
const answer = makeAnswer(authority, {
  issuer: authority,
  serial: '0a',
  state: { atMs: nowMs, reason: 4 },
  thisUpdateMs: nowMs,
});

test('x509: a revocation list is walked for one serial number, and its signature is over what was read', () => {
  const read = parseCrl(list);
  assert.ok(isPartSignedBy(read.signed, spki));
  assert.deepEqual(findRevoked(read, '8000ff'), {
    revokedAt: new Date(nowMs),
    reason: 'keyCompromise',
    invalidFrom: new Date(nowMs - 1000),
  });
  assert.deepEqual(findRevoked(read, '1'), { revokedAt: new Date(nowMs) });
  assert.equal(findRevoked(read, '8000'), undefined);
  const changed = Uint8Array.from(read.signed.bytes);
  changed[changed.lastIndexOf(0xff)] = 0xfe;
  assert.ok(!isPartSignedBy({ ...read.signed, bytes: changed }, spki));
});

test('x509: a list of many entries is read, and one over the limit is not', () => {
  const entries = Array.from({ length: 20_000 }, (_, at) => ({
    serial: (at + 1).toString(16).padStart(6, '0'),
    atMs: nowMs,
    reason: 1,
  }));
  const long = parseCrl(makeList(authority, { thisUpdateMs: nowMs, entries }));
  assert.equal(findRevoked(long, (20_000).toString(16))?.reason, 'keyCompromise');
  assert.throws(() => parseCrl(new Uint8Array(limits.crlBytes + 1)), { code: 'x509.crl_invalid' });
});

test('x509: lists that are none are refused', () => {
  const critical = { oid: '1.2.3', critical: true, value: derUtf8('?') };
  const of = (own: object) => makeList(authority, { thisUpdateMs: nowMs, ...own });
  for (const [bytes, message] of [
    [Uint8Array.of(), /not one sequence/],
    [Buffer.concat([list, Uint8Array.of(5, 0)]), /not one sequence/],
    [list.subarray(0, -1), /DER/],
    [of({ isFirstVersion: true, extensions: [critical] }), /version 2/],
    [answer, /signed part/],
  ] as const)
    assert.throws(() => parseCrl(bytes), { code: 'x509.crl_invalid', message });
  const twice = parseCrl(of({ entries: [1, 1].map(() => ({ serial: '05', atMs: nowMs })) }));
  assert.throws(() => findRevoked(twice, '5'), /twice/);
  assert.throws(
    () => findRevoked(parseCrl(of({ entries: [{ serial: '05', atMs: nowMs, reason: 7 }] })), '5'),
    /reason/,
  );
  const strange = parseCrl(of({ entries: [{ serial: '05', atMs: nowMs, extensions: [critical] }] }));
  assert.throws(() => findRevoked(strange, '6'), { code: 'x509.crl_invalid', message: /extension 1\.2\.3/ });
  assert.deepEqual(parseCrl(of({ extensions: [critical] })).unknownCritical, ['1.2.3']);
});

test('x509: an OCSP answer is read, and one that only refuses says why', () => {
  const read = parseOcspResponse(answer);
  assert.ok(isPartSignedBy(read.signed, spki));
  assert.deepEqual(read.responder, { kind: 'name', name: authority.name });
  assert.equal(read.answers[0]?.serial, 'a');
  assert.deepEqual(read.answers[0]?.state, { revokedAt: new Date(nowMs), reason: 'superseded' });
  for (const [bytes, message] of [
    [makeRefusal(3), /there is no answer: the responder asks to try later/],
    [makeRefusal(6), /does not answer about this certificate/],
    [makeRefusal(9), /its status is none/],
    [makeRefusal(0), /no known type/],
    [list, /there is no answer/],
    [new Uint8Array(limits.ocspAnswerBytes + 1), /larger/],
  ] as const)
    assert.throws(() => parseOcspResponse(bytes), { code: 'x509.ocsp_invalid', message });
});

test('x509: SHA-1, keys of another kind and signatures of no form hold for nothing', () => {
  const { signed } = parseCrl(list);
  const named = (oid: string) =>
    parseAsn1(derSequence(derOid(oid)), x509Errors.crl_invalid, limits.certificateBytes);
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
  assert.ok(!isPartSignedBy({ ...signed, algorithm: named('1.2.840.10045.4.1') }, spki));
  assert.ok(!isPartSignedBy({ ...signed, algorithm: named('1.2.840.113549.1.1.10') }, spki));
  assert.ok(!isPartSignedBy(signed, other.export({ type: 'spki', format: 'der' })));
  assert.ok(!isPartSignedBy(signed, Uint8Array.of(1)));
  assert.ok(!isPartSignedBy({ ...signed, signature: Uint8Array.of(1) }, spki));
});

test('x509: no bytes make the readers of lists and of OCSP answers throw but by their codes', () => {
  for (const [sample, parse, code] of [
    [list, (bytes: Uint8Array) => findRevoked(parseCrl(bytes), '1'), x509Errors.crl_invalid.code],
    [answer, parseOcspResponse, x509Errors.ocsp_invalid.code],
  ] as const) {
    const check = (bytes: Uint8Array): void => {
      try {
        parse(bytes);
      } catch (cause) {
        assert.ok(isPlimsollError(cause, { code }), String(cause));
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), check));
    const changes = fc.array(fc.tuple(fc.nat(sample.byteLength - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(changes, (places) => {
        const bytes = Uint8Array.from(sample);
        for (const [at, byte] of places) bytes[at] = byte;
        check(bytes);
      }),
    );
  }
});
