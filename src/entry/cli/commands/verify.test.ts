// What the command says of signatures, keys, policies and what was taken back; its traps are in verify-traps.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  identity,
  issuer,
  makeKeys,
  pemOf,
  repository,
  type SignOptions,
} from '../../../engines/verify/trust-world.fixture.ts';
import { type Descriptor, formatDescriptor } from '../../../formats/oci/descriptor.ts';
import { mediaTypes } from '../../../formats/oci/media-type.ts';
import { addBlob, addManifest } from '../../../io/images/fixture-image.ts';
import { addDebianImage } from '../world.fixture.ts';
import type { CliWorld } from '../world.ts';
import {
  IMAGE,
  judge,
  makeWorld,
  NAME,
  PROVENANCE,
  ROOT,
  refuses,
  trust,
  WHO,
} from './verify-world.fixture.ts';

test('verify: says who signed, from which source, when, and that nothing binds the tag', async () => {
  const world = makeWorld();
  world.sign(world.image);
  const { exitCode, stdout, stderr } = await world.verify(...WHO, ...ROOT);
  assert.equal(exitCode, 0, stdout + stderr);
  assert.match(
    stdout,
    new RegExp(
      `● Signed by ${identity}, for whom ${issuer} vouched, before 2026-11-21T11:00:00.000Z, from source ${repository} at refs/tags/v1, on self-hosted runners\\.`,
    ),
  );
  assert.match(
    stdout,
    /◌ Not proved: Nothing binds the tag v1 of images\.example\.org\/acme\/app to this digest/,
  );
  assert.match(stdout, /● https:\/\/log\.example\.org has exactly this\. \[log\]/);
  assert.doesNotMatch(stdout, /[Vv]erified/);
  const { answer } = await judge(world, ...WHO, ...ROOT);
  assert.equal(answer.digest, world.image.descriptor.digest);
  assert.equal(answer.demands[0].signatures[0].manifest.slice(0, 7), 'sha256:');
  assert.deepEqual([answer.outcome, answer.hints], ['passed', []]);
});

test('verify: the line of the Score blog needs another name of the command, and nothing else', async () => {
  const world = makeWorld();
  world.sign(world.image);
  const line = [
    '--experimental-oci11',
    '--new-bundle-format',
    '--certificate-oidc-issuer',
    issuer,
    '--certificate-identity-regexp',
    '^https://git.example.org/acme/app/.workflows/release.yml.*$',
    ...ROOT,
  ];
  const { exitCode, stdout } = await world.run('verify', ...line, IMAGE);
  assert.equal(exitCode, 0, stdout);
  const valued = ['--new-bundle-format=true', '--offline=true', '--check-claims=true'];
  assert.equal((await world.run('verify', ...valued, ...line, IMAGE)).exitCode, 0);
  // A flag without a value before the image takes none of it.
  assert.equal((await world.run('verify', ...line, '--offline', IMAGE)).exitCode, 0);
});

test('verify: nothing signed is no error and no yes', async () => {
  const world = makeWorld();
  const { exitCode, stdout } = await world.verify(...WHO, ...ROOT);
  assert.equal(exitCode, 3);
  assert.match(stdout, /^▲ Nothing that hangs on it is signed\.$/m);
  assert.equal((await world.run('verify', `${NAME}:none`, ...WHO, ...ROOT)).exitCode, 3);
});

test('verify: without a log only where somebody says so, which is recorded', async () => {
  for (const flag of ['--insecure-ignore-tlog', '--insecure-ignore-tlog=true', '--private-infrastructure']) {
    const world = makeWorld();
    world.sign(world.image, { isLogged: false });
    await refuses(world, ['log failed'], ...WHO, ...ROOT);
    const { exitCode, answer } = await judge(world, ...WHO, ...ROOT, flag);
    assert.equal(exitCode, 0, flag);
    assert.equal(answer.skipped[0].flag, flag.replace('=true', ''));
    assert.equal((await judge(world, ...WHO, ...ROOT, '--insecure-ignore-tlog=false')).exitCode, 2);
  }
});

test('verify: keys judge what keys signed, and the old format beside the tag', async () => {
  const world = makeWorld();
  const keys = makeKeys();
  world.files.set('ours.pub', pemOf(keys));
  world.files.set('other.pub', pemOf(makeKeys()));
  const { digest } = world.image.descriptor;
  world.hang(world.image, trust.sign({ subject: digest, plainKey: keys }));
  const { exitCode, stdout } = await world.verify('--key', 'ours.pub');
  assert.equal(exitCode, 0, stdout);
  assert.match(stdout, /● Signed with the key ours\.pub\./);
  assert.match(stdout, /Not proved: When it was signed is not proved\./);
  assert.match(stdout, /Not proved: From which source it was built is not proved\./);
  assert.equal((await judge(world, '--key', 'other.pub', '--key', 'ours.pub')).exitCode, 0);
  const wrong = await judge(world, '--key', 'other.pub');
  assert.deepEqual([wrong.exitCode, wrong.faults], [2, ['signature failed']]);
  const keyless = await world.verify(...ROOT);
  assert.match(keyless.stdout, /→ 1 of its signatures are made with a key, which --key FILE judges/);
});

