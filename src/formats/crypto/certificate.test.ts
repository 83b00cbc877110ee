import assert from 'node:assert/strict';
import { generateKeyPairSync, sign, type X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../kit/limits.ts';
import { type Der, derImplicit, derOid, derSequence, derSet, derUtf8 } from '../x509/der.ts';
import { formatCertificate, formatTbs } from '../x509/tbs-certificate.ts';
import { checkName, parseCertificateNames, parseCertificates, readCertificate } from './certificate.ts';

// Made for this test alone by openssl. Its subject has three common names in one and two parts, its alternative names
// a directory name that spells `, DNS:evil.test`.
const HOSTILE = `-----BEGIN CERTIFICATE-----
MIICLDCCAdKgAwIBAgIURiHbR+UQq/wQaZJ2x8m+Q2gcxMwwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHdGVzdCBjYTAgFw0yNjExMjExOTI5NDFaGA8yMTI2MTAyODE5
Mjk0MVowUDEcMAgGA1UECwwBeDAQBgNVBAoMCUFjbWUsIEluYzEgMAsGA1UEAwwE
Y2kgMTARBgoJkiaJk/IsZAEBDANib2IxDjAMBgNVBAMMBWIiYyxkMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEkHlYNuCCvOaEL0iy64TfmFNCHxmY2hFIY8y4nK8R
RfoI1UD6aVGFfrbm3K/50itD3DritegCUVMDgfF6q3SBTqOBxTCBwjBrBgNVHREE
ZDBihhBzcGlmZmU6Ly9hY21lL2NpgQxjaUBhY21lLnRlc3SCDGNpLmFjbWUudGVz
dIcEAQIDBKANBgIqA6AHDAVoZWxsb6QdMBsxGTAXBgNVBAMMEGEsIEROUzpldmls
LnRlc3QwEwYDVR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0OBBYEFEzB5otEWhLi3u1e
y27z+LplxwT6MB8GA1UdIwQYMBaAFFHUiOBXr5+XNAf22m7Ej+SQ7xAvMAoGCCqG
SM49BAMCA0gAMEUCIQCrRiTLLwAPT0/shOaBLLssPxB6+/8hALfzBbmvLEiEJgIg
F3R2SnmwIrTG9Y3SlTfJjWkAppBDlTHf4mePNFtQ1ec=
-----END CERTIFICATE-----
`;

const tags = { email: 1, dns: 2, directory: 4, uri: 6, ip: 7 } as const;
type Alternative = readonly [kind: keyof typeof tags, text: string];
const [CN, O, OU] = ['2.5.4.3', '2.5.4.10', '2.5.4.11'] as const;

/** A part of a subject, of one attribute or several. */
const part = (...attributes: readonly (readonly [oid: string, text: string])[]): Der =>
  derSet(...attributes.map(([oid, text]) => derSequence(derOid(oid), derUtf8(text))));

const keys = generateKeyPairSync('ed25519');

/** Names of a certificate with these alternative names and parts of its subject. */
function shown(alternatives: readonly Alternative[], subject: readonly Der[] = []): readonly string[] {
  const names = alternatives.map(([kind, text]) => derImplicit(tags[kind], Buffer.from(text, 'latin1')));
  const tbs = formatTbs({
    serial: Uint8Array.of(1),
    algorithm: 'ed25519',
    issuer: derSequence(),
    subject: derSequence(...subject),
    notBeforeMs: 0,
    notAfterMs: 1000,
    publicKey: keys.publicKey.export({ format: 'der', type: 'spki' }),
    extensions: [{ oid: '2.5.29.17', critical: false, value: derSequence(...names) }],
  });
  const der = formatCertificate(tbs, 'ed25519', sign(null, tbs, keys.privateKey));
  return parseCertificateNames(der).map(({ kind, value }) => `${kind} ${value}`);
}

test('certificate: names of a plain one, hosts in lower case', () => {
  assert.deepEqual(
    shown(
      [
        ['uri', 'spiffe://acme/ci'],
        ['email', 'Ci@ACME.test'],
        ['dns', 'CI.acme.test'],
        ['ip', '\x01\x02\x03\x04'],
      ],
      [part([O, 'Acme']), part([CN, 'Jürgen Möller'])],
    ),
    ['uri spiffe://acme/ci', 'email Ci@acme.test', 'dns ci.acme.test', 'common-name Jürgen Möller'],
  );
});

test('certificate: a value with a comma, a quote or an escape is left out, and what it spells is no name', () => {
  assert.deepEqual(
    shown([
      ['dns', 'a.test, DNS:evil.test'],
      ['uri', 'spiffe://acme/ci'],
      ['directory', 'CN=a, DNS:evil.test'],
    ]),
    ['uri spiffe://acme/ci'],
  );
  for (const text of ['a"b.test', 'a\\b.test', 'a.test\0.evil.test', 'a.test\n', 'b\u00fccher.test'])
    assert.deepEqual(shown([['dns', text]]), [], text);
});

test('certificate: what cannot stand for somebody names nobody', () => {
  const cases: readonly Alternative[] = [
    ['dns', '*.acme.test'],
    ['dns', ''],
    ['uri', ''],
    ['uri', 'no scheme'],
    ['email', 'a@b@c.test'],
    ['email', 'nobody'],
  ];
  for (const one of cases) assert.deepEqual(shown([one]), [], one.join(' '));
  assert.deepEqual(parseCertificateNames(Buffer.from('no certificate')), []);
});

test('certificate: two common names, or one that is not plain, are none', () => {
  for (const subject of [
    [part([CN, 'a']), part([CN, 'b'])],
    [part([CN, 'a'], [CN, 'b'])],
    [part([OU, 'x'], [CN, 'a']), part([CN, 'b'])],
    [part([CN, 'a, b'])],
    [part([CN, 'a"'])],
    [part([CN, ''])],
    [part([O, 'CN=a'])],
    [],
  ])
    assert.deepEqual(shown([], subject), []);
  assert.deepEqual(shown([], [part([OU, 'x'], [CN, 'a'])]), ['common-name a']);
});

test('certificate: a hostile one says its fingerprint, its time, and only what is plain', () => {
  const [certificate] = parseCertificates(`text before\n${HOSTILE}`) as [X509Certificate];
  const { fingerprint, names, notBefore, notAfter } = readCertificate(certificate);
  assert.match(fingerprint, /^[0-9a-f]{64}$/);
  assert.deepEqual(
    names.map(({ kind, value }) => `${kind} ${value}`),
    ['uri spiffe://acme/ci', 'email ci@acme.test', 'dns ci.acme.test'],
  );
  assert.equal(notAfter - notBefore, 36_500 * 24 * 60 * 60 * 1000);
});

test('certificate: a file without one, with a broken one or with too many is refused', () => {
  const code = { code: 'crypto.certificate_invalid' };
  assert.throws(() => parseCertificates('no certificate'), code);
  assert.throws(
    () => parseCertificates('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'),
    code,
  );
  assert.equal(
    parseCertificates(HOSTILE.repeat(limits.certificatesInFile)).length,
    limits.certificatesInFile,
  );
  assert.throws(() => parseCertificates(HOSTILE.repeat(limits.certificatesInFile + 1)), code);
});

test('certificate: a name just within its length is one, a longer one is none', () => {
  const uri = (chars: number) => ({ kind: 'uri' as const, value: 'a:'.padEnd(chars, 'x') });
  assert.ok(checkName(uri(limits.certificateNameChars)));
  assert.equal(checkName(uri(limits.certificateNameChars + 1)), undefined);
});

test('certificate: no text throws, hangs, or gives a name that could be read in two ways', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom(', DNS:', '"', '\\', 'a.test', 'spiffe://x', ' + CN=', '\n', '\0'),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      const names = shown(
        [
          ['dns', text],
          ['uri', text],
          ['email', text],
        ],
        [part([CN, text])],
      );
      for (const name of names) assert.doesNotMatch(name, /["\\,\p{C}]/u);
    }),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 500 }), (text) => {
      try {
        parseCertificates(`-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----`);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'crypto.certificate_invalid');
      }
    }),
  );
});
