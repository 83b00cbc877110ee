// The list of what an instance took back, as `verify` reads it: where the instance's own root is trusted, and nowhere else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createTrustWorld,
  identity,
  issuer,
  now,
  type SignOptions,
} from '../../../engines/verify/trust-world.fixture.ts';
import { formatDescriptor } from '../../../formats/oci/descriptor.ts';
import { digestOf } from '../../../formats/oci/digest.ts';
import { mediaTypes } from '../../../formats/oci/media-type.ts';
import { bundleMediaTypes } from '../../../formats/sigstore/bundle.ts';
import { revocationPredicateType } from '../../../formats/sigstore/revocation-predicate.ts';
import { addBlob, addManifest } from '../../../io/images/fixture-image.ts';
import type { InstanceAnswer, InstanceClient } from '../../../io/images/instance.ts';
import type { Json } from '../../../kit/json.ts';
import { addDebianImage, createFakeWorld } from '../world.fixture.ts';

const IMAGE = 'images.example.org/acme/app:v1';
const ADDRESS = 'https://images.example.org';
const WHO = ['--certificate-identity', identity, '--certificate-oidc-issuer', issuer];
const trust = createTrustWorld();

function makeWorld(answer?: (path: string) => InstanceAnswer) {
  const asked: string[] = [];
  const client: Pick<InstanceClient, 'ask'> = {
    async ask({ path }) {
      asked.push(path);
      if (answer === undefined) throw new Error('nobody is to be asked');
      return answer(path);
    },
  };
  const fake = createFakeWorld({
    stdout: { columns: 400 },
    world: {
      clock: { now: () => now.getTime() },
      openInstance: async (host) => ({ host, ...client }) as InstanceClient,
    },
  });
  const { place, files } = fake;
  const ofInstance = structuredClone(trust.rootJson);
  ofInstance.certificateAuthorities[0].uri = `${ADDRESS}/trust/ca`;
  files.set('root.json', JSON.stringify(trust.rootJson));
  files.set('instance.json', JSON.stringify(ofInstance));
  const image = addDebianImage(place, IMAGE);
  const bundle = Buffer.from(JSON.stringify(trust.sign({ subject: image.descriptor.digest })));
  addManifest(place, {
    mediaType: mediaTypes.ociManifest,
    artifactType: bundleMediaTypes.v03,
    config: formatDescriptor(addBlob(place, Buffer.from('{}'), mediaTypes.ociEmpty)),
    layers: [formatDescriptor(addBlob(place, bundle, bundleMediaTypes.v03))],
    subject: formatDescriptor(image.descriptor),
  });
  return {
    image,
    asked,
    hangUnreadable(annotations: Readonly<Record<string, string>>) {
      addManifest(place, {
        mediaType: mediaTypes.ociManifest,
        artifactType: bundleMediaTypes.v03,
        config: formatDescriptor(addBlob(place, Buffer.from('{}'), mediaTypes.ociEmpty)),
        layers: [formatDescriptor(addBlob(place, Buffer.from('[]'), bundleMediaTypes.v03))],
        subject: formatDescriptor(image.descriptor),
        annotations,
      });
    },
    async verify(root: string, ...argv: readonly string[]) {
      const ended = await fake.run('verify', IMAGE, ...WHO, '--trusted-root', root, ...argv, '-o', 'json');
      return { exitCode: ended.exitCode, answer: JSON.parse(ended.stdout || '{}'), stderr: ended.stderr };
    },
  };
}

const list = (...bundles: readonly unknown[]) => {
  return (path: string): InstanceAnswer => {
    const isFirst = new URL(path, ADDRESS).searchParams.get('after') === '0';
    const revocations = isFirst ? bundles.map((bundle, at) => ({ seq: at + 1, bundle })) : [];
    return { status: 200, value: { revocations, next: bundles.length } as unknown as Json };
  };
};

const byInstance = { uris: [ADDRESS], claims: { 8: ADDRESS } };

