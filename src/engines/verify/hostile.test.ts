// Bundles made by somebody who may do everything but what they are asked for: each lays something true beside a
// signature that it does not prove.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOldSignature } from '../../formats/sigstore/old-signature.ts';
import { parseCertificate } from '../../formats/x509/certificate.ts';
import type { Expectations, JudgeWitnesses } from './expectation.ts';
import { exactly } from './pattern.ts';
import { parseTrustedKey } from './signer.ts';
import {
  type BundleJson,
  createTrustWorld,
  identity,
  image,
  issuer,
  makeKeys,
  now,
  parse,
  pemOf,
} from './trust-world.fixture.ts';
import { verifyBundle } from './verify-bundle.ts';

const world = createTrustWorld();
const expected: Expectations = { kind: 'signature', identity: exactly(identity), issuer: exactly(issuer) };

function faultsOf(json: BundleJson, more: Partial<Expectations> = {}): readonly string[] {
  const { checks } = verifyBundle({
    bundle: parse(json),
    artifact: { digest: image },
    trustedRoots: [world.root],
    expectations: { ...expected, ...more },
    now,
  });
  return checks.flatMap(({ code, outcome }) => (outcome === 'passed' ? [] : [`${code} ${outcome}`]));
}

test('verify: an entry by the bare key of a certificate hides whose signature it is, and is refused', () => {
  const keys = makeKeys();
  const whole = world.sign({ keys });
  const leaf = parseCertificate(Buffer.from(whole.verificationMaterial.certificate.rawBytes, 'base64'));
  const hidden = world.enter(whole, (body) => {
    body.spec.hashedRekordV002.signature.verifier = {
      publicKey: { rawBytes: Buffer.from(leaf.publicKey).toString('base64') },
      keyDetails: 'PKIX_ECDSA_P256_SHA_256',
    };
  });
  assert.deepEqual(faultsOf(world.enter(whole, () => {})), []);
  assert.deepEqual(faultsOf(hidden), ['log failed']);
});

test('verify: witnesses are asked about logs that are trusted, and not about what lies beside', () => {
  const other = createTrustWorld();
  const cosigned = other.sign();
  const [strange] = cosigned.verificationMaterial.tlogEntries;
  const seen: JudgeWitnesses = (checkpoint) => ({
    isReached: checkpoint === strange.inclusionProof.checkpoint.envelope,
    sentence: 'Somebody cosigned it.',
  });
  const all: JudgeWitnesses = () => ({ isReached: true, sentence: 'Somebody cosigned it.' });
  const whole = world.sign();
  assert.deepEqual(faultsOf(whole, { witnesses: all }), []);
  assert.deepEqual(faultsOf(whole, { witnesses: seen }), ['witnesses failed']);
  const beside = structuredClone(whole);
  beside.verificationMaterial.tlogEntries.push(strange);
  assert.deepEqual(faultsOf(beside, { witnesses: seen }), ['witnesses failed']);

  // A key needs no log: the checkpoint of any log would do, were it not for this.
  const keys = makeKeys();
  const plain = world.sign({ plainKey: keys });
  plain.verificationMaterial.tlogEntries = [strange];
  const { checks } = verifyBundle({
    bundle: parse(plain),
    artifact: { digest: image },
    trustedRoots: [world.root],
    keys: [parseTrustedKey(pemOf(keys), 'ours')],
    expectations: { kind: 'signature', witnesses: seen },
    now,
  });
  assert.equal(checks.find(({ code }) => code === 'witnesses')?.outcome, 'unknown');
});

test('verify: the promise of a log is no checkpoint that witnesses could have seen', () => {
  const all: JudgeWitnesses = () => ({ isReached: true, sentence: 'Somebody cosigned it.' });
  const [bundle] = parseOldSignature(world.signOld());
  assert.ok(bundle);
  const { checks } = verifyBundle({
    bundle,
    artifact: { digest: image },
    trustedRoots: [world.root],
    expectations: { ...expected, witnesses: all },
    now,
  });
  const faults = checks.filter(({ outcome }) => outcome !== 'passed').map(({ code }) => code);
  assert.deepEqual(faults, ['witnesses']);
});
