// The traps of logs, times, promises and authorities: what proves when somebody signed, and that others saw it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTrustedRoot } from '../../formats/sigstore/trusted-root.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { expected, faultsOf, verify, world } from './bundle-verdict.fixture.ts';
import { checkSignatureCount } from './signature-count.ts';
import { createTrustWorld, image, now, parse } from './trust-world.fixture.ts';
import { verifyBundle } from './verify-bundle.ts';

test('verify: duplicates count once', () => {
  const json = world.sign();
  const material = json.verificationMaterial;
  material.tlogEntries.push(material.tlogEntries[0]);
  const stamps = material.timestampVerificationData.rfc3161Timestamps;
  stamps.push(stamps[0]);
  assert.equal(verify(json).outcome, 'passed');
  assert.deepEqual(faultsOf(verify(json, { logs: 2, times: 2 })), ['log failed', 'time failed']);
  const one = verify(json);
  const again = verify(world.sign());
  assert.equal(checkSignatureCount([one, one, again], 1).outcome, 'passed');
  assert.equal(checkSignatureCount([one, one, again], 2).outcome, 'failed');
  assert.equal(checkSignatureCount([], 0).outcome, 'failed', 'nobody is no signer');
});

test('verify: an entry of the second kind of log without a timestamp proves no time', () => {
  assert.deepEqual(faultsOf(verify(world.sign({ isStamped: false }))), [
    'time failed',
    'chain unknown',
    'certificate-log unknown',
  ]);
});

test('verify: an integrated time that no log signed is not believed', () => {
  const json = world.sign({ isStamped: false });
  json.verificationMaterial.tlogEntries[0].integratedTime = String(now.getTime() / 1000 - 3600);
  assert.ok(faultsOf(verify(json)).includes('time failed'));
});

test('verify: an entry chooses no log key that was retired, by a time that nobody signed', () => {
  const rootJson = structuredClone(world.rootJson);
  rootJson.tlogs[0].publicKey.validFor = { start: '2026-01-01T00:00:00Z', end: '2026-02-01T00:00:00Z' };
  const json = world.sign();
  json.verificationMaterial.tlogEntries[0].integratedTime = String(Date.parse('2026-01-15T00:00:00Z') / 1000);
  const answer = verifyBundle({
    bundle: parse(json),
    artifact: { digest: image },
    trustedRoots: [parseTrustedRoot(Buffer.from(JSON.stringify(rootJson)))],
    expectations: expected,
    now,
  });
  assert.deepEqual(faultsOf(answer), ['log failed']);
});

test('verify: without a log, a promise, or an authority that is trusted it is refused', () => {
  assert.deepEqual(faultsOf(verify(world.sign({ isLogged: false }))), ['log failed']);
  assert.equal(verify(world.sign({ isLogged: false }), { logs: 0 }).outcome, 'passed');
  assert.deepEqual(faultsOf(verify(world.sign({ isPromised: false }))), ['certificate-log failed']);
  assert.equal(verify(world.sign({ isPromised: false }), { certificateLogs: 0 }).outcome, 'passed');
  const other = createTrustWorld();
  assert.deepEqual(faultsOf(verify(other.sign())), [
    'log failed',
    'time failed',
    'chain unknown',
    'certificate-log unknown',
  ]);
  const both = verifyBundle({
    bundle: parse(other.sign()),
    artifact: { digest: image },
    trustedRoots: [world.root, other.root],
    expectations: expected,
    now,
  });
  assert.equal(both.outcome, 'passed', 'any of the roots, whole');
});

test('verify: a log key without the start of its time is refused', () => {
  const json = structuredClone(world.rootJson);
  delete json.tlogs[0].publicKey.validFor.start;
  assert.throws(
    () => parseTrustedRoot(Buffer.from(JSON.stringify(json))),
    (error) =>
      isPlimsollError(error, { code: 'sigstore.root_invalid' }) && /validFor\.start/.test(error.message),
  );
});

test('verify: parts of two roots are not put together', () => {
  const other = createTrustWorld();
  const mixed = parseTrustedRoot(
    Buffer.from(
      JSON.stringify({ ...world.rootJson, certificateAuthorities: other.rootJson.certificateAuthorities }),
    ),
  );
  const answer = verifyBundle({
    bundle: parse(world.sign()),
    artifact: { digest: image },
    trustedRoots: [mixed, other.root],
    expectations: expected,
    now,
  });
  assert.deepEqual(faultsOf(answer), ['chain failed', 'certificate-log unknown']);
});

test('verify: a time that is yet to come, a certificate out of its time, and an unknown critical extension', () => {
  const future = world.sign({ at: new Date(now.getTime() + 3_600_000) });
  assert.deepEqual(faultsOf(verify(future)), ['time failed']);
  const json = world.sign();
  const late = world.sign({ at: new Date(now.getTime() - 30 * 60_000) });
  const swapped = structuredClone(json);
  swapped.verificationMaterial.timestampVerificationData =
    late.verificationMaterial.timestampVerificationData;
  assert.ok(faultsOf(verify(swapped)).includes('time failed'), 'a timestamp of another signature');
  const odd = world.sign({ more: [['1.2.3.4.5', true, Uint8Array.of(5, 0)]] });
  assert.deepEqual(faultsOf(verify(odd)), ['chain failed', 'certificate-log unknown']);
});

test('verify: a root that a bundle brings along is refused', () => {
  const json = world.sign();
  const { certificate } = json.verificationMaterial;
  delete json.verificationMaterial.certificate;
  json.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.2';
  json.verificationMaterial.x509CertificateChain = { certificates: [certificate] };
  assert.equal(verify(json).outcome, 'passed');
  const [, root] = world.rootJson.timestampAuthorities[0].certChain.certificates;
  json.verificationMaterial.x509CertificateChain.certificates.push(root);
  assert.deepEqual(faultsOf(verify(json)), ['chain failed']);
});