function say(value: string, kind: string, signed: SignOptions = byInstance): unknown {
  const at = '2026-11-20T00:00:00Z';
  return trust.sign({
    predicateType: revocationPredicateType,
    predicate: { action: 'revoke', kind, value, why: 'it was lost', at },
    subject: digestOf(value),
    ...signed,
  });
}

test('verify: what stands on the list of an instance whose root is trusted takes a signature back', async () => {
  const clean = makeWorld(list());
  const found = await clean.verify('instance.json');
  assert.equal(found.exitCode, 0, found.stderr);
  assert.deepEqual(clean.asked, [
    `/trust/revocations?after=0&limit=100&digest=${encodeURIComponent(clean.image.descriptor.digest)}`,
  ]);
  const lost = await makeWorld(list(say(identity, 'identity'))).verify('instance.json');
  assert.deepEqual([lost.exitCode, lost.answer.revocations], [2, 1]);
  const [signature] = lost.answer.demands[0].signatures;
  assert.deepEqual(
    signature.checks.find(({ code }: { code: string }) => code === 'revocation'),
    {
      code: 'revocation',
      outcome: 'failed',
      sentence: `The identity ${identity} was taken back by ${ADDRESS} on 2026-11-20: it was lost`,
    },
  );
  const other = await makeWorld(list(say('https://git.example.org/other', 'identity'))).verify(
    'instance.json',
  );
  assert.deepEqual([other.exitCode, other.answer.revocations], [0, 0]);
  const stranger = await makeWorld(list(say(identity, 'identity', {}))).verify('instance.json');
  assert.equal(stranger.exitCode, 0);
  assert.match(
    stranger.answer.unknowns[0].why,
    /on the list of https:\/\/images\.example\.org takes back the identity/,
  );
});

test('verify: nobody is asked for a list whose word could not be believed', async () => {
  const world = makeWorld();
  assert.equal((await world.verify('root.json')).exitCode, 0);
  assert.deepEqual(world.asked, []);
});

test('verify: a list that cannot be read is unknown, and never passed', async () => {
  const answers = [
    () => ({ status: 404, value: {} }),
    () => ({ status: 200, value: 'a page of another program' }),
    list({ no: 'bundle' }),
  ];
  for (const answer of answers) {
    const { exitCode, answer: told } = await makeWorld(answer).verify('instance.json');
    assert.deepEqual([exitCode, told.outcome], [2, 'unknown']);
    assert.match(told.unknowns[0].why, /list of (?:what )?https:\/\/images\.example\.org/);
  }
});

test('verify: --offline leaves the list unread, and says so', async () => {
  const world = makeWorld();
  const { exitCode, answer } = await world.verify('instance.json', '--offline');
  assert.deepEqual([exitCode, world.asked], [0, []]);
  assert.deepEqual(answer.skipped, [
    {
      code: 'revocation',
      flag: '--offline',
      sentence: `The list of what ${ADDRESS} took back was not read: --offline was given.`,
    },
  ]);
  assert.ok(answer.notProved.includes(answer.skipped[0].sentence));
  assert.deepEqual((await world.verify('root.json', '--offline')).answer.skipped, []);
});

test('verify: what says that it takes the image back and cannot be read is unknown; other litter is told', async () => {
  const litter = makeWorld(list());
  litter.hangUnreadable({});
  const told = await litter.verify('instance.json');
  assert.deepEqual([told.exitCode, told.answer.outcome, told.answer.unknowns.length], [0, 'passed', 1]);
  const torn = makeWorld(list());
  torn.hangUnreadable({ 'dev.sigstore.bundle.predicateType': revocationPredicateType });
  const { exitCode, answer } = await torn.verify('instance.json');
  assert.deepEqual([exitCode, answer.outcome], [2, 'unknown']);
  assert.match(
    answer.unknowns.map(({ why }: { why: string }) => why).join(' '),
    /says that it takes something back, and could not be read/,
  );
});
