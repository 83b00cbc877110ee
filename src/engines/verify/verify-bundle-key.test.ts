// The traps of plain keys, and of cosign's old signatures and such over bytes, with keys and with certificates.
import assert from 'node:assert/strict';
import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { test } from 'node:test';
import { digestOf } from '../../formats/oci/digest.ts';
import { oldMediaTypes, parseOldSignature } from '../../formats/sigstore/old-signature.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { expected, faultsOf, verify, world } from './bundle-verdict.fixture.ts';
import type { Expectations } from './expectation.ts';
import { exactly } from './pattern.ts';
import { parseTrustedKey } from './signer.ts';
import {
  type BundleJson,
  formatSimple,
  identity,
  image,
  makeKeys,
  now,
  parse,
  pemOf,
} from './trust-world.fixture.ts';
import { type Verification, verifyBundle } from './verify-bundle.ts';

test('verify: a plain key of each kind, P-384 by SHA-384 alone', () => {
  const kinds = {
    'P-256': makeKeys(),
    'P-384': makeKeys('P-384'),
    Ed25519: generateKeyPairSync('ed25519'),
    RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  };
  const judge = (json: BundleJson, pem: string): Verification =>
    verifyBundle({
      bundle: parse(json),
      artifact: { digest: image },
      trustedRoots: [],
      keys: [parseTrustedKey(pem, 'ours.pub')],
      expectations: { kind: 'signature' },
      now,
    });
  for (const [kind, keys] of Object.entries(kinds)) {
    const json = world.sign({ plainKey: keys });
    assert.deepEqual(faultsOf(judge(json, pemOf(keys))), [], kind);
    assert.deepEqual(faultsOf(judge(json, pemOf(makeKeys()))), ['signature failed'], kind);
  }
  const weak = world.sign({ plainKey: kinds['P-384'], hash: 'sha256' });
  assert.deepEqual(faultsOf(judge(weak, pemOf(kinds['P-384']))), ['signature failed']);
  const logged = world.sign({ plainKey: kinds['P-256'], isLogged: true });
  assert.equal(judge(logged, pemOf(kinds['P-256'])).outcome, 'passed', 'a log that is not asked for');
});

test('verify: keys that are not taken, and bundles whose key nobody has', () => {
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
  for (const [pem, code] of [
    [pemOf(small), 'verify.key_invalid'],
    ['no key', 'x509.pem_invalid'],
    [makeKeys().privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), 'x509.pem_invalid'],
  ] as const)
    assert.throws(
      () => parseTrustedKey(pem, 'key.pub'),
      (error) => isPlimsollError(error, { code }),
    );
  assert.deepEqual(faultsOf(verify(world.sign({ plainKey: makeKeys() }))), ['key failed']);
  const one = parseTrustedKey(pemOf(makeKeys()), 'one.pub');
  const keyed = makeKeys();
  const judge = (
    keys: Parameters<typeof verifyBundle>[0]['keys'],
    expectations: Partial<Expectations> = {},
  ) =>
    verifyBundle({
      bundle: parse(world.sign({ plainKey: keyed })),
      artifact: { digest: image },
      trustedRoots: [],
      ...(keys === undefined ? {} : { keys }),
      expectations: { kind: 'signature', ...expectations },
      now,
    });
  assert.deepEqual(faultsOf(judge([one, { ...one, name: 'two.pub' }])), ['key failed']);
  const own = parseTrustedKey(pemOf(keyed), 'own.pub');
  assert.equal(judge([one, own]).outcome, 'passed', 'the key is found among several');
  assert.deepEqual(faultsOf(judge([{ ...own, to: new Date('2026-01-01') }])), ['key failed']);
  assert.deepEqual(faultsOf(judge([own], { identity: exactly(identity) })), ['identity failed']);
});

