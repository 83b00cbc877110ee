// Certificates of parts are X509-SVIDs, and nothing else is read as one.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { derSequence } from '../../formats/x509/der.ts';
import {
  authorityConstraints,
  type Extension,
  extendedKeyUsage,
  keyUsage,
  noAuthority,
  workloadAltName,
} from '../../formats/x509/extension.ts';
import { formatName, readSerialNumber } from '../../formats/x509/name.ts';
import { formatCertificate, formatTbs } from '../../formats/x509/tbs-certificate.ts';
import { createMemoryKey } from '../../io/keys/memory.ts';
import { systemRandom as random } from '../../kit/clock.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { certifyWorkload, certifyWorkloadRoot, isIssuedBy, readWorkload, trustDomainOf } from './workload.ts';

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0, 400);
const trustDomain = 'images.example.org';
const newKey = () => createMemoryKey('ecdsa-p256-sha256');

async function root(domain = trustDomain) {
  return certifyWorkloadRoot(await newKey(), { trustDomain: domain, fromMs: NOW, random });
}

test('workload: a leaf has one SPIFFE ID, an hour, and its holder in its subject', async () => {
  const authority = await root();
  const { publicKey } = await newKey();
  const id = { trustDomain, path: '/gate/prod' };
  const { der, notBeforeMs, notAfterMs } = await certifyWorkload(authority, {
    ...{ id, holder: '0b6c-1', publicKey, now: NOW, random },
    ...{ hosts: ['images.example.org'], addresses: [Uint8Array.of(192, 0, 2, 1)] },
  });
  const read = readWorkload(der);
  assert.deepEqual([read.id, read.holder], [id, '0b6c-1']);
  assert.deepEqual([read.notBeforeMs, read.notAfterMs], [notBeforeMs, notAfterMs]);
  assert.equal(notAfterMs, Date.UTC(2026, 10, 21, 13, 0, 0));
  assert.equal(notBeforeMs, Date.UTC(2026, 10, 21, 11, 59, 0));
  const leaf = new X509Certificate(der);
  assert.equal(
    leaf.subjectAltName,
    'URI:spiffe://images.example.org/gate/prod, DNS:images.example.org, IP Address:192.0.2.1',
  );
  assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  const own = authority.chain[0] as Uint8Array;
  assert.equal(trustDomainOf(own), trustDomain);
  assert.equal(trustDomainOf(der), undefined);
  assert.equal(isIssuedBy(der, own), true);
  assert.equal(
    isIssuedBy(der, (await root()).chain[0] as Uint8Array),
    false,
    'of the same name, with another key',
  );
});

test('workload: nothing is certified beyond the authority, nor for a name that is none', async () => {
  const authority = await root();
  const { publicKey } = await newKey();
  const wish = { id: { trustDomain, path: '/gate/prod' }, publicKey, random };
  const late = certifyWorkload(authority, { ...wish, now: NOW + 5 * 365 * 24 * 3_600_000 });
  await assert.rejects(late, { code: 'authority.certificate_expired' });
  const wrong = certifyWorkload(authority, { ...wish, id: { trustDomain, path: '/gate/../x' }, now: NOW });
  await assert.rejects(wrong, { code: 'spiffe.id_invalid' });
  await assert.rejects(root('Images.example.org'), { code: 'spiffe.id_invalid' });
});

test('workload: what is no part’s certificate is refused, with why', async () => {
  const key = await newKey();
  const make = async (...extensions: Extension[]): Promise<Uint8Array> => {
    const name = formatName({ commonName: 'x' });
    const times = { notBeforeMs: NOW, notAfterMs: NOW + 1_000 };
    const parts = { serial: Uint8Array.of(1), issuer: name, subject: name, publicKey: key.publicKey };
    const tbs = formatTbs({ ...parts, ...times, algorithm: 'ecdsa-p256-sha256', extensions });
    return formatCertificate(tbs, 'ecdsa-p256-sha256', await key.sign(tbs, 'ecdsa-p256-sha256'));
  };
  const uri = `spiffe://${trustDomain}/gate/prod`;
  const names = workloadAltName({ uri });
  const one = workloadAltName({ uri }).value;
  // Two URIs in one extension: the contents of both, side by side.
  const two = { ...names, value: derSequence(one.subarray(2), one.subarray(2)) };
  const both = extendedKeyUsage('serverAuth', 'clientAuth');
  const good = [noAuthority(), keyUsage('sign'), both, names] as const;
  assert.equal(readWorkload(await make(...good)).holder, undefined);
  const wrong: readonly (readonly [string, Extension[]])[] = [
    ['has 0 URIs', [noAuthority(), keyUsage('sign'), both]],
    ['has 2 URIs', [noAuthority(), keyUsage('sign'), both, two]],
    [
      'whole trust domain',
      [noAuthority(), keyUsage('sign'), both, workloadAltName({ uri: `spiffe://${trustDomain}` })],
    ],
    ['may issue others', [authorityConstraints(0), keyUsage('sign'), both, names]],
    ['may issue others', [noAuthority(), keyUsage('certify'), both, names]],
    ['key usage is absent', [noAuthority(), both, names]],
    ['for a server and a client', [noAuthority(), keyUsage('sign'), extendedKeyUsage('clientAuth'), names]],
    ['for a server and a client', [noAuthority(), keyUsage('sign'), names]],
  ];
  for (const [why, extensions] of wrong) {
    const der = await make(...extensions);
    assert.throws(() => readWorkload(der), {
      code: 'spiffe.svid_invalid',
      message: new RegExp(why),
    });
  }
  const web = await make(noAuthority(), keyUsage('sign'), both, workloadAltName({ uri: 'https://a.test/x' }));
  assert.throws(() => readWorkload(web), { code: 'spiffe.svid_invalid' });
});

test('workload: any bytes are a certificate, or refused with a code', async () => {
  const { der } = await certifyWorkload(await root(), {
    ...{ id: { trustDomain, path: '/gate/prod' }, holder: 'one', now: NOW, random },
    publicKey: (await newKey()).publicKey,
  });
  const broken = fc.tuple(fc.nat(der.byteLength - 1), fc.nat(255)).map(([at, byte]) => {
    const copy = Uint8Array.from(der);
    copy[at] = byte;
    return copy;
  });
  const readers = [readWorkload, trustDomainOf, readSerialNumber];
  fc.assert(
    fc.property(fc.oneof(broken, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      for (const read of readers)
        try {
          read(bytes);
        } catch (error) {
          assert.ok(isPlimsollError(error), String(error));
        }
    }),
  );
});

test('workload: a name has one serial number or none', () => {
  assert.equal(readSerialNumber(formatName({ organization: 'a', serialNumber: 'x-1' })), 'x-1');
  assert.equal(readSerialNumber(formatName({ organization: 'a' })), undefined);
  const twice = [formatName({ serialNumber: 'x' }), formatName({ serialNumber: 'y' })].map((der) =>
    der.subarray(2),
  );
  assert.equal(readSerialNumber(derSequence(...twice)), undefined);
});
