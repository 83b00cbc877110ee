import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNotationKey, signNotation } from '../../../engines/notation/sign.ts';
import { issueChain, nowMs } from '../../../formats/notation/certificate.fixture.ts';
import type { Certificate } from '../../../formats/notation/certificate.ts';
import { emptyConfig, signatureType } from '../../../formats/notation/signature-manifest.ts';
import { formatDescriptor } from '../../../formats/oci/descriptor.ts';
import { mediaTypes } from '../../../formats/oci/media-type.ts';
import { addBlob, addManifest } from '../../../io/images/fixture-image.ts';
import type { RawManifest } from '../../../io/images/source.ts';
import { addDebianImage, createFakeWorld } from '../world.fixture.ts';

const IMAGE = 'images.example.org/acme/app:v1';

/** A world whose configuration of notation trusts the signer's root for this level and these names. */
function makeWorld(own: object = {}, trusted?: Certificate) {
  const { leaf, chain, root } = issueChain('ES256');
  const statement = {
    name: 'own',
    registryScopes: ['images.example.org/acme/app'],
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:own'],
    trustedIdentities: ['x509.subject: C=DE, ST=Hamburg, O=Example'],
    ...own,
  };
  const stores: string[] = [];
  const fake = createFakeWorld({
    stdout: { columns: 300 },
    world: {
      clock: { now: () => nowMs },
      openNotation: async (folder) => ({
        readPolicy: async () => Buffer.from(JSON.stringify({ version: '1.0', trustPolicies: [statement] })),
        async readStore(kind, name) {
          stores.push(`${folder} ${kind} ${name}`);
          return name === 'own'
            ? [{ name: 'root.pem', bytes: Buffer.from((trusted ?? root.certificate).handle.toString()) }]
            : undefined;
        },
      }),
    },
  });
  const image = addDebianImage(fake.place, IMAGE);
  const sign = async (about: RawManifest = image): Promise<RawManifest> => {
    const { envelope, mediaType } = await signNotation({
      descriptor: about.descriptor,
      key: createNotationKey(leaf.key),
      chain,
      nowMs,
      scheme: 'notary.x509',
      format: 'jws',
    });
    return addManifest(fake.place, {
      mediaType: mediaTypes.ociManifest,
      artifactType: signatureType,
      config: formatDescriptor(addBlob(fake.place, emptyConfig.bytes, emptyConfig.mediaType)),
      layers: [formatDescriptor(addBlob(fake.place, envelope, mediaType))],
      subject: formatDescriptor(image.descriptor),
      annotations: {
        'io.cncf.notary.x509chain.thumbprint#S256': JSON.stringify(
          chain.map(({ fingerprint }) => fingerprint),
        ),
      },
    });
  };
  return { ...fake, image, sign, stores, verify: (...argv: string[]) => fake.run('verify', IMAGE, ...argv) };
}

test('verify --notation: what the policy accepts, with each check and what is not proved', async () => {
  const world = makeWorld();
  assert.equal((await world.verify('--notation')).exitCode, 3);
  await world.sign();
  const { exitCode, stdout } = await world.verify('--notation', '--notation-config', 'here');
  assert.equal(exitCode, 0, stdout);
  assert.match(
    stdout,
    /^● Signed by C=DE, .*accepted by the statement own of the trust policy \(strict\)\.$/m,
  );
  assert.match(stdout, /^◌ Not proved: that the tag v1 is to name this digest\.$/m);
  assert.match(stdout, /^ {2}● The signature is of sha256:[0-9a-f]{64}\. \[notation\.subject\]$/m);
  assert.match(stdout, /\[notation\.revocation_nowhere, which refuses nothing here\]/);
  assert.deepEqual(world.stores, ['undefined ca own', 'here ca own']);
  const other = await world.verify(...['--certificate-identity', 'x', '--certificate-oidc-issuer', 'y']);
  assert.match(other.stdout, /→ 1 Notary Project signatures hang on it, which --notation judges/);
});

test('verify --notation: another root, name, image or store is refused, and a policy that skips proves nothing', async () => {
  const stranger = makeWorld({}, issueChain('ES256').root.certificate);
  await stranger.sign();
  assert.match((await stranger.verify('--notation')).stdout, /▲ .*\[notation\.chain_untrusted\]/);
  const cases: readonly (readonly [object, string])[] = [
    [{ trustedIdentities: ['x509.subject: C=DE, ST=Hamburg, O=Other'] }, 'notation.identity_other'],
    [{ trustStores: ['ca:missing'] }, 'notation.store_missing'],
  ];
  for (const [own, code] of cases) {
    const world = makeWorld(own);
    await world.sign();
    const { exitCode, stdout } = await world.verify('--notation', '--format', 'json');
    assert.equal(exitCode, 2);
    const [signature] = JSON.parse(stdout).signatures;
    assert.ok(
      signature.checks.some((check: { code: string }) => check.code === code),
      stdout,
    );
  }
  const other = makeWorld();
  await other.sign(addDebianImage(other.place, 'images.example.org/acme/app:other', 'arm64'));
  assert.match((await other.verify('--notation')).stdout, /\[notation\.subject_other\]/);
  const skips = makeWorld({
    signatureVerification: { level: 'skip' },
    trustStores: [],
    trustedIdentities: [],
  });
  await skips.sign();
  const skipped = await skips.verify('--notation');
  assert.equal(skipped.exitCode, 2);
  assert.match(skipped.stdout, /◌ Nothing was looked at/);
});

test('verify --notation: its policy is for names of registries', async () => {
  const world = makeWorld();
  const { exitCode, stderr } = await world.run('verify', '--notation', 'oci:folder:v1');
  assert.deepEqual([exitCode, /images of a registry/.test(stderr)], [1, true]);
  const foreign = await world.run('verify', '--notation', 'images.example.org/other:v1');
  assert.match(foreign.stderr, /notation\.policy_missing/);
});
