// The traps that others' recipes leave open, through the command: each must refuse, beside the same thing right.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identity, issuer, repository } from '../../../engines/verify/trust-world.fixture.ts';
import { formatDescriptor } from '../../../formats/oci/descriptor.ts';
import { addManifest } from '../../../io/images/fixture-image.ts';
import { addDebianImage } from '../world.fixture.ts';
import {
  IMAGE,
  judge,
  makeIndex,
  makeWorld,
  NAME,
  PROVENANCE,
  ROOT,
  refuses,
  trust,
  WHO,
} from './verify-world.fixture.ts';

test('verify, trap: a lone statement passes for no signature', async () => {
  const world = makeWorld();
  world.sign(world.image, { predicateType: PROVENANCE });
  const answer = await refuses(world, ['predicate-type failed'], ...WHO, ...ROOT);
  assert.deepEqual(answer.hints, [
    `A statement about it is signed, which is no signature of the image: --type ${PROVENANCE} asks for it`,
  ]);
  const { exitCode, answer: asked } = await judge(world, ...WHO, ...ROOT, '--type', 'slsaprovenance1');
  assert.equal(exitCode, 0);
  assert.ok(asked.notProved.includes('A signature of the image itself was not asked for.'));
});

test('verify, trap: a statement of another type than was asked for', async () => {
  const world = makeWorld();
  world.sign(world.image, { predicateType: 'https://spdx.dev/Document' });
  await refuses(world, ['predicate-type failed'], ...WHO, ...ROOT, '--type', 'slsaprovenance1');
  assert.equal((await judge(world, ...WHO, ...ROOT, '--type', 'spdxjson')).exitCode, 0);
  const none = await world.verify(...WHO, ...ROOT, '--type', 'provenance');
  assert.match(none.stderr, /--type is sign, slsaprovenance1, .*"provenance" is none/);
});

test('verify, trap: a builder’s identity for any repository', async () => {
  const world = makeWorld();
  const builder = 'https://git.example.org/builders/build/.workflows/build.yml@refs/tags/v1';
  const source = 'https://git.example.org/evil/app';
  world.sign(world.image, { uris: [builder], claims: { 8: issuer, 9: builder, 12: source } });
  const who = ['--certificate-identity', builder, '--certificate-oidc-issuer', issuer, ...ROOT];
  const answer = await refuses(world, ['source-repository failed'], ...who);
  assert.deepEqual(answer.hints, [
    `Its builder builds for any repository. If this is the source: --source-repository ${source}`,
  ]);
  await refuses(world, ['source-repository failed'], ...who, '--source-repository', repository);
  const other = ['--certificate-github-workflow-repository', 'acme/app'];
  await refuses(world, ['source-repository failed'], ...who, ...other);
  assert.equal((await judge(world, ...who, '--source-repository', source)).exitCode, 0);
  const cosigns = ['--certificate-github-workflow-repository', 'evil/app'];
  assert.equal((await judge(world, ...who, ...cosigns)).exitCode, 0);
});

test('verify, trap: an identity that a pattern names somewhere in the middle', async () => {
  const world = makeWorld();
  const evil = 'https://evil.example.org/?https://git.example.org/acme/app/';
  world.sign(world.image, { uris: [evil], claims: { 8: issuer } });
  const pattern = ['--certificate-identity-regexp', 'https://git.example.org/acme/app/'];
  await refuses(world, ['identity failed'], ...pattern, '--certificate-oidc-issuer', issuer, ...ROOT);
});

