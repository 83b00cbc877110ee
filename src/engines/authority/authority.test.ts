// A statement signed by an instance, verified by Sigstore's own library for Node with the instance's trusted root;
// the real cosign does the same in test/interop.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundleFromJSON } from '@sigstore/bundle';
import { SigningConfig, TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { predicateTypes } from '../../formats/sigstore/predicate.ts';
import { createMemoryKey } from '../../io/keys/memory.ts';
import { builder, createInstance, START } from './instance.fixture.ts';
import { describeSigning } from './trust.ts';

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
    const { bundle, entry } = await authority.signStatement(builder, statement);
    assert.equal(entry.index, round);
    verify(bundle, trustedRoot);
    assert.throws(() => verify(bundle, trustedRoot, 'https://other.example.org'));
  }
});

test('authority: another instance’s trusted root does not verify it, though it has the same name', async () => {
  const [{ authority }, other] = await Promise.all([createInstance(), createInstance()]);
  const { bundle } = await authority.signStatement(builder, statement);
  assert.throws(() => verify(bundle, other.trustedRoot));
});

test('authority: any key that a signer may have', async () => {
  for (const algorithm of ['ecdsa-p384-sha384', 'ed25519'] as const) {
    const { authority } = await createInstance({ createLeafKey: () => createMemoryKey(algorithm) });
    const { entry } = await authority.signStatement(builder, statement);
    const details = algorithm === 'ed25519' ? 'PKIX_ED25519' : 'PKIX_ECDSA_P384_SHA_384';
    assert.match(Buffer.from(entry.entry).toString(), new RegExp(`"keyDetails":"${details}"`));
  }
});

test('authority: statements signed at once are each in the log, and each verified', async () => {
  const { authority, trustedRoot } = await createInstance();
  const signed = await Promise.all(
    Array.from({ length: 20 }, () => authority.signStatement(builder, statement)),
  );
  assert.deepEqual(
    signed.map(({ entry }) => entry.index).toSorted((one, other) => one - other),
    Array.from({ length: 20 }, (_, at) => at),
  );
  for (const { bundle } of signed) verify(bundle, trustedRoot);
});

test('authority: what the log cannot keep is not signed for', async () => {
  const { authority, store } = await createInstance();
  store.append = () => Promise.reject(new Error('the disk is full'));
  await assert.rejects(authority.signStatement(builder, statement), /the disk is full/);
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
  assert.equal(config.mediaType, 'application/vnd.dev.sigstore.signingconfig.v0.2+json');
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
