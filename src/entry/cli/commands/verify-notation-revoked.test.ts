// What an instance took back counts for Notary Project signatures too, though notation's policy says nothing of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signNotation } from '../../../engines/notation/sign.ts';
import { createTrustWorld, now } from '../../../engines/verify/trust-world.fixture.ts';
import { issueChain } from '../../../formats/notation/certificate.fixture.ts';
import { emptyConfig, signatureType } from '../../../formats/notation/signature-manifest.ts';
import { formatDescriptor } from '../../../formats/oci/descriptor.ts';
import { digestOf } from '../../../formats/oci/digest.ts';
import { mediaTypes } from '../../../formats/oci/media-type.ts';
import { bundleMediaTypes } from '../../../formats/sigstore/bundle.ts';
import { revocationPredicateType } from '../../../formats/sigstore/revocation-predicate.ts';
import { addBlob, addManifest } from '../../../io/images/fixture-image.ts';
import type { InstanceClient } from '../../../io/images/instance.ts';
import { signWith } from '../../../io/keys/sign.ts';
import type { Json } from '../../../kit/json.ts';
import { addDebianImage, createFakeWorld } from '../world.fixture.ts';

const IMAGE = 'images.example.org/acme/app:v1';
const ADDRESS = 'https://images.example.org';
const trust = createTrustWorld();

function say(value: string, kind: string, claimed = ADDRESS): object {
  return trust.sign({
    predicateType: revocationPredicateType,
    predicate: { action: 'revoke', kind, value, why: 'it was lost', at: '2026-11-20T00:00:00Z' },
    subject: kind === 'digest' ? (value as never) : digestOf(value),
    uris: [claimed],
    claims: { 8: claimed },
  });
}

/** An image that notation's policy accepts; `listed` is what its instance answers, or a status. */
async function makeWorld(listed: readonly object[] | number = []) {
  const { leaf, chain, root } = issueChain('ES256');
  const statement = {
    name: 'own',
    registryScopes: ['*'],
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:own'],
    trustedIdentities: ['*'],
  };
  const asked: string[] = [];
  const fake = createFakeWorld({
    stdout: { columns: 300 },
    world: {
      clock: { now: () => now.getTime() },
      openInstance: async (host) =>
        ({
          host,
          async ask({ path }: { path: string }) {
            asked.push(path);
            if (typeof listed === 'number') return { status: listed, value: {} };
            const isFirst = new URL(path, ADDRESS).searchParams.get('after') === '0';
            const revocations = isFirst ? listed.map((bundle, at) => ({ seq: at + 1, bundle })) : [];
            return { status: 200, value: { revocations, next: listed.length } as unknown as Json };
          },
        }) as unknown as InstanceClient,
      openNotation: async () => ({
        readPolicy: async () => Buffer.from(JSON.stringify({ version: '1.0', trustPolicies: [statement] })),
        readStore: async () => [{ name: 'root.pem', bytes: Buffer.from(root.certificate.handle.toString()) }],
      }),
    },
  });
  const { place, files } = fake;
  const ofInstance = structuredClone(trust.rootJson);
  ofInstance.certificateAuthorities[0].uri = `${ADDRESS}/trust/ca`;
  files.set('instance.json', JSON.stringify(ofInstance));
  files.set('other.json', JSON.stringify(createTrustWorld().rootJson));
  const image = addDebianImage(place, IMAGE);
  const hang = (artifactType: string, bytes: Uint8Array, mediaType: string, annotations = {}) =>
    addManifest(place, {
      mediaType: mediaTypes.ociManifest,
      artifactType,
      config: formatDescriptor(addBlob(place, emptyConfig.bytes, emptyConfig.mediaType)),
      layers: [formatDescriptor(addBlob(place, bytes, mediaType))],
      subject: formatDescriptor(image.descriptor),
      annotations,
    });
  const signed = { descriptor: image.descriptor, key: signWith(leaf.key), chain, nowMs: now.getTime() };
  const { envelope, mediaType } = await signNotation({ ...signed, scheme: 'notary.x509', format: 'jws' });
  const prints = JSON.stringify(chain.map(({ fingerprint }) => fingerprint));
  hang(signatureType, envelope, mediaType, { 'io.cncf.notary.x509chain.thumbprint#S256': prints });
  return {
    asked,
    digest: image.descriptor.digest,
    serial: leaf.certificate.serial,
    hangBundle: (bundle: object) =>
      hang(bundleMediaTypes.v03, Buffer.from(JSON.stringify(bundle)), bundleMediaTypes.v03),
    async verify(...argv: readonly string[]) {
      const ended = await fake.run('verify', IMAGE, '--notation', ...argv, '--format', 'json');
      return { exitCode: ended.exitCode, answer: JSON.parse(ended.stdout || '{}'), stderr: ended.stderr };
    },
    text: () => fake.run('verify', IMAGE, '--notation', '--trusted-root', 'instance.json'),
  };
}

const INSTANCE = ['--trusted-root', 'instance.json'];

test('verify --notation: an image that was taken back is refused, by a statement on it and by the list', async () => {
  const clean = await makeWorld();
  assert.deepEqual((await clean.verify(...INSTANCE)).answer.outcome, 'accepted');
  const hung = await makeWorld();
  hung.hangBundle(say(hung.digest, 'digest'));
  const { exitCode, answer } = await hung.verify(...INSTANCE);
  assert.deepEqual([exitCode, answer.outcome], [2, 'refused']);
  assert.deepEqual(
    [answer.signatures[0].verdict, answer.signatures[0].takenBack],
    ['refused', `The image ${hung.digest} was taken back by ${ADDRESS} on 2026-11-20: it was lost`],
  );
  const { stdout } = await hung.text();
  assert.match(stdout, /It was taken back\.[\s\S]*it was lost \[revocation\]/);
  const listed = await makeWorld([say(hung.digest, 'digest')]);
  assert.equal(listed.digest, hung.digest);
  assert.equal((await listed.verify(...INSTANCE)).answer.outcome, 'refused');
});

test('verify --notation: a certificate that was taken back signs nothing; what somebody else says changes nothing', async () => {
  const { serial } = await makeWorld();
  const lost = await (await makeWorld([say(serial, 'certificate')])).verify(...INSTANCE);
  assert.deepEqual([lost.exitCode, lost.answer.outcome], [2, 'refused']);
  const other = await (await makeWorld([say('7', 'certificate')])).verify(...INSTANCE);
  assert.deepEqual([other.exitCode, other.answer.outcome], [0, 'accepted']);
  const stranger = await makeWorld();
  stranger.hangBundle(say(stranger.digest, 'digest', 'https://elsewhere.example.org'));
  const said = await stranger.verify(...INSTANCE);
  assert.deepEqual([said.exitCode, said.answer.outcome], [0, 'accepted']);
  assert.match(said.answer.unknowns[0].why, /does not count/);
});

test('verify --notation: a list that cannot be read is unknown; where nobody is trusted nobody is asked', async () => {
  const broken = await (await makeWorld(404)).verify(...INSTANCE);
  assert.deepEqual([broken.exitCode, broken.answer.outcome], [2, 'unknown']);
  const offline = await makeWorld(404);
  const kept = await offline.verify(...INSTANCE, '--offline');
  assert.deepEqual([kept.exitCode, kept.answer.outcome, kept.answer.skipped.length], [0, 'accepted', 1]);
  const untrusted = await offline.verify('--trusted-root', 'other.json');
  assert.deepEqual([untrusted.exitCode, untrusted.answer.skipped], [0, []]);
  assert.deepEqual(offline.asked, []);
});