test('verify, trap: another issuer, ref, commit, trigger, workflow, builder or runner', async () => {
  const world = makeWorld();
  world.sign(world.image);
  const cases = [
    ['--certificate-github-workflow-ref', 'refs/heads/main', 'source-ref failed'],
    ['--certificate-github-workflow-sha', 'a'.repeat(40), 'source-commit failed'],
    ['--certificate-github-workflow-trigger', 'push', 'trigger failed'],
    ['--certificate-github-workflow-name', 'Release', 'workflow failed'],
    ['--source-ref-pattern', 'refs/heads/.*', 'source-ref failed'],
    ['--builder', 'https://git.example.org/other', 'builder failed'],
    ['--runner', 'github-hosted', 'runner failed'],
  ] as const;
  for (const [flag, value, fault] of cases) await refuses(world, [fault], ...WHO, ...ROOT, flag, value);
  const other = [
    '--certificate-identity',
    identity,
    '--certificate-oidc-issuer',
    'https://other.example.org',
  ];
  await refuses(world, ['issuer failed'], ...other, ...ROOT);
  const right = ['--certificate-github-workflow-ref', 'refs/tags/v1', '--runner', 'self-hosted'];
  assert.equal((await judge(world, ...WHO, ...ROOT, ...right)).exitCode, 0);
});

test('verify, trap: nobody said who must have signed', async () => {
  const world = makeWorld();
  world.sign(world.image);
  const answer = await refuses(world, ['identity unknown', 'issuer unknown'], ...ROOT);
  assert.deepEqual(answer.hints, [
    `Signed by ${identity}. If that is who must sign: --certificate-identity ${identity} --certificate-oidc-issuer ${issuer}`,
  ]);
  await refuses(world, ['issuer unknown'], ...ROOT, '--certificate-identity', identity);
  // Of a name that nothing proves it is not said that it signed.
  const { answer: unproved } = await judge(world);
  assert.match(unproved.hints[0], /^One calls itself https:\/\/git\.example\.org.*which is not proved/);
});

test('verify, trap: the signature of another digest', async () => {
  const world = makeWorld();
  const other = addDebianImage(world.place, `${NAME}:other`, 'arm64');
  world.hang(world.image, trust.sign({ subject: other.descriptor.digest }));
  await refuses(world, ['subject failed'], ...WHO, ...ROOT);
  const claims = await world.verify(...WHO, ...ROOT, '--check-claims=false');
  assert.deepEqual([claims.exitCode, claims.stdout], [1, '']);
  assert.match(claims.stderr, /cli\.option_invalid/);
});

test('verify, trap: checkpoint, payload or promise changed, no time, no log', async () => {
  const changes: readonly (readonly [
    string,
    readonly string[],
    (bundle: ReturnType<typeof trust.sign>) => void,
  ])[] = [
    [
      'checkpoint',
      ['log failed'],
      ({ verificationMaterial: { tlogEntries } }) => {
        const { checkpoint } = tlogEntries[0].inclusionProof;
        checkpoint.envelope = checkpoint.envelope.replace(/^log\.example/, 'lag.example');
      },
    ],
    [
      'no log',
      ['log failed'],
      ({ verificationMaterial }) => {
        verificationMaterial.tlogEntries = [];
      },
    ],
    [
      'no time',
      ['time failed', 'chain unknown', 'certificate-log unknown'],
      ({ verificationMaterial }) => {
        verificationMaterial.timestampVerificationData = {};
      },
    ],
  ];
  for (const [name, faults, change] of changes) {
    const world = makeWorld();
    const bundle = trust.sign({ subject: world.image.descriptor.digest });
    change(bundle);
    world.hang(world.image, bundle);
    const found = await judge(world, ...WHO, ...ROOT);
    assert.deepEqual([found.exitCode, found.faults], [2, faults], name);
  }
  const world = makeWorld();
  const bundle = trust.sign({ subject: world.image.descriptor.digest });
  const other = trust.sign({ subject: world.image.descriptor.digest, predicate: { more: 1 } });
  bundle.dsseEnvelope.payload = other.dsseEnvelope.payload;
  world.hang(world.image, bundle);
  await refuses(world, ['log failed', 'signature failed'], ...WHO, ...ROOT);
});

