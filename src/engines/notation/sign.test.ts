import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issueChain, nowMs } from '../../formats/notation/certificate.fixture.ts';
import { parseEnvelope } from '../../formats/notation/envelope.ts';
import { notationErrors } from '../../formats/notation/errors.ts';
import { parseSignatureManifest } from '../../formats/notation/signature-manifest.ts';
import { addAwsKey, awsPlace, startAws } from '../../io/keys/aws.fixture.ts';
import { openAwsKey } from '../../io/keys/aws-kms.ts';
import { keysErrors } from '../../io/keys/errors.ts';
import { openPluginKey } from '../../io/keys/key-plugin.ts';
import { padByPss, writePlugin, writePluginKey } from '../../io/keys/plugin.fixture.ts';
import { signWith } from '../../io/keys/sign.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import { createTestHttp, startVault, vaultToken } from '../../io/keys/vault.fixture.ts';
import { openVaultKey } from '../../io/keys/vault-transit.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { notationTrustErrors } from './errors.ts';
import { createSigner, objections, target } from './notation.fixture.ts';
import { createTrustStore } from './trust-store.ts';

const refused = (act: Promise<unknown>, code: string, why: RegExp) =>
  assert.rejects(act, (error) => isPlimsollError(error, { code }) && why.test(error.message));

// A key of 4096 bits takes seconds to make; interop has it.
for (const algorithm of ['ES256', 'ES384', 'ES512', 'PS256', 'PS384'])
  test(`sign: ${algorithm} in both formats and under both schemes is accepted here`, async () => {
    const signer = createSigner(algorithm);
    for (const format of ['jws', 'cose'] as const)
      for (const scheme of ['notary.x509', 'notary.x509.signingAuthority'] as const) {
        const expiresAtMs = nowMs + 90_500;
        const signature = await signer.sign({
          format,
          scheme,
          expiresAtMs,
          metadata: { a: 'b' },
          agent: 'x/1',
        });
        const verdict = signer.judge(signature);
        assert.equal(verdict.verdict, 'accepted');
        assert.deepEqual(objections(verdict), ['revocation notation.revocation_nowhere unknown log']);
        assert.deepEqual(verdict.signed, {
          target: { ...target, annotations: { a: 'b' } },
          scheme,
          signingTimeMs: nowMs,
          expiresAtMs: nowMs + 90_000,
          signer: 'C=DE, ST=Hamburg, O=Example, CN=Example Signer',
          fingerprints: signer.chain.map(({ fingerprint }) => fingerprint),
        });
      }
  });

test('sign: the manifest names the image, the envelope and the chain', async () => {
  const signer = createSigner();
  const { manifest, envelope, mediaType } = await signer.sign();
  const read = parseSignatureManifest(manifest);
  assert.deepEqual([read.subject, read.envelope.mediaType], [target, mediaType]);
  assert.equal(read.envelope.sizeBytes, envelope.byteLength);
  assert.deepEqual(
    read.fingerprints,
    signer.chain.map(({ fingerprint }) => fingerprint),
  );
});

test('sign: equal requests have equal bytes, but for what the signature itself draws', async () => {
  const signer = createSigner('PS256');
  for (const format of ['jws', 'cose'] as const) {
    const [one, two] = [await signer.sign({ format }), await signer.sign({ format })];
    const signed = (bytes: Uint8Array) => Buffer.from(parseEnvelope(bytes, one.mediaType).toBeSigned);
    assert.deepEqual(signed(one.envelope), signed(two.envelope));
  }
});

test('sign: keys in Vault and in AWS KMS sign what is accepted here, by PSS too', async (t) => {
  const [vault, aws] = [await startVault(t), await startAws(t)];
  const place = { http: createTestHttp(t), address: vault.address, readToken: async () => vaultToken };
  for (const [algorithm, spec] of [
    ['ES256', 'ECC_NIST_P256'],
    ['ES512', 'ECC_NIST_P521'],
    ['PS384', 'RSA_3072'],
  ] as const) {
    const { leaf, chain, root } = issueChain(algorithm);
    vault.keys.set('signing', [leaf.key]);
    const id = await addAwsKey(aws, `alias/${algorithm}`, spec);
    Object.assign(aws.keys.get(id) ?? {}, { privateKey: leaf.key });
    const stores = [createTrustStore('ca', 'own', [root.certificate])];
    for (const key of [
      await openVaultKey({ ...place, key: 'signing' }),
      await openAwsKey(awsPlace(t, aws, `alias/${algorithm}`)),
    ]) {
      const signature = await createSigner().sign({ key, chain, format: 'cose' });
      assert.equal(createSigner().judge(signature, { stores }).verdict, 'accepted');
    }
  }
});

test('sign: a plug-in that pads RSA by PKCS #1 v1.5 is refused with what to do, one by PSS is not', {
  skip: process.platform === 'win32',
}, async (t) => {
  const { leaf, chain, root } = issueChain('PS256');
  const plugin = writePlugin(t);
  writePluginKey(plugin, leaf.key);
  const key = await openPluginKey(plugin);
  const { algorithm_unsuitable } = keysErrors;
  await refused(
    createSigner().sign({ key, chain }),
    algorithm_unsuitable.code,
    /the plug-in of test:\/\/signing pads RSA otherwise .* use a key there that signs with RSA-PSS .* or an ECDSA key/,
  );
  padByPss(plugin);
  const stores = [createTrustStore('ca', 'own', [root.certificate])];
  assert.equal(
    createSigner().judge(await createSigner().sign({ key, chain }), { stores }).verdict,
    'accepted',
  );
});

test('sign: a key that is another certificate’s, or gives something else, is refused before anything is given out', async () => {
  const signer = createSigner();
  const other = signWith(issueChain('ES256').leaf.key);
  await refused(
    signer.sign({ key: other }),
    notationTrustErrors.key_mismatch.code,
    /not that of the certificate/,
  );
  const unasked: SigningKey = { ...other, sign: () => assert.fail('it is asked for a signature') };
  await refused(signer.sign({ key: unasked }), notationTrustErrors.key_mismatch.code, /not that of/);
  const [leaf] = signer.chain;
  const publicKey = leaf?.publicKey.export({ format: 'der', type: 'spki' }) as Buffer;
  const { signature_wrong } = notationErrors;
  const answers = async (signature: Uint8Array, why: RegExp) =>
    refused(signer.sign({ key: { publicKey, sign: async () => signature } }), signature_wrong.code, why);
  await answers(new Uint8Array(64), /no ECDSA signature for ES256/);
  await answers(await other.sign(Buffer.from('x'), 'ecdsa-p256-sha256'), /no ES256 signature by it/);
});

test('sign: a chain that a verifier would refuse, or that is not valid now, is refused', async () => {
  const signer = createSigner();
  const { chain_invalid, attribute_invalid, metadata_reserved } = notationErrors;
  await refused(signer.sign({ chain: signer.chain.slice(0, 1) }), chain_invalid.code, /no self-signed root/);
  await refused(signer.sign({ nowMs: Date.parse('2036-01-01') }), chain_invalid.code, /expired at 2035/);
  await refused(
    signer.sign({ expiresAtMs: nowMs + 10 }),
    attribute_invalid.code,
    /not after the time of signing/,
  );
  await refused(
    signer.sign({ metadata: { 'io.cncf.notary': 'x' } }),
    metadata_reserved.code,
    /specification’s/,
  );
});
