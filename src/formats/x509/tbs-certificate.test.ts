// Certificates as they are written, read by Node; precertificates and lists of SCTs, by the bytes of RFC 6962.
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { algorithmOfKey, keyDetailsOf, rawEd25519 } from './algorithm.ts';
import { readAuthorityCertificate } from './authority-certificate.ts';
import { formatPem } from './certificate-pem.ts';
import { derNull } from './der.ts';
import { x509Errors } from './errors.ts';
import { poison } from './extension.ts';
import { formatName } from './name.ts';
import { intermediateExtensions, rootExtensions, timestampExtensions } from './profile.ts';
import { ctLogId, formatSctInput, formatSctList, withoutPoison } from './sct.ts';
import { type CertificateParts, formatCertificate, formatTbs } from './tbs-certificate.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const spkiOf = (key: KeyObject): Uint8Array => key.export({ format: 'der', type: 'spki' });
const spki = spkiOf(publicKey);
const keys = { publicKey: spki, issuerKey: spki };
const START = Date.UTC(2026, 10, 21);

function partsWith(more: Partial<CertificateParts> = {}): CertificateParts {
  return {
    serial: Uint8Array.of(1, 2, 3),
    algorithm: 'ecdsa-p256-sha256',
    issuer: formatName({ organization: 'images.example.org', commonName: 'root' }),
    subject: formatName({ organization: 'images.example.org', commonName: 'root' }),
    notBeforeMs: START,
    notAfterMs: Date.UTC(2056, 10, 21),
    publicKey: spki,
    extensions: rootExtensions(spki),
    ...more,
  };
}

function issue(parts: CertificateParts): Uint8Array {
  const tbs = formatTbs(parts);
  return formatCertificate(tbs, parts.algorithm, sign('sha256', tbs, privateKey));
}

test('certificate: Node reads each part as it was given', () => {
  const read = new X509Certificate(issue(partsWith()));
  assert.equal(read.serialNumber, '010203');
  assert.equal(read.subject, 'O=images.example.org\nCN=root');
  assert.equal(read.issuer, read.subject);
  assert.ok(read.ca && read.verify(publicKey) && read.checkIssued(read));
  assert.equal(read.validFromDate.getTime(), START);
  assert.equal(read.validToDate.getTime(), Date.UTC(2056, 10, 21));
  assert.deepEqual(spkiOf(read.publicKey), spki);
});

test('certificate: one for timestamps has that purpose alone, and critical', () => {
  const der = issue(partsWith({ extensions: timestampExtensions(keys) }));
  const read = new X509Certificate(der);
  assert.deepEqual(read.keyUsage, ['1.3.6.1.5.5.7.3.8']);
  assert.ok(!read.ca);
  assert.ok(Buffer.from(der).includes(Buffer.from('0603551d250101ff040c300a06082b06010505070308', 'hex')));
});

test('certificate: an authority below the root issues for one purpose, and none below itself', () => {
  const der = issue(partsWith({ extensions: intermediateExtensions(keys, 'codeSigning') }));
  assert.deepEqual(new X509Certificate(der).keyUsage, ['1.3.6.1.5.5.7.3.3']);
  assert.ok(Buffer.from(der).includes(Buffer.from('0603551d130101ff040830060101ff020100', 'hex')));
});

test('certificate: an authority reads of its own what it must write below', () => {
  const der = issue(partsWith());
  const read = readAuthorityCertificate(der);
  assert.deepEqual(Buffer.from(read.subject), Buffer.from(partsWith().subject));
  assert.deepEqual(Buffer.from(read.publicKey), Buffer.from(spki));
  assert.equal(Buffer.from(read.serial).toString('hex'), '010203');
  assert.deepEqual([read.notBeforeMs, read.notAfterMs], [START, Date.UTC(2056, 10, 21)]);
});

test('certificate: one that cannot be is not made', () => {
  for (const more of [
    { serial: new Uint8Array(20) },
    { serial: new Uint8Array(21).fill(1) },
    { notAfterMs: START - 1 },
  ])
    assert.throws(() => formatTbs(partsWith(more)), { code: x509Errors.certificate_impossible.code });
});

test('certificate: PEM is what Node reads, a chain in its order', () => {
  const [one, other] = [issue(partsWith()), issue(partsWith({ serial: Uint8Array.of(9) }))];
  const text = formatPem([one, other]);
  assert.ok(text.split('\n').every((line) => line.length <= 64));
  const blocks = text.split(/(?<=-----END CERTIFICATE-----\n)/);
  assert.deepEqual(
    blocks.map((block) => new X509Certificate(block).serialNumber),
    ['010203', '09'],
  );
});

