import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { formatAsn1, parseAsn1, readBitNumbers, readCount, readOid, readText, readTime } from './asn1.ts';
import { parseCertificate } from './certificate.ts';
import { readCertificateTimestamps } from './certificate-timestamp.ts';
import { derBoolean, derInteger, derSequence } from './der.ts';
import { x509Errors } from './errors.ts';
import { formatName } from './name.ts';
import { parseNameAttributes } from './name-attribute.ts';
import { parsePem, parsePublicKeyPem } from './pem.ts';
import { formatCertificate, formatTbs } from './tbs-certificate.ts';
import { parseTimestampToken } from './timestamp-token.ts';

const refuse = x509Errors.certificate_invalid;
const read = (hex: string) => parseAsn1(Buffer.from(hex.replaceAll(' ', ''), 'hex'), refuse, 1_000);

test('x509: DER and nothing else is read', () => {
  assert.deepEqual(read('30 03 02 01 07').children[0]?.content[0], 7);
  for (const [hex, what] of [
    ['30 80 02 01 07 00 00', 'an indefinite length'],
    ['30 81 03 02 01 07', 'a length that could be shorter'],
    ['30 82 00 03 02 01 07', 'a length with a leading zero'],
    ['30 04 02 01 07', 'a value that is cut'],
    ['30 03 02 01 07 00', 'something behind it'],
    ['3f 81 00 00', 'a long tag'],
    ['30', 'no length'],
    ['', 'nothing'],
    ['30 85 01 00 00 00 00', 'a length over four bytes'],
  ] as const)
    assert.throws(
      () => read(hex),
      (error) => isPlimsollError(error, { code: 'x509.certificate_invalid' }),
      what,
    );
  const deep = (depth: number): Uint8Array =>
    depth === 0 ? new Uint8Array(0) : formatAsn1(0x30, [deep(depth - 1)]);
  parseAsn1(deep(limits.asn1Depth), refuse, 1_000);
  assert.throws(() => parseAsn1(deep(limits.asn1Depth + 2), refuse, 1_000), /too deep/);
  assert.throws(() => parseAsn1(formatAsn1(4, [new Uint8Array(1_000)]), refuse, 1_000), /larger than/);
  const many = formatAsn1(0x30, new Array(limits.asn1Nodes).fill(Uint8Array.of(5, 0)));
  assert.throws(() => parseAsn1(many, refuse, 1_000_000), /too many/);
});

test('x509: lengths are written in the shortest way', () => {
  for (const size of [0, 1, 127, 128, 255, 256, 70_000]) {
    const node = parseAsn1(formatAsn1(4, [new Uint8Array(size)]), refuse, 1_000_000);
    assert.equal(node.content.byteLength, size);
  }
});

test('x509: identifiers and times', () => {
  assert.equal(readOid(read('06 09 2a 86 48 86 f7 0d 01 01 0b')), '1.2.840.113549.1.1.11');
  assert.equal(readOid(read('06 03 55 1d 11')), '2.5.29.17');
  assert.equal(readOid(read('06 01 86')), undefined, 'an open arc');
  const time = (tag: number, text: string) =>
    readTime(parseAsn1(formatAsn1(tag, [Buffer.from(text)]), refuse, 100));
  assert.deepEqual(time(0x17, '490101000000Z'), new Date('2049-01-01T00:00:00Z'));
  assert.deepEqual(time(0x17, '500101000000Z'), new Date('1950-01-01T00:00:00Z'));
  assert.deepEqual(time(0x18, '20260102030405.5Z'), new Date('2026-01-02T03:04:05.5Z'));
  for (const text of ['20261302030405Z', '20260102030405', '2026-01-02'])
    assert.equal(time(0x18, text), undefined);
});

test('x509: texts of every kind, counts and bits', () => {
  assert.equal(readText(read('0c 03 c3 bc 61')), 'üa');
  assert.equal(readText(read('0c 02 c3 28')), undefined, 'no UTF-8');
  assert.equal(readText(read('0c 04 ef bb bf 61')), undefined, 'a mark that would be dropped');
  assert.equal(readText(read('13 01 61')), 'a');
  assert.equal(readText(read('14 01 fc')), 'ü');
  assert.equal(readText(read('1e 04 00 61 26 03')), 'a☃', 'two bytes a character');
  assert.equal(readText(read('1e 03 00 61 26')), undefined, 'half a character');
  assert.equal(readText(read('1c 04 00 01 f4 4b')), '👋', 'four bytes a character');
  assert.equal(readText(read('1c 04 00 11 00 00')), undefined, 'no character');
  assert.equal(readText(read('04 01 61')), undefined, 'no text');
  assert.deepEqual(
    ['02 01 7f', '02 02 01 00', '02 01 ff', '02 05 01 00 00 00 00', '04 01 01'].map((hex) =>
      readCount(read(hex)),
    ),
    [127, 256, undefined, undefined, undefined],
  );
  assert.deepEqual([...(readBitNumbers(read('03 03 07 05 80')) ?? [])], [5, 7, 8]);
  assert.deepEqual(
    ['03 00', '03 02 08 80', '04 02 00 80'].map((hex) => readBitNumbers(read(hex))),
    [undefined, undefined, undefined],
  );
});

