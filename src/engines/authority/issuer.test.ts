// What the authority's certificates are, read by Node's own reader and by asn1js, and what it refuses to make.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { readPublicKey } from '../../formats/x509/algorithm.ts';
import { readAuthorityCertificate } from '../../formats/x509/authority-certificate.ts';
import { createMemoryKey } from '../../io/keys/memory.ts';
import { systemRandom } from '../../kit/clock.ts';
import { limits } from '../../kit/limits.ts';
import { createCertificateLog } from './certificate-log.ts';
import { authorityErrors } from './errors.ts';
import { certifyBelow, certifyRoot } from './establish.ts';
import { builder, createInstance, START } from './instance.fixture.ts';
import { createIssuer, leafMs } from './issuer.ts';

const leafKey = await createMemoryKey('ecdsa-p256-sha256');

test('issuer: a certificate of ten minutes, signed by the authority and that by the root', async () => {
  const { authority, established } = await createInstance({ clock: { now: () => START + 789 } });
  const issued = await authority.issuer.issue(builder, leafKey.publicKey);
  const [leaf, issuing, root] = [issued.der, ...issued.chain].map((der) => new X509Certificate(der));
  assert.ok(leaf !== undefined && issuing !== undefined && root !== undefined);
  assert.ok(leaf.verify(issuing.publicKey) && issuing.verify(root.publicKey) && root.verify(root.publicKey));
  assert.ok(!leaf.ca && issuing.ca && root.ca);
  assert.equal(leaf.validFromDate.getTime(), START);
  assert.equal(leaf.validToDate.getTime(), START + leafMs);
  assert.equal(leaf.subject ?? '', '');
  assert.equal(
    leaf.subjectAltName,
    `URI:${'https://git.example.org/acme/build/.workflows/build.yml@refs/tags/v1'}`,
  );
  assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.3']);
  assert.deepEqual(issued.chain, established.issuing.chain);
  assert.equal(issued.notBeforeMs, START);
});

test('issuer: Fulcio’s extensions, raw before .8 and UTF8String from there on', async () => {
  const { authority } = await createInstance();
  const { der } = await authority.issuer.issue(
    { ...builder, subject: { kind: 'email', email: 'a.person@example.org' } },
    leafKey.publicKey,
  );
  const text = Buffer.from(der).toString('hex');
  const at = (number: number, prefix: string, value: string): string => {
    const content = `${prefix}${Buffer.from(value).toString('hex')}`;
    const size = (content.length / 2).toString(16).padStart(2, '0');
    return `060a2b0601040183bf3001${number.toString(16).padStart(2, '0')}04${size}${content}`;
  };
  const utf8 = (value: string): string => `0c${value.length.toString(16).padStart(2, '0')}`;
  assert.ok(text.includes(at(1, '', builder.issuer)));
  assert.ok(text.includes(at(8, utf8(builder.issuer), builder.issuer)));
  assert.ok(text.includes(at(11, utf8('self-hosted'), 'self-hosted')));
  assert.ok(text.includes(at(14, utf8('refs/heads/main'), 'refs/heads/main')));
  assert.equal(new X509Certificate(der).subjectAltName, 'email:a.person@example.org');
});

test('issuer: no certificate without the log’s having kept it', async () => {
  const { established } = await createInstance();
  const clock = { now: () => START };
  const certificateLog = createCertificateLog({
    key: await createMemoryKey('ecdsa-p256-sha256'),
    clock,
    keep: () => Promise.reject(new Error('the disk is full')),
  });
  const issuer = createIssuer({
    authority: established.issuing,
    certificateLog,
    clock,
    random: systemRandom,
  });
  await assert.rejects(issuer.issue(builder, leafKey.publicKey), /the disk is full/);
});

test('issuer: the certificate log keeps the poisoned precertificate and signs what the certificate says', async () => {
  const { authority, precertificates, established } = await createInstance();
  const { der } = await authority.issuer.issue(builder, leafKey.publicKey);
  const [precertificate] = precertificates;
  assert.ok(precertificate !== undefined && precertificates.length === 1);
  const poison = Buffer.from(
    '06 0a 2b 06 01 04 01 d6 79 02 04 03 01 01 ff 04 02 05 00'.replaceAll(' ', ''),
    'hex',
  );
  assert.ok(Buffer.from(precertificate).includes(poison));
  assert.ok(!Buffer.from(der).includes(poison));
  assert.ok(
    new X509Certificate(precertificate).verify(
      readPublicKey(readAuthorityCertificate(established.issuing.chain[0] as Uint8Array).publicKey),
    ),
  );
  assert.deepEqual(readAuthorityCertificate(precertificate).serial, readAuthorityCertificate(der).serial);
});

