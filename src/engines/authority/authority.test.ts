// A statement signed by an instance, verified by Sigstore's own library for Node with the instance's trusted root;
// the real cosign does the same in test/interop.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { bundleFromJSON } from '@sigstore/bundle';
import { ServiceSelector, SigningConfig, TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { predicateTypes } from '../../formats/sigstore/predicate.ts';
import { signingConfigMediaType } from '../../formats/sigstore/signing-config.ts';
import { createMemoryKey } from '../../io/keys/memory.ts';
import { authorityErrors } from './errors.ts';
import { builder, createInstance, START } from './instance.fixture.ts';
import { describeSigning, describeTrust } from './trust.ts';

const uri = builder.subject.kind === 'uri' ? builder.subject.uri : '';
const statement = {
  subjects: [{ digest: { sha256: 'a'.repeat(64) } }],
  predicateType: predicateTypes.sign,
  predicate: {},
};

function verify(bundle: Uint8Array, trustedRoot: Uint8Array, issuer = builder.issuer): void {
  const trust = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(Buffer.from(trustedRoot).toString())));
  const verifier = new Verifier(trust, { tlogThreshold: 1, ctlogThreshold: 1, timestampThreshold: 1 });
  const entity = toSignedEntity(bundleFromJSON(JSON.parse(Buffer.from(bundle).toString())));
  verifier.verify(entity, { subjectAlternativeName: uri, extensions: { issuer } });
}

test('authority: a signed statement is verified with certificate, SCT, log and time', async () => {
  const { authority, trustedRoot } = await createInstance();
  for (let round = 0; round < 5; round += 1) {
    const { bundle, entry } = await authority.signFor(builder, statement);
    assert.equal(entry.index, round);
    verify(bundle, trustedRoot);
    assert.throws(() => verify(bundle, trustedRoot, 'https://other.example.org'));
  }
});

test('authority: another instance’s trusted root does not verify it, though it has the same name', async () => {
  const [{ authority }, other] = await Promise.all([createInstance(), createInstance()]);
  const { bundle } = await authority.signFor(builder, statement);
  assert.throws(() => verify(bundle, other.trustedRoot));
});

test('authority: a key whose signature no client would verify does not sign, and nothing is logged', async () => {
  const { authority, store } = await createInstance();
  for (const algorithm of ['ecdsa-p384-sha384', 'ed25519'] as const)
    await assert.rejects(authority.signWith(await createMemoryKey(algorithm), statement), {
      code: authorityErrors.key_unsuitable.code,
      message: `statements are signed with a P-256 or RSA key, not with ${algorithm}`,
    });
  assert.deepEqual(store.batches, []);
});

test('authority: statements signed at once are each in the log, and each verified', async () => {
  const { authority, trustedRoot } = await createInstance();
  const signed = await Promise.all(Array.from({ length: 20 }, () => authority.signFor(builder, statement)));
  assert.deepEqual(
    signed.map(({ entry }) => entry.index).toSorted((one, other) => one - other),
    Array.from({ length: 20 }, (_, at) => at),
  );
  for (const { bundle } of signed) verify(bundle, trustedRoot);
});

test('authority: what the log cannot keep is not signed for', async () => {
  const { authority, store } = await createInstance();
  store.append = () => Promise.reject(new Error('the disk is full'));
  await assert.rejects(authority.signFor(builder, statement), /the disk is full/);
});

test('authority: a key that the verifier has signs without a certificate', async () => {
  const { authority } = await createInstance();
  const key = await createMemoryKey('ecdsa-p256-sha256');
  const { bundle, entry } = await authority.signWith(key, statement);
  const json = JSON.parse(Buffer.from(bundle).toString());
  assert.equal(json.verificationMaterial.certificate, undefined);
  assert.equal(json.verificationMaterial.publicKey.hint, hash('sha256', key.publicKey, 'base64'));
  assert.match(
    Buffer.from(entry.entry).toString(),
    /"verifier":\{"keyDetails":"PKIX_ECDSA_P256_SHA_256","publicKey":/,
  );
});

test('trust: after a change of keys both generations verify, and an ended one not beyond its end', async () => {
  const CHANGE = START + 3_600_000;
  let now = START;
  const former = await createInstance({ clock: { now: () => now }, endMs: CHANGE });
  const present = await createInstance({ clock: { now: () => CHANGE } });
  const trusted = describeTrust([former.trust, present.trust]);
  const early = await former.authority.signFor(builder, statement);
  verify(early.bundle, trusted);
  verify((await present.authority.signFor(builder, statement)).bundle, trusted);
  assert.throws(() => verify(early.bundle, present.trustedRoot));
  // Whoever took the former keys away signs with them later.
  now = CHANGE + 60_000;
  const late = await former.authority.signFor(builder, statement);
  assert.throws(() => verify(late.bundle, trusted));
});

test('trust: a log whose name no client could verify is not handed out', async () => {
  for (const organization of ['images.example.org:5000', 'images.example.org/log', 'Images.example.org'])
    await assert.rejects(createInstance({ organization }), {
      code: authorityErrors.origin_unsuitable.code,
      message: /is not a bare host name/,
    });
});

test('trust: the signing configuration names each service, its version and from when', () => {
  const config = SigningConfig.fromJSON(
    JSON.parse(
      Buffer.from(
        describeSigning({
          url: 'https://images.example.org',
          organization: 'images.example.org',
          identityProvider: 'https://images.example.org',
          validity: { startMs: START, endMs: START + 1000 },
        }),
      ).toString(),
    ),
  );
  assert.equal(config.mediaType, signingConfigMediaType);
  assert.equal(config.rekorTlogConfig?.selector, ServiceSelector.ANY);
  assert.deepEqual(
    [...config.caUrls, ...config.oidcUrls, ...config.rekorTlogUrls, ...config.tsaUrls].map(
      ({ url, majorApiVersion }) => [url, majorApiVersion],
    ),
    [
      ['https://images.example.org/trust/ca', 1],
      ['https://images.example.org', 1],
      ['https://images.example.org/trust/log', 2],
      ['https://images.example.org/trust/tsa/api/v1/timestamp', 1],
    ],
  );
  assert.deepEqual(config.caUrls[0]?.validFor, { start: new Date(START), end: new Date(START + 1000) });
});