test('verify: the key of a service of keys is asked for by the signer’s own name of it', async () => {
  const keys = makeKeys();
  const publicKey = keys.publicKey.export({ format: 'der', type: 'spki' });
  const asked: string[] = [];
  const signing = {
    async openKey(reference: string, passphrase: () => Promise<string>) {
      asked.push(reference);
      if (reference.endsWith('locked')) await passphrase();
      return { publicKey, sign: async () => assert.fail('nothing is signed') };
    },
  } as Partial<CliWorld['signing']> as CliWorld['signing'];
  const world = makeWorld({ signing });
  const { digest } = world.image.descriptor;
  world.hang(world.image, trust.sign({ subject: digest, plainKey: keys }));
  const { exitCode, stdout } = await world.verify('--key', 'awskms:///alias/ours');
  assert.equal(exitCode, 0, stdout);
  assert.match(stdout, /● Signed with the key awskms:\/\/\/alias\/ours\./);
  const locked = await world.verify('--key', 'somewhere://locked');
  assert.match(locked.stderr, /which wants a passphrase, and no public key/);
  assert.deepEqual(asked, ['awskms:///alias/ours', 'somewhere://locked']);
});

test('verify: cosign’s old signatures beside the image, by tag', async () => {
  const world = makeWorld();
  const { digest } = world.image.descriptor;
  const { mediaType, annotations, bytes } = trust.signOld({ subject: digest });
  const layer: Descriptor = { ...addBlob(world.place, bytes, mediaType), annotations };
  const manifest = addManifest(world.place, {
    mediaType: mediaTypes.ociManifest,
    config: formatDescriptor(addBlob(world.place, Buffer.from('{}'), mediaTypes.ociConfig)),
    layers: [formatDescriptor(layer)],
  });
  world.place.tags.set(`${NAME}:${digest.replace(':', '-')}.sig`, manifest.descriptor.digest);
  const { exitCode, answer } = await judge(world, ...WHO, ...ROOT);
  assert.equal(exitCode, 0);
  const [{ via, form }] = answer.demands[0].signatures;
  assert.deepEqual([via, form], ['tag', 'old']);
});

test('verify: what cannot be read is told, and never taken for nothing', async () => {
  const world = makeWorld();
  world.hang(world.image, 'no bundle');
  const alone = await judge(world, ...WHO, ...ROOT);
  assert.equal(alone.exitCode, 2);
  assert.match(alone.answer.unknowns[0].why, /^it is not an object$/);
  world.sign(world.image);
  const both = await judge(world, ...WHO, ...ROOT);
  assert.deepEqual([both.exitCode, both.answer.unknowns.length], [0, 1]);
});

test('verify: a trust policy says who may sign; the tag unsigned is refused where it must be bound', async () => {
  const world = makeWorld();
  world.sign(world.image);
  const policy = (isBound: boolean): string => `
trust:
  - names: [${NAME}]
    signers:
      - issuer: ${issuer}
        identity: ${identity}
    tag-bound: ${isBound}
`;
  world.files.set('trust.yaml', policy(false));
  assert.equal((await judge(world, ...ROOT, '--policy', 'trust.yaml')).exitCode, 0);
  world.files.set('trust.yaml', policy(true));
  assert.equal((await judge(world, ...ROOT, '--policy', 'trust.yaml')).exitCode, 2);
  const { digest } = world.image.descriptor;
  world.sign(world.image, {
    predicateType: 'https://plimsoll.dev/tag-binding/v1',
    predicate: { name: NAME, tag: 'v1', digest },
  });
  const bound = await judge(world, ...ROOT, '--policy', 'trust.yaml');
  assert.equal(bound.exitCode, 0);
  assert.ok(bound.answer.proved.includes(`${IMAGE} is signed to be this digest.`));
  world.place.tags.set(`${NAME}:v2`, digest);
  assert.equal((await world.run('verify', `${NAME}:v2`, ...ROOT, '--policy', 'trust.yaml')).exitCode, 2);
  world.files.set('trust.yaml', policy(false).replace(NAME, 'images.example.org/other'));
  const silent = await judge(world, ...ROOT, '--policy', 'trust.yaml');
  assert.deepEqual([silent.exitCode, silent.answer.outcome], [2, 'unknown']);
});