test('verify: cosign’s old signatures, with a key', () => {
  const keys = makeKeys();
  const payload = (digest: string, type?: string): Buffer => Buffer.from(formatSimple(digest, type));
  const judge = (bytes: Buffer, expectations: Expectations = { kind: 'signature' }): Verification => {
    const signature = sign('sha256', bytes, keys.privateKey).toString('base64');
    const [bundle] = parseOldSignature({
      mediaType: oldMediaTypes.simpleSigning,
      annotations: { 'dev.cosignproject.cosign/signature': signature },
      bytes,
    });
    assert.ok(bundle !== undefined);
    return verifyBundle({
      bundle,
      artifact: { digest: image },
      trustedRoots: [],
      keys: [parseTrustedKey(pemOf(keys), 'own.pub')],
      expectations,
      now,
    });
  };
  assert.equal(judge(payload(image)).outcome, 'passed');
  assert.deepEqual(faultsOf(judge(payload(digestOf('other')))), ['subject failed']);
  assert.deepEqual(faultsOf(judge(payload(image, 'another thing'))), [
    'subject failed',
    'predicate-type failed',
  ]);
  const tag = { name: 'images.example.org/acme/app', tag: '1.0' };
  assert.deepEqual(faultsOf(judge(payload(image), { kind: 'signature', tag })), ['tag-binding unknown']);
  const elsewhere = { ...tag, name: 'images.example.org/acme/other' };
  assert.deepEqual(faultsOf(judge(payload(image), { kind: 'signature', tag: elsewhere })), [
    'tag-binding failed',
  ]);
});

test('verify: a signature over bytes that are not at hand is unknown', () => {
  const bytes = Buffer.from('an image');
  const keys = makeKeys();
  const json = world.sign({ plainKey: keys });
  delete json.dsseEnvelope;
  json.messageSignature = {
    messageDigest: {
      algorithm: 'SHA2_256',
      digest: Buffer.from(hash('sha256', bytes), 'hex').toString('base64'),
    },
    signature: sign('sha256', bytes, keys.privateKey).toString('base64'),
  };
  const judge = (artifact: Parameters<typeof verifyBundle>[0]['artifact']): Verification =>
    verifyBundle({
      bundle: parse(json),
      artifact,
      trustedRoots: [],
      keys: [parseTrustedKey(pemOf(keys), 'own.pub')],
      expectations: { kind: 'signature' },
      now,
    });
  assert.deepEqual(faultsOf(judge({ digest: image })), ['signature unknown']);
  assert.equal(judge({ digest: image, bytes }).outcome, 'passed');
  assert.deepEqual(faultsOf(judge({ digest: digestOf('other'), bytes })), ['subject failed']);
});

test('verify: cosign’s old signatures, with a certificate and the promise of a log', () => {
  const judge = (
    change: (annotations: Record<string, string>) => void,
    layer = world.signOld(),
  ): Verification => {
    const annotations = { ...layer.annotations };
    change(annotations);
    const [bundle] = parseOldSignature({ ...layer, annotations });
    assert.ok(bundle !== undefined);
    return verifyBundle({
      bundle,
      artifact: { digest: image },
      trustedRoots: [world.root],
      expectations: expected,
      now,
    });
  };
  const answer = judge(() => {});
  assert.equal(answer.outcome, 'passed', JSON.stringify(answer.checks));
  assert.deepEqual(answer.signedAt, new Date('2026-11-21T11:00:00Z'), 'the log signed for the time');
  const later = (annotations: Record<string, string>): void => {
    const bundle = JSON.parse(annotations['dev.sigstore.cosign/bundle'] ?? '');
    bundle.Payload.integratedTime += 1;
    annotations['dev.sigstore.cosign/bundle'] = JSON.stringify(bundle);
  };
  assert.ok(faultsOf(judge(later)).includes('log failed'));
  const swapped = world.signOld();
  const elsewhere = (annotations: Record<string, string>): void => {
    annotations['dev.sigstore.cosign/bundle'] = swapped.annotations['dev.sigstore.cosign/bundle'] ?? '';
  };
  assert.ok(faultsOf(judge(elsewhere)).includes('log failed'), 'the entry of another signature');
  const unlogged = (annotations: Record<string, string>): void => {
    delete annotations['dev.sigstore.cosign/bundle'];
  };
  assert.ok(faultsOf(judge(unlogged)).includes('time failed'));
  assert.deepEqual(faultsOf(judge(() => {}, world.signOld({ subject: digestOf('other') }))), [
    'subject failed',
  ]);
});
