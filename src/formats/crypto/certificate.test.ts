import assert from 'node:assert/strict';
import type { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../kit/limits.ts';
import {
  checkName,
  parseAlternativeNames,
  parseCertificates,
  parseCommonName,
  readCertificate,
} from './certificate.ts';

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

const shown = (text: string) => parseAlternativeNames(text).map(({ kind, value }) => `${kind} ${value}`);

test('certificate: names of a plain one, hosts in lower case', () => {
  assert.deepEqual(
    shown(
      'URI:spiffe://acme/ci, email:Ci@ACME.test, DNS:CI.acme.test, IP Address:1.2.3.4, othername:<unsupported>',
    ),
    ['uri spiffe://acme/ci', 'email Ci@acme.test', 'dns ci.acme.test'],
  );
  assert.deepEqual(parseCommonName('O=Acme\nCN=Jürgen Möller'), [
    { kind: 'common-name', value: 'Jürgen Möller' },
  ]);
});

test('certificate: a value that is quoted is left out, and what it spells is no name', () => {
  assert.deepEqual(shown('DNS:"a.test\\u002c DNS:evil.test", URI:spiffe://acme/ci'), [
    'uri spiffe://acme/ci',
  ]);
  assert.deepEqual(shown('DirName:"CN=a\\\\\\u002c DNS:evil.test", DNS:good.test'), ['dns good.test']);
});

test('certificate: what is not spelled as the platform spells it names nobody', () => {
  for (const text of ['DNS:a.test,DNS:b.test', 'DNS:a"b.test', 'DNS:"a.test', 'DNS', ', DNS:a.test'])
    assert.deepEqual(shown(text), [], text);
  for (const text of ['DNS:*.acme.test', 'DNS:', 'URI:', 'URI:no scheme', 'email:a@b@c.test', 'email:nobody'])
    assert.deepEqual(shown(text), [], text);
});

test('certificate: two common names, or an escaped one, are none', () => {
  for (const text of [
    'CN=a\nCN=b',
    'CN=a + CN=b',
    'OU=x + CN=a\nCN=b',
    'CN=a\\, b',
    'CN=a\\"',
    'CN=',
    'O=CN=a',
    '',
  ])
    assert.deepEqual(parseCommonName(text), [], text);
  assert.deepEqual(parseCommonName('OU=x + CN=a'), [{ kind: 'common-name', value: 'a' }]);
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
    fc.constantFrom(
      'DNS:',
      'URI:',
      'email:',
      ', ',
      '"',
      '\\',
      'a.test',
      'spiffe://x',
      'CN=',
      ' + ',
      '\n',
      '\0',
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      for (const { value } of [...parseAlternativeNames(text), ...parseCommonName(text)])
        assert.doesNotMatch(value, /["\\,\p{C}]/u);
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