test('verify: of the settings the flag alone is its policy, since the setting is for what images hold', async () => {
  for (const [origin, exitCode] of [
    ['--policy', 0],
    ['PLIMSOLL_POLICY', 2],
  ] as const) {
    const world = makeWorld({
      policyFile: 'trust.yaml',
      listConfig: () => [{ key: 'policy', value: 'trust.yaml', origin }],
    });
    world.sign(world.image);
    const signer = `{ issuer: '${issuer}', identity: '${identity}' }`;
    world.files.set('trust.yaml', `trust:\n  - names: ['*']\n    signers: [${signer}]\n`);
    assert.equal((await judge(world, ...ROOT)).exitCode, exitCode);
  }
});

test('verify: keys of a trust policy lie beside it', async () => {
  const world = makeWorld();
  const keys = makeKeys();
  world.files.set('policies/ours.pub', pemOf(keys));
  world.files.set('policies/trust.yaml', `trust:\n  - names: ['*']\n    signers:\n      - key: ours.pub\n`);
  world.hang(world.image, trust.sign({ subject: world.image.descriptor.digest, plainKey: keys }));
  assert.equal((await judge(world, '--policy', 'policies/trust.yaml')).exitCode, 0);
});

test('verify: what was taken back is refused; who may not take it back is told', async () => {
  const world = makeWorld();
  const { digest } = world.image.descriptor;
  world.sign(world.image);
  const address = 'https://images.example.org';
  const instance = { uris: [address], claims: { 8: address } };
  const say = (at: string, options: SignOptions, predicate: object = {}): unknown =>
    world.sign(world.image, {
      predicateType: 'https://plimsoll.dev/revocation/v1',
      predicate: {
        action: 'revoke',
        kind: 'digest',
        value: digest,
        why: 'it holds a miner',
        at,
        ...predicate,
      },
      ...options,
    });
  say('2026-11-01T00:00:00Z', { uris: ['https://git.example.org/somebody'], claims: { 8: issuer } });
  say('2026-11-01T00:00:00Z', instance, { repository: 'images.example.org/other' });
  const told = await judge(world, ...WHO, ...ROOT);
  assert.equal(told.exitCode, 0);
  const whys = told.answer.unknowns.map(({ why }: { why: string }) => why);
  assert.match(whys[0], /takes back the digest \(it holds a miner\), and does not count/);
  assert.equal(whys.length, 1);
  say('2026-11-02T00:00:00Z', instance);
  const taken = await judge(world, ...WHO, ...ROOT);
  assert.equal(taken.exitCode, 2);
  assert.ok(
    taken.answer.notProved.some((text: string) =>
      text.includes('was taken back by https://images.example.org on 2026-11-02: it holds a miner'),
    ),
  );
  // Whoever stole the signer's identity does not undo what the instance said of it; the instance does.
  say('2026-11-03T00:00:00Z', {}, { action: 'reinstate' });
  assert.equal((await judge(world, ...WHO, ...ROOT)).exitCode, 2);
  say('2026-11-03T00:00:00Z', instance, { action: 'reinstate' });
  assert.equal((await judge(world, ...WHO, ...ROOT)).exitCode, 0);
  say('2026-11-04T00:00:00Z', {});
  assert.equal((await judge(world, ...WHO, ...ROOT)).exitCode, 2);
});

test('verify: what the instance took back in words that nobody understands is unknown, and not passed', async () => {
  const world = makeWorld();
  world.sign(world.image);
  const address = 'https://images.example.org';
  world.sign(world.image, {
    uris: [address],
    claims: { 8: address },
    predicateType: 'https://plimsoll.dev/revocation/v1',
    predicate: { action: 'revoke', kind: 'everything', value: 'x', why: 'why', at: '2026-11-01T00:00:00Z' },
  });
  const { exitCode, answer } = await judge(world, ...WHO, ...ROOT);
  assert.deepEqual([exitCode, answer.outcome], [2, 'unknown']);
  assert.match(answer.unknowns[0].why, /takes something back, and does not say what/);
});

test('verify: a key or an identity that was taken back, and what it signed before', async () => {
  const address = 'https://images.example.org';
  const cases = [
    [{ kind: 'identity', value: identity }, 2],
    [{ kind: 'identity', value: identity, from: '2026-11-21T10:00:00Z' }, 2],
    [{ kind: 'identity', value: identity, from: '2026-11-21T11:30:00Z' }, 0],
    [{ kind: 'identity', value: 'https://git.example.org/other' }, 0],
    [{ kind: 'key', value: 'a'.repeat(64) }, 0],
    [{ kind: 'certificate', value: '0a' }, 0],
    // Nobody understands it, so whether the image was taken back is unknown.
    [{ kind: 'key', value: 'no thumbprint' }, 2],
  ] as const;
  for (const [predicate, exitCode] of cases) {
    const world = makeWorld();
    world.sign(world.image);
    world.sign(world.image, {
      uris: [address],
      claims: { 8: address },
      predicateType: 'https://plimsoll.dev/revocation/v1',
      predicate: { action: 'revoke', why: 'it was lost', at: '2026-11-21T11:40:00Z', ...predicate },
    });
    assert.equal((await judge(world, ...WHO, ...ROOT)).exitCode, exitCode, JSON.stringify(predicate));
  }
});