test('sct: without its poison a precertificate is what the certificate will be without its list', () => {
  const base = partsWith({ extensions: timestampExtensions(keys) });
  const precertificate = issue({ ...base, extensions: [...base.extensions, poison()] });
  assert.deepEqual(Buffer.from(withoutPoison(precertificate)), Buffer.from(formatTbs(base)));
  const invalid = { code: x509Errors.certificate_invalid.code };
  assert.throws(() => withoutPoison(issue(base)), invalid);
  const twice = issue({ ...base, extensions: [...base.extensions, poison(), poison()] });
  assert.throws(() => withoutPoison(twice), invalid);
});

test('sct: what is signed, and the list, byte for byte', () => {
  const input = formatSctInput({
    timestampMs: 0x0102_0304_0506,
    issuerKey: spki,
    tbs: Uint8Array.of(0xaa, 0xbb),
  });
  const keyHash = Buffer.from(ctLogId(spki)).toString('hex');
  assert.equal(
    Buffer.from(input).toString('hex'),
    `0000${'0000010203040506'}0001${keyHash}${'000002aabb'}${'0000'}`,
  );
  const list = formatSctList([
    {
      logId: ctLogId(spki),
      timestampMs: 0x0102_0304_0506,
      algorithm: 'ecdsa-p256-sha256',
      signature: Uint8Array.of(0xcc),
      extensions: new Uint8Array(0),
    },
  ]);
  const one = `00${keyHash}${'0000010203040506'}${'0000'}${'0403'}${'0001cc'}`;
  const size = (one.length / 2).toString(16).padStart(4, '0');
  const outer = (one.length / 2 + 2).toString(16).padStart(4, '0');
  const octets = (one.length / 2 + 4).toString(16);
  assert.equal(Buffer.from(list).toString('hex'), `04${octets}${outer}${size}${one}`);
  assert.throws(
    () =>
      formatSctList([
        {
          logId: ctLogId(spki),
          timestampMs: 0,
          algorithm: 'ed25519',
          signature: new Uint8Array(64),
          extensions: new Uint8Array(0),
        },
      ]),
    { code: x509Errors.certificate_impossible.code },
  );
});

test('algorithm: a key says which it is; others are refused', () => {
  const ed25519 = spkiOf(generateKeyPairSync('ed25519').publicKey);
  assert.equal(algorithmOfKey(spki), 'ecdsa-p256-sha256');
  assert.equal(algorithmOfKey(ed25519), 'ed25519');
  assert.equal(rawEd25519(ed25519).byteLength, 32);
  assert.equal(
    keyDetailsOf(spkiOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey)),
    'PKIX_ECDSA_P384_SHA_384',
  );
  assert.equal(
    keyDetailsOf(spkiOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey)),
    'PKIX_RSA_PKCS1V15_2048_SHA256',
  );
  const invalid = { code: x509Errors.key_invalid.code, kind: 'invalid' };
  for (const key of [
    spkiOf(generateKeyPairSync('ec', { namedCurve: 'P-521' }).publicKey),
    spkiOf(generateKeyPairSync('x25519').publicKey),
    new Uint8Array(0),
    derNull(),
  ])
    assert.throws(() => algorithmOfKey(key), invalid);
  assert.throws(() => rawEd25519(spki), invalid);
});

test('certificate: any bytes, and any change of a good one, are read or refused with the code', () => {
  const good = issue(partsWith({ extensions: [...rootExtensions(spki), poison()] }));
  const tried = (bytes: Uint8Array): void => {
    for (const read of [readAuthorityCertificate, withoutPoison])
      try {
        read(bytes);
      } catch (cause) {
        assert.ok(isPlimsollError(cause, { code: x509Errors.certificate_invalid.code }), String(cause));
      }
  };
  assert.throws(() => withoutPoison(new Uint8Array(limits.certificateBytes + 1)), {
    code: x509Errors.certificate_invalid.code,
  });
  // Within itself, deeper than any certificate.
  tried(Buffer.alloc(20_000, Buffer.from('3080', 'hex')));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), tried));
  fc.assert(
    fc.property(fc.nat(good.byteLength - 1), fc.nat(255), (at, byte) => {
      const changed = Uint8Array.from(good);
      changed[at] = byte;
      tried(changed);
    }),
  );
});