test('x509: a name is its attributes in their order, and one without a type is none', () => {
  const name = formatName({ organization: 'Acme', commonName: 'ci' });
  assert.deepEqual(parseNameAttributes(name), [
    { oid: '2.5.4.10', text: 'Acme' },
    { oid: '2.5.4.3', text: 'ci' },
  ]);
  assert.deepEqual(parseNameAttributes(formatName({})), []);
  assert.throws(
    () => parseNameAttributes(Buffer.from('3004310230 00'.replace(' ', ''), 'hex')),
    /has no type/,
  );
});

test('x509: who is an authority and how deep is said in DER, or the certificate is refused', () => {
  const readWith = (constraints: Uint8Array) => parseCertificate(certificateWith('2.5.29.19', constraints));
  const authority = readWith(derSequence(derBoolean(true), derInteger(200)));
  assert.deepEqual([authority.isAuthority, authority.pathLength], [true, 200]);
  assert.equal(readWith(derSequence()).isAuthority, false);
  assert.equal(readWith(derSequence(derBoolean(false))).isAuthority, false);
  // OpenSSL would take it for a yes, Go for nothing.
  assert.throws(() => readWith(Buffer.from('3003010101', 'hex')), /not said in DER/);
  assert.throws(() => readWith(Buffer.from('30060101ff0201ff', 'hex')), /path length/);
});

/** Signed by nobody. */
function certificateWith(oid: string, value: Uint8Array): Uint8Array {
  const { publicKey } = generateKeyPairSync('ed25519');
  const tbs = formatTbs({
    serial: Uint8Array.of(1),
    algorithm: 'ed25519',
    issuer: formatName({}),
    subject: formatName({}),
    notBeforeMs: 0,
    notAfterMs: 1000,
    publicKey: publicKey.export({ format: 'der', type: 'spki' }),
    extensions: [{ oid, critical: true, value }],
  });
  return formatCertificate(tbs, 'ed25519', new Uint8Array(64));
}

test('x509: PEM gives blocks of the label alone, and one public key', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const der = publicKey.export({ format: 'der', type: 'spki' });
  assert.deepEqual(parsePublicKeyPem(`a comment\n${pem}`), der);
  assert.deepEqual(parsePem(`${pem}\n${pem}`, 'PUBLIC KEY'), [der, der]);
  for (const text of [
    '',
    pem.replace('-----END', '-----ENDE'),
    pem.replace('M', '!'),
    privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    'x'.repeat(limits.pemChars + 1),
  ])
    for (const parse of [parsePublicKeyPem, (some: string) => parsePem(some, 'PUBLIC KEY')])
      assert.throws(
        () => parse(text),
        (error) => isPlimsollError(error, { code: 'x509.pem_invalid' }),
      );
});

/** DER of random shape, and bytes of none. */
const der = fc.letrec<{ value: Uint8Array }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc
      .tuple(
        fc.constantFrom(1, 2, 3, 4, 5, 6, 0x0c, 0x17, 0x18, 0x80, 0x86),
        fc.uint8Array({ maxLength: 40 }),
      )
      .map(([tag, content]) => formatAsn1(tag, [content])),
    fc
      .tuple(fc.constantFrom(0x30, 0x31, 0xa0, 0xa3), fc.array(tie('value'), { maxLength: 8 }))
      .map(([tag, parts]) => formatAsn1(tag, parts)),
  ),
}));

test('x509: any bytes are a value or a coded refusal', () => {
  const timestamps = '1.3.6.1.4.1.11129.2.4.2';
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), der.value), (bytes) => {
      for (const parse of [
        parseCertificate,
        parseTimestampToken,
        (value: Uint8Array) =>
          readCertificateTimestamps({
            extensions: new Map([[timestamps, { isCritical: false, value: formatAsn1(4, [value]) }]]),
          } as unknown as ReturnType<typeof parseCertificate>),
      ])
        try {
          parse(bytes);
        } catch (error) {
          assert.ok(isPlimsollError(error), String(error));
        }
    }),
    { numRuns: 500 },
  );
});

test('x509: an authority that refused a timestamp gave none', () => {
  const refused = formatAsn1(0x30, [formatAsn1(0x30, [formatAsn1(2, [Uint8Array.of(2)])])]);
  assert.throws(
    () => parseTimestampToken(refused),
    (error) =>
      isPlimsollError(error, { code: 'x509.timestamp_invalid' }) &&
      /did not grant it \(status 2\)/.test(error.message),
  );
});