test('verify, trap: no promise of a certificate log, unless somebody says so, which is recorded', async () => {
  const world = makeWorld();
  world.sign(world.image, { isPromised: false });
  await refuses(world, ['certificate-log failed'], ...WHO, ...ROOT);
  const { exitCode, answer } = await judge(world, ...WHO, ...ROOT, '--insecure-ignore-sct');
  assert.equal(exitCode, 0);
  assert.deepEqual(answer.skipped, [
    {
      code: 'certificate-log',
      flag: '--insecure-ignore-sct',
      sentence: 'No certificate log was asked for: --insecure-ignore-sct was given.',
    },
  ]);
  assert.ok(answer.notProved.includes(answer.skipped[0].sentence));
});

test('verify: an index covers its platforms; a platform covers nothing but itself', async () => {
  const world = makeIndex();
  world.sign(world.amd64);
  const whole = await judge(world, ...WHO, ...ROOT);
  assert.equal(whole.exitCode, 2);
  const { exitCode, stdout } = await world.verify(...WHO, ...ROOT, '--platform', 'linux/amd64');
  assert.equal(exitCode, 0, stdout);
  assert.match(stdout, /● Signed for this platform by /);
  assert.equal((await judge(world, ...WHO, ...ROOT, '--platform', 'linux/arm64')).exitCode, 3);
  assert.match((await world.verify('--platform', 'linux/s390x')).stderr, /has no image for linux\/s390x/);
  world.sign(world.index);
  assert.equal((await judge(world, ...WHO, ...ROOT)).exitCode, 0);
  assert.equal((await judge(world, ...WHO, ...ROOT, '--platform', 'linux/arm64')).exitCode, 0);
});

test('verify, trap: a platform swapped in the index makes another index, which nobody signed', async () => {
  const world = makeIndex();
  world.sign(world.index);
  const evil = addDebianImage(world.place, `${NAME}:evil`, 'riscv64');
  const swapped = JSON.parse(Buffer.from(world.index.bytes).toString());
  swapped.manifests[0] = { ...swapped.manifests[0], ...formatDescriptor(evil.descriptor) };
  const other = addManifest(world.place, swapped);
  // The signature of the index is hung on the other one too.
  world.hang(other, trust.sign({ subject: world.index.descriptor.digest }));
  world.place.tags.set(IMAGE, other.descriptor.digest);
  await refuses(world, ['subject failed'], ...WHO, ...ROOT);
});

for (const isOld of [false, true])
  test(`verify: index, platform, attestation manifest, signature: the chain of a builder (${isOld ? 'older' : 'newer'} form)`, async () => {
    const world = makeIndex({ isOld });
    world.sign(world.attestation);
    const bare = await judge(world, ...WHO, ...ROOT);
    assert.equal(bare.exitCode, 2);
    assert.deepEqual(bare.answer.hints, [
      'What its builder stated is signed, and the image itself is not: --type slsaprovenance1 asks for that',
    ]);
    const { exitCode, stdout } = await world.verify(
      ...WHO,
      ...ROOT,
      '--type',
      'slsaprovenance1',
      '--show-provenance',
    );
    assert.equal(exitCode, 0, stdout);
    const { digest } = world.attestation.descriptor;
    assert.match(
      stdout,
      new RegExp(
        `A statement of type ${PROVENANCE} is signed through the attestation manifest ${digest} by `,
      ),
    );
    assert.match(stdout, /about sha256:[0-9a-f]{64} alone and not about the whole index/);
    assert.match(stdout, / {2}builder {4}https:\/\/builder\.example\.org/);
  });

test('verify, trap: a signed attestation manifest that speaks of another image', async () => {
  const world = makeIndex({ about: (_amd64, arm64) => arm64.descriptor.digest });
  world.sign(world.attestation);
  await refuses(world, ['subject failed'], ...WHO, ...ROOT, '--type', 'slsaprovenance1');
});