test('verify: what changed in how it was built, over statements that are proved', async () => {
  const world = makeWorld();
  const old = addDebianImage(world.place, `${NAME}:v0`, 'arm64');
  const build = (builder: string): SignOptions => ({
    predicateType: PROVENANCE,
    predicate: {
      buildDefinition: { buildType: 'https://example.org/build', externalParameters: {} },
      runDetails: { builder: { id: builder } },
    },
  });
  world.sign(world.image, build('https://new.example.org'));
  world.sign(old, build('https://old.example.org'));
  const argv = [...WHO, ...ROOT, '--type', 'slsaprovenance1', '--previous', `${NAME}:v0`];
  const { exitCode, stdout } = await world.verify(...argv);
  assert.equal(exitCode, 0, stdout);
  assert.match(
    stdout,
    /▲ The builder was https:\/\/old\.example\.org and is https:\/\/new\.example\.org\. \(notable\)/,
  );
  const unproved = makeWorld();
  unproved.sign(unproved.image, { ...build('https://new.example.org'), isPromised: false });
  const { answer } = await judge(unproved, ...WHO, ...ROOT, '--show-provenance');
  assert.deepEqual(answer.provenance, []);
});

test('verify: a certificate of an authority that nobody here knows is told with the line to run', async () => {
  const world = makeWorld();
  world.sign(world.image);
  const { answer, exitCode } = await judge(world, ...WHO);
  assert.equal(exitCode, 2);
  assert.deepEqual(answer.trustedRoots, ['sigstore, as it came with Plimsoll, never refreshed']);
  assert.match(answer.hints[0], /plimsoll trust add images\.example\.org https:\/\/images\.example\.org/);
});

test('verify: one of the roots that are known may be named, and a policy may name it for a signer', async () => {
  const world = makeWorld();
  world.sign(world.image);
  const { answer } = await judge(world, ...WHO, '--root', 'sigstore');
  assert.deepEqual(answer.trustedRoots, ['sigstore, as it came with Plimsoll, never refreshed']);
  const unknown = await world.verify(...WHO, '--root', 'nobody');
  assert.match(unknown.stderr, /no trusted root is kept as "nobody"/);
  const both = await world.verify(...WHO, ...ROOT, '--root', 'sigstore');
  assert.match(both.stderr, /leave out --root/);
  for (const [root, exitCode] of [
    ['root.json', 0],
    ['sigstore', 2],
  ] as const) {
    const signer = `{ issuer: '${issuer}', identity: '${identity}', root: ${root} }`;
    world.files.set('trust.yaml', `trust:\n  - names: ['*']\n    signers: [${signer}]\n`);
    assert.equal((await world.verify(...ROOT, '--policy', 'trust.yaml')).exitCode, exitCode, root);
  }
});

test('verify: what does not go together is one sentence', async () => {
  const world = makeWorld();
  world.files.set('ours.pub', pemOf(makeKeys()));
  world.files.set('trust.yaml', `trust:\n  - names: ['*']\n    signers:\n      - key: ours.pub\n`);
  world.files.set('bad.yaml', 'trust:\n  - naems: [a]\n    signers: [{ issuer: x }]\n');
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[...WHO, '--key', 'ours.pub'], /a key has no name/],
    [[...WHO, '--policy', 'trust.yaml'], /a trust policy says who may sign/],
    [[...WHO, '--certificate-identity-regexp', 'x'], /--certificate-identity is said twice/],
    [['--certificate-identity', ''], /--certificate-identity is empty/],
    [['--certificate-identity-regexp', '(?=x)'], /verify\.pattern_invalid/],
    [['--notation', ...WHO], /judged by notation’s policy alone/],
    [['--notation-config', 'x'], /--notation-config goes with --notation/],
    [['--offline', 'another:image'], /one image is verified at a time/],
    [['--policy', 'bad.yaml'], /bad\.yaml:2:.*\n {2}bad\.yaml:3:/],
    [['--output', 'yaml'], /--format is text, json/],
  ];
  for (const [argv, message] of cases) {
    const { exitCode, stderr } = await world.verify(...argv);
    assert.deepEqual([exitCode, message.test(stderr)], [1, true], stderr);
  }
  assert.match((await world.run('verify')).stderr, /name the image to verify/);
});
