import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signNotation } from '../../../engines/notation/sign.ts';
import { issueChain, keyUsage, listAddress, nowMs } from '../../../formats/notation/certificate.fixture.ts';
import type { Certificate } from '../../../formats/notation/certificate.ts';
import { emptyConfig, signatureType } from '../../../formats/notation/signature-manifest.ts';
import { formatDescriptor } from '../../../formats/oci/descriptor.ts';
import { mediaTypes } from '../../../formats/oci/media-type.ts';
import { makeList } from '../../../formats/x509/revocation.fixture.ts';
import { addBlob, addManifest } from '../../../io/images/fixture-image.ts';
import type { RawManifest } from '../../../io/images/source.ts';
import { signWith } from '../../../io/keys/sign.ts';
import { addDebianImage, createFakeWorld } from '../world.fixture.ts';

const IMAGE = 'images.example.org/acme/app:v1';

/** A world whose configuration of notation trusts the signer's root for this level and these names. */
function makeWorld(own: object = {}, trusted?: Certificate, issued = issueChain('ES256')) {
  const { leaf, chain, root } = issued;
  const asked: string[] = [];
  const lists = new Map<string, Uint8Array>();
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
      openRevocation: async () => ({
        askOcsp: () => Promise.reject(new Error('this certificate names no OCSP')),
        async fetchList(url) {
          asked.push(url);
          return lists.get(url) ?? new Uint8Array();
        },
      }),
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
      key: signWith(leaf.key),
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
  return {
    ...fake,
    image,
    sign,
    stores,
    asked,
    lists,
    verify: (...argv: string[]) => fake.run('verify', IMAGE, ...argv),
  };
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

test('verify --notation --revocation-check: asks where the certificates say, and only of a signer who is trusted', async () => {
  const place = 'http://crl.example.org/';
  const issued = issueChain('ES256', { extensions: [keyUsage([0]), listAddress(place)] });
  const { certificate, key } = issued.root;
  const listOf = (serials: readonly string[]): Uint8Array =>
    makeList(
      { key, name: certificate.subjectDer },
      {
        thisUpdateMs: nowMs - 1000,
        nextUpdateMs: nowMs + 1000,
        entries: serials.map((serial) => ({ serial, atMs: nowMs - 1000, reason: 1 })),
      },
    );
  const world = makeWorld({}, undefined, issued);
  await world.sign();
  await world.sign();
  const offline = await world.verify('--notation');
  assert.deepEqual([offline.exitCode, world.asked], [2, []]);
  assert.match(offline.stdout, /◌ .* is not known: nobody was asked\. \[notation\.revocation_unknown\]/);
  const unanswered = await world.verify('--notation', '--revocation-check');
  // Two signatures by one certificate: it is asked about once.
  assert.deepEqual([unanswered.exitCode, world.asked], [2, [place]]);
  assert.match(unanswered.stdout, /is not known: list http:\/\/crl\.example\.org\/: this is not a readable/);
  world.lists.set(place, listOf([]));
  const good = await world.verify('--notation', '--revocation-check');
  assert.equal(good.exitCode, 0, good.stdout);
  assert.match(good.stdout, /\[notation\.not_revoked\]/);
  world.lists.set(place, listOf([certificate.serial]));
  const revoked = await world.verify('--notation', '--revocation-check');
  assert.equal(revoked.exitCode, 2);
  assert.match(
    revoked.stdout,
    /▲ .* was revoked at .* \(keyCompromise\)\. \[notation\.certificate_revoked\]/,
  );

  const stranger = makeWorld({}, issueChain('ES256').root.certificate, issued);
  await stranger.sign();
  assert.equal((await stranger.verify('--notation', '--revocation-check')).exitCode, 2);
  const skips = { signatureVerification: { level: 'strict', override: { revocation: 'skip' } } };
  const skipped = makeWorld(skips, undefined, issued);
  await skipped.sign();
  assert.equal((await skipped.verify('--notation', '--revocation-check')).exitCode, 0);
  assert.deepEqual([stranger.asked, skipped.asked], [[], []]);
});

test('verify --revocation-check: goes with --notation, and not with --offline', async () => {
  const world = makeWorld();
  const alone = await world.verify('--revocation-check', '--key', 'team.pub');
  assert.match(alone.stderr, /--revocation-check goes with --notation/);
  const offline = await world.verify('--notation', '--revocation-check', '--offline=true');
  assert.match(offline.stderr, /--offline forbids it/);
});
