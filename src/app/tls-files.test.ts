// What keeps TLS from starting is one sentence each, with what would be right.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createAuthority } from '../../test/world/authority.ts';
import { checkTls, clientCertificatesOf, readTlsTexts, type TlsFiles, tlsFilesOf } from './tls-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-tls-'));
after(() => rmSync(folder, { recursive: true }));
const authority = createAuthority();
const server = authority.issue({ commonName: 'server', hosts: ['localhost'] });
const files = server.write(folder, 'server');
const now = Date.now();

async function check(wanted: TlsFiles, at = now) {
  return checkTls(await readTlsTexts(wanted), wanted, at);
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const config = (settings: Partial<Parameters<typeof tlsFilesOf>[0]>) => ({
  tlsCertificate: undefined,
  tlsKey: undefined,
  tlsClientAuthority: undefined,
  tlsClientCertificates: undefined,
  ...settings,
});

test('tls files: without settings the server speaks plain HTTP; half of them is refused', () => {
  assert.equal(tlsFilesOf(config({})), undefined);
  const both = { tlsCertificate: 'c', tlsKey: 'k' };
  assert.deepEqual(tlsFilesOf(config(both)), { certificate: 'c', key: 'k' });
  for (const [settings, message] of [
    [{ tlsCertificate: 'c' }, 'tls.certificate is set without tls.key'],
    [{ tlsKey: 'k' }, 'tls.key is set without tls.certificate'],
    [{ tlsClientAuthority: 'a' }, 'tls.client_authority is set without tls.certificate and tls.key'],
    [
      { tlsClientCertificates: 'optional' },
      'tls.client_certificates is set without tls.certificate and tls.key',
    ],
    [
      { ...both, tlsClientCertificates: 'required' },
      'tls.client_certificates is required without tls.client_authority',
    ],
  ] as const)
    assert.throws(() => tlsFilesOf(config(settings)), { code: 'app.tls_incomplete', message });
});

test('tls files: clients are asked for a certificate where an authority is set or it is wished for', () => {
  assert.equal(clientCertificatesOf(config({})), 'none');
  assert.equal(clientCertificatesOf(config({ tlsClientAuthority: 'a' })), 'optional');
  assert.equal(clientCertificatesOf(config({ tlsClientCertificates: 'optional' })), 'optional');
  assert.equal(
    clientCertificatesOf(config({ tlsClientAuthority: 'a', tlsClientCertificates: 'required' })),
    'required',
  );
});

test('tls files: a sound pair with its authorities, and when it ends', async () => {
  const bundle = write('bundle.pem', `${authority.certificate}${createAuthority().certificate}`);
  const { material, notAfter } = await check({ ...files, clientAuthority: bundle });
  assert.equal(material.clientAuthorities.length, 2);
  assert.ok(notAfter > now && notAfter < now + 25 * 3_600_000);
});

test('tls files: one that is not there or is no PEM is said with its path', async () => {
  const absent = join(folder, 'absent.key');
  await assert.rejects(check({ ...files, key: absent }), {
    code: 'app.file_unreadable',
    message: `${absent} cannot be read: there is no such file`,
  });
  const text = write('text.pem', 'hello');
  await assert.rejects(check({ ...files, certificate: text }), {
    code: 'app.tls_file_invalid',
    message: `${text} cannot be used: there is no PEM certificate in it`,
  });
  await assert.rejects(check({ ...files, key: text }), {
    code: 'app.tls_file_invalid',
    message: `${text} holds no PEM private key that can be read`,
  });
});

test('tls files: an encrypted key is refused with the command that decrypts it', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const secret = { cipher: 'aes-256-cbc', passphrase: 'x' };
  const key = write('secret.key', privateKey.export({ type: 'pkcs8', format: 'pem', ...secret }).toString());
  await assert.rejects(check({ ...files, key }), {
    code: 'app.tls_file_invalid',
    message: `the key ${key} is encrypted; write it without a passphrase, for this user alone to read: openssl pkey -in ${key} -out NEW`,
  });
  const old = write('old.key', privateKey.export({ type: 'sec1', format: 'pem', ...secret }).toString());
  await assert.rejects(check({ ...files, key: old }), /is encrypted/);
});

test('tls files: another’s key, and a chain in the wrong order', async () => {
  const other = authority.issue({ commonName: 'other' }).write(folder, 'other');
  await assert.rejects(check({ ...files, key: other.key }), {
    code: 'app.tls_key_mismatch',
    message: `the key ${other.key} is not that of the certificate ${files.certificate}`,
  });
  const certificate = write('chain.crt', `${authority.certificate}${server.certificate}`);
  await assert.rejects(check({ ...files, certificate }), {
    code: 'app.tls_key_mismatch',
    message: `the key ${files.key} is that of certificate 2 in ${certificate}; the server’s own has to be the first`,
  });
});

test('tls files: a certificate that has ended or not begun', async () => {
  const past = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2020-02-01T00:00:00Z') };
  const ended = authority.issue({ commonName: 'server', ...past }).write(folder, 'ended');
  const code = 'app.tls_certificate_not_valid';
  await assert.rejects(check(ended), {
    code,
    message: `the certificate ${ended.certificate} ended at 2020-02-01T00:00:00.000Z`,
  });
  await assert.rejects(check(ended, Date.parse('2019-12-31T00:00:00Z')), {
    code,
    message: `the certificate ${ended.certificate} begins only at 2020-01-01T00:00:00.000Z`,
  });
  for (const at of [past.notBefore, past.notAfter]) await check(ended, at.getTime());
});

test('tls files: a certificate of no authority vouches for nobody', async () => {
  await assert.rejects(check({ ...files, clientAuthority: files.certificate }), {
    code: 'app.tls_file_invalid',
    message: `certificate 1 in ${files.certificate} is no authority’s (basicConstraints lacks CA:TRUE)`,
  });
});