test('issuer: serial numbers are positive, of 20 bytes, and never the same', async () => {
  const { authority } = await createInstance();
  const serials = new Set<string>();
  for (let round = 0; round < 20; round += 1) {
    const { der } = await authority.issuer.issue(builder, leafKey.publicKey);
    serials.add(new X509Certificate(der).serialNumber);
  }
  assert.equal(serials.size, 20);
  for (const serial of serials) assert.match(serial, /^[4-7][0-9A-F]{39}$/);
});

test('issuer: an identity that could not be compared is refused', async () => {
  const { authority, precertificates } = await createInstance();
  const long = `https://x.example.org/${'a'.repeat(limits.identityChars)}`;
  for (const identity of [
    { ...builder, issuer: 'not a url' },
    { ...builder, issuer: long },
    { ...builder, subject: { kind: 'uri', uri: 'https://exämple.org/' } as const },
    { ...builder, subject: { kind: 'uri', uri: 'https://example.org/a b' } as const },
    { ...builder, subject: { kind: 'uri', uri: '' } as const },
    { ...builder, subject: { kind: 'email', email: 'nobody' } as const },
    { ...builder, subject: { kind: 'email', email: 'a@b@example.org' } as const },
    { ...builder, subject: { kind: 'email', email: 'a\u0000@example.org' } as const },
    { ...builder, claims: { buildTrigger: '\ud800' } },
  ])
    await assert.rejects(authority.issuer.issue(identity, leafKey.publicKey), {
      code: authorityErrors.identity_invalid.code,
      kind: 'invalid',
    });
  assert.deepEqual(precertificates, []);
});

test('issuer: nothing is issued that the authority’s own certificate does not outlive', async () => {
  let now = START;
  const { authority } = await createInstance({ clock: { now: () => now } });
  for (const at of [START - 3_600_000, START + 366 * 24 * 3_600_000]) {
    now = at;
    await assert.rejects(authority.issuer.issue(builder, leafKey.publicKey), {
      code: authorityErrors.certificate_expired.code,
      message: /certificate 1 of the authority is good from 2026-11-21T11:59:00Z to 2027-11-21T11:59:00Z/,
    });
  }
});

test('issuer: a key that is not the certificate’s, or none at all, is refused', async () => {
  const { authority, established } = await createInstance();
  const parts = {
    certificateLog: authority.certificateLog,
    clock: { now: () => START },
    random: systemRandom,
  };
  const mismatch = { code: authorityErrors.key_mismatch.code };
  assert.throws(
    () => createIssuer({ ...parts, authority: { key: leafKey, chain: established.issuing.chain } }),
    mismatch,
  );
  assert.throws(() => createIssuer({ ...parts, authority: { key: leafKey, chain: [] } }), mismatch);
  await assert.rejects(authority.issuer.issue(builder, new Uint8Array(91)), { code: 'x509.key_invalid' });
});

test('establish: equal parts give equal certificates where the signature has no randomness', async () => {
  const [root, key] = [await createMemoryKey('ed25519'), leafKey];
  const plan = {
    organization: 'images.example.org',
    notBeforeMs: START,
    notAfterMs: START + 1000,
    random: { uuid: () => '', bytes: (size: number) => new Uint8Array(size).fill(7) },
  };
  const make = async () => certifyBelow(await certifyRoot(root, plan), 'issuing', key, plan);
  assert.deepEqual((await make()).chain, (await make()).chain);
});

test('establish: nothing is certified for longer than its root, nor by another key than the root’s', async () => {
  const { established } = await createInstance();
  const plan = { organization: 'a', notBeforeMs: START, notAfterMs: START + 1000, random: systemRandom };
  await assert.rejects(
    certifyBelow(established.root, 'stamping', leafKey, {
      ...plan,
      notAfterMs: START + 366 * 24 * 3_600_000,
    }),
    { code: authorityErrors.certificate_expired.code },
  );
  const stolen = { key: leafKey, chain: established.root.chain };
  await assert.rejects(certifyBelow(stolen, 'issuing', leafKey, plan), {
    code: authorityErrors.key_mismatch.code,
  });
  // A renewal is another certificate of the same name.
  const renewed = await certifyBelow(established.root, 'issuing', established.issuing.key, {
    ...plan,
    organization: 'images.example.org',
  });
  const [one, other] = [renewed, established.issuing].map(
    ({ chain }) => new X509Certificate(chain[0] as Uint8Array),
  );
  assert.equal(one?.subject, other?.subject);
  assert.notEqual(one?.serialNumber, other?.serialNumber);
});
