// Promise: whoever signs a repository's images is learned once from what is proved, is expected once an owner confirmed
// it, and anybody else who signs is told and not expected until an owner approves; what cannot be proved teaches nothing.
// How each image was built is compared with the one before it under its tag.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readPlaces } from '../../src/app/config.ts';
import type { Instance } from '../../src/engines/authority/instance.fixture.ts';
import type { BuildChangeList, IdentityList } from '../../src/entry/http/contract-identity.ts';
import type { TagHolds } from '../../src/entry/http/contract-tag.ts';
import { predicateTypes } from '../../src/formats/sigstore/predicate.ts';
import { writeCredential } from '../../src/io/images/credential-store.ts';
import { createSigner, createSigning, type Signing } from '../browser/signed.ts';
import { runCommand } from '../world/command.ts';
import { debianImage } from '../world/image.ts';
import { type Person, personIn } from '../world/person.ts';
import { bootProduct, type ProductWorld, password, temporaryFolder, until } from '../world/product.ts';
import { startReceiver } from '../world/receiver.ts';
import { provenance, workflowOf } from '../world/signer.ts';

const first = debianImage(['one 1.0']);
const second = debianImage(['one 1.1']);
const third = debianImage(['one 1.2']);
const builder = 'https://git.example.org/acme/app/.workflows/release.yml@refs/tags/v1';

let folder: ReturnType<typeof temporaryFolder>;
let instance: Instance;
let world: ProductWorld;
let signing: Signing;
let admin: Person;

before(async () => {
  folder = temporaryFolder();
  instance = await createSigner();
  const roots = join(folder.path, 'roots');
  mkdirSync(roots);
  writeFileSync(join(roots, 'ours.json'), instance.trustedRoot);
  await boot();
});
after(async () => {
  await world[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function boot(): Promise<void> {
  world = await bootProduct({
    folder: folder.path,
    flags: [
      ['--trust-roots', join(folder.path, 'roots')],
      ['--webhooks-private', 'on'],
    ],
  });
  signing = await createSigning(world, instance);
  admin = personIn(world, 'admin', password);
}

const path = (repository: string) => `/api/v1/repositories/${repository}/-/identities`;
const listOf = (repository: string) => world.get<IdentityList>(path(repository));

async function untilListed(
  repository: string,
  isWanted: (list: IdentityList) => boolean,
): Promise<IdentityList> {
  return until(async () => {
    const list = await listOf(repository);
    return isWanted(list) ? list : undefined;
  }, `the signers of ${repository}`);
}

const statesOf = ({ identities }: IdentityList) =>
  identities.map(({ use, state, images }) => [use, state, images]);

test('the first who is proved is proposed, and expected only once an owner confirmed it', async () => {
  await world.push('team/app', 'latest', first);
  await signing.sign('team/app', first);
  const list = await untilListed('team/app', ({ identities }) => identities.length > 0);
  assert.deepEqual(
    [list.outcome, list.mayDecide, statesOf(list)],
    ['proposed', false, [['signature', 'proposed', 1]]],
  );
  const [learned] = list.identities;
  assert.deepEqual(learned?.identity, {
    kind: 'certificate',
    issuer: 'https://git.example.org/oidc',
    identity: 'https://git.example.org/acme/app/.workflows/release.yml@refs/tags/*',
    sourceRepository: 'https://git.example.org/acme/app',
    sourceRef: 'refs/tags/*',
    builder: 'https://git.example.org/acme/app/.workflows/release.yml@refs/tags/*',
    runner: 'self-hosted',
  });
  const at = `${path('team/app')}/${learned?.id}`;
  await personIn(world).call('POST', at, 401, { decision: 'confirm' });
  const early = await admin.call('POST', at, 409, { decision: 'approve', reason: 'no' });
  assert.equal(early.code, 'trust.identity_decided');
  await admin.call('POST', at, 200, { decision: 'confirm' });
  const confirmed = await admin.call<IdentityList>('GET', path('team/app'), 200);
  assert.deepEqual([confirmed.outcome, confirmed.mayDecide], ['confirmed', true]);
  assert.equal(confirmed.identities[0]?.decidedBy, 'admin');
  assert.equal((await admin.call('POST', at, 409, { decision: 'confirm' })).code, 'trust.identity_decided');
});

test('the same signer of another release is the same; another is told, and not expected until approved', async () => {
  await using receiver = await startReceiver();
  const wish = { url: receiver.url, repositories: 'team/*', events: ['signature_unexpected'] };
  await admin.call('POST', '/api/v1/webhooks', 201, wish);
  await world.push('team/app', 'latest', second);
  const same = workflowOf('acme/app');
  const next = JSON.parse(JSON.stringify(same).replaceAll('refs/tags/v1', 'refs/tags/v2')) as typeof same;
  await signing.sign('team/app', second, { identity: next });
  await untilListed('team/app', ({ identities }) => identities[0]?.images === 2);
  await signing.sign('team/app', second, { identity: workflowOf('mallory/app') });
  const list = await untilListed('team/app', ({ outcome }) => outcome === 'unexpected');
  assert.deepEqual(statesOf(list), [
    ['signature', 'confirmed', 2],
    ['signature', 'unexpected', 1],
  ]);
  const [, other] = list.identities;
  assert.match(
    other?.differences.join('\n') ?? '',
    /^The source repository is https:\/\/git\.example\.org\/mallory\/app, and https:\/\/git\.example\.org\/acme\/app is expected\.$/m,
  );
  const [told] = await until(
    async () => (receiver.posted.length > 0 ? receiver.posted : undefined),
    'the post',
  );
  const body = JSON.parse(told?.body ?? '') as Record<string, unknown>;
  assert.deepEqual(
    [body.event, body.repository, body.digest, body.use, body.isConfirmed, body.differences],
    ['signature_unexpected', 'team/app', second.digest, 'signature', true, other?.differences],
  );
  assert.equal(world.rows("SELECT 1 FROM audit WHERE action = 'signature.unexpected'").length, 1);
  const at = `${path('team/app')}/${other?.id}`;
  assert.equal((await admin.call('POST', at, 409, { decision: 'confirm' })).code, 'trust.identity_decided');
  assert.equal(
    (await admin.call('POST', at, 400, { decision: 'approve' })).code,
    'trust.identity_reason_missing',
  );
  await admin.call('POST', at, 200, { decision: 'approve', reason: 'a second builder' });
  assert.equal((await listOf('team/app')).outcome, 'confirmed');
  await admin.call('POST', at, 200, { decision: 'drop', reason: 'a mistake' });
  await world.push('team/app', 'latest', third);
  await signing.sign('team/app', third, { identity: workflowOf('mallory/app') });
  const again = await untilListed('team/app', ({ outcome }) => outcome === 'unexpected');
  assert.deepEqual(statesOf(again)[1], ['signature', 'unexpected', 2]);
  assert.equal(
    (await admin.call('POST', `${path('team/app')}/99`, 404, { decision: 'confirm' })).code,
    'trust.identity_missing',
  );
});

test('what cannot be proved is listed with its reason, and nobody is learned from it', async () => {
  const stranger = await createSigning(world);
  await world.push('team/strange', '1', first);
  await stranger.sign('team/strange', first);
  await signing.sign('team/strange', first, {
    tamper: (bundle) => {
      bundle.dsseEnvelope.signatures[0].sig = 'AAAA';
    },
  });
  const list = await untilListed('team/strange', ({ unproved }) => unproved.length === 2);
  assert.deepEqual([list.outcome, list.identities], ['none', []]);
  assert.match(list.answer, /this server can prove none of them/);
  assert.deepEqual(list.unproved.map(({ outcome }) => outcome).sort(), ['failed', 'unknown']);
  // Signed for another image: a good signature, of something else.
  await world.push('team/strange', '2', second);
  await signing.sign('team/strange', first, { attachTo: second });
  const moved = await untilListed('team/strange', ({ unproved }) => unproved.length === 3);
  assert.deepEqual(moved.identities, []);
});

test('a root that the operator adds proves what nothing proved before', async () => {
  const stranger = await createSigner();
  const other = await createSigning(world, stranger);
  await world.push('team/later', '1', first);
  await other.sign('team/later', first);
  await untilListed('team/later', ({ unproved }) => unproved.length === 1);
  await world[Symbol.asyncDispose]();
  writeFileSync(join(folder.path, 'roots', 'theirs.json'), stranger.trustedRoot);
  await boot();
  const list = await untilListed('team/later', ({ identities }) => identities.length === 1);
  assert.deepEqual([list.outcome, list.unproved], ['proposed', []]);
});

test('a server does not start on a root that it cannot read', async () => {
  const start = (at: string) => bootProduct({ flags: [['--trust-roots', at]] });
  await assert.rejects(start(join(folder.path, 'none')), { code: 'app.file_unreadable' });
  const broken = join(folder.path, 'broken.json');
  writeFileSync(broken, '{}');
  await assert.rejects(start(broken), { code: 'sigstore.root_invalid' });
});

test('how an image was built is compared with the one before it, and a changed builder is told', async () => {
  await using receiver = await startReceiver();
  const wish = { url: receiver.url, repositories: 'team/built', events: ['build_changed'] };
  await admin.call('POST', '/api/v1/webhooks', 201, wish);
  const predicateType = predicateTypes.slsaprovenance1;
  const attest = (image: typeof first, id: string, commit: string) =>
    signing.sign('team/built', image, { predicateType, predicate: provenance(id, commit) });
  const ask = () => world.get<BuildChangeList>('/api/v1/repositories/team/built/-/tags/1-rc/build-changes');
  await world.push('team/built', '1-rc', first);
  await attest(first, builder, 'a'.repeat(40));
  await world.push('team/built', '1-rc', second);
  const [unknown] = (
    await until(async () => {
      const list = await ask();
      return list.moves.length === 1 ? list : undefined;
    }, 'the move')
  ).moves;
  assert.equal(unknown?.outcome, 'unknown');
  await attest(second, builder, 'b'.repeat(40));
  const same = await until(async () => {
    const [move] = (await ask()).moves;
    return move?.outcome === 'same' ? move : undefined;
  }, 'the same');
  assert.equal(same.answer, 'It was built as the one before.');
  assert.ok(same.builds[0]?.changes.every(({ weight }) => weight === 'expected'));
  assert.deepEqual(
    [same.builds[0]?.after?.proof, same.builds[0]?.after?.signer?.state],
    ['proved', 'proposed'],
  );
  await world.push('team/built', '1-rc', third);
  await attest(third, 'https://elsewhere.example.org/builder', 'c'.repeat(40));
  const changed = await until(async () => {
    const [move] = (await ask()).moves;
    return move?.outcome === 'changed' ? move : undefined;
  }, 'the change');
  const sentence = `The builder was ${builder} and is https://elsewhere.example.org/builder.`;
  assert.equal(changed.answer, '1 thing changed in how it was built.');
  assert.equal(changed.builds[0]?.changes[0]?.sentence, sentence);
  const [told] = await until(
    async () => (receiver.posted.length > 0 ? receiver.posted : undefined),
    'the post',
  );
  const body = JSON.parse(told?.body ?? '') as Record<string, unknown>;
  assert.deepEqual(
    [body.event, body.tag, body.from, body.to, body.changes],
    ['build_changed', '1-rc', second.digest, third.digest, [sentence]],
  );
  assert.equal((await ask()).moves.length, 2);
});

test('where tags are held, one that is signed by whom no owner expects waits for the owner’s word on the signer', async () => {
  await using strict = await bootProduct({
    flags: [
      ['--trust-roots', join(folder.path, 'roots')],
      ['--registry-sentinel', 'hold'],
    ],
  });
  const signer = await createSigning(strict, instance);
  const owner = personIn(strict, 'admin', password);
  const ask = () => owner.call<IdentityList>('GET', path('team/app'), 200);
  const untilOutcome = (outcome: string) =>
    until(async () => {
      const list = await ask();
      return list.outcome === outcome ? list : undefined;
    }, outcome);
  const served = async () => {
    const headers = { authorization: `Bearer ${await strict.token('repository:team/app:pull')}` };
    const answer = await strict.send('HEAD', '/v2/team/app/manifests/latest', { headers });
    return answer.headers.get('docker-content-digest');
  };
  await strict.push('team/app', 'latest', first);
  await signer.sign('team/app', first);
  const { identities } = await untilOutcome('proposed');
  await owner.call('POST', `${path('team/app')}/${identities[0]?.id}`, 200, { decision: 'confirm' });
  // A new tag is never held: nothing could be served instead.
  await strict.push('team/app', 'next', second);
  await signer.sign('team/app', second, { identity: workflowOf('mallory/app') });
  const other = (await untilOutcome('unexpected')).identities[1];
  await strict.untilScanned('team/app', 'next');
  await strict.push('team/app', 'latest', second);
  assert.equal(await served(), first.digest);
  const { holds } = await owner.call<TagHolds>('GET', '/api/v1/repositories/team/app/-/held', 200);
  assert.deepEqual(
    holds.map(({ tag, suspicions }) => [tag, suspicions.map(({ rule }) => rule)]),
    [['latest', ['signer_unexpected']]],
  );
  const wish = { decision: 'approve', reason: 'a second builder' };
  await owner.call('POST', `${path('team/app')}/${other?.id}`, 200, wish);
  await until(async () => ((await served()) === second.digest ? true : undefined), 'the release');
});

test('a signature by the instance’s own authority is proved without any root being configured', async () => {
  using home = temporaryFolder();
  await writeCredential(world.host, { username: 'admin', password }, readPlaces({ HOME: home.path }));
  const fetchText = async (at: string) => (await world.send('GET', at)).text();
  const at = (name: string) => join(home.path, name);
  writeFileSync(at('root.json'), await fetchText('/trust/trusted_root.json'));
  writeFileSync(at('config.json'), await fetchText('/trust/signing_config.json'));
  const { token } = await admin.call<{ token: string }>('POST', '/trust/identity-token', 200);
  writeFileSync(at('token'), token);
  await world.push('team/own', '1', first);
  const by = ['--signing-config', at('config.json'), '--trusted-root', at('root.json')];
  const name = `${world.host}/team/own:1`;
  const signed = await runCommand(['sign', name, ...by, '--identity-token', at('token')], {
    home: home.path,
  });
  assert.equal(signed.exitCode, 0, signed.stderr);
  const { identities } = await untilListed('team/own', (list) => list.identities.length > 0);
  assert.deepEqual(
    identities.map(({ use, state, images }) => [use, state, images]),
    [['signature', 'proposed', 1]],
  );
  assert.match(identities[0]?.who ?? '', /, vouched for by http:\/\/127\.0\.0\.1:\d+$/);
});

test('the command shows, confirms, approves a key and drops', async () => {
  using home = temporaryFolder();
  await writeCredential(world.host, { username: 'admin', password }, readPlaces({ HOME: home.path }));
  const run = (...argv: string[]) => runCommand(['identity', ...argv], { home: home.path });
  const name = `${world.host}/team/command`;
  await world.push('team/command', '1', first);
  assert.match((await run('show', name)).stdout, /^Nobody is known to have signed an image here\.\n$/);
  await signing.sign('team/command', first);
  const { identities } = await untilListed('team/command', (list) => list.identities.length > 0);
  const id = String(identities[0]?.id);
  const shown = await run('show', name);
  assert.match(shown.stdout, /^A signer was seen here, and no owner has confirmed it yet\.\n/);
  assert.match(shown.stdout, new RegExp(`^${id} +◌ proposed +signature +1 image `, 'm'));
  assert.match(shown.stdout, new RegExp(`plimsoll identity confirm ${world.host}/team/command ${id}\n$`));
  assert.match(
    (await run('confirm', name, id)).stdout,
    /is expected to sign .+\/team\/command \(signer \d+\)\n$/,
  );
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const file = join(home.path, 'cosign.pub');
  writeFileSync(file, publicKey.export({ type: 'spki', format: 'pem' }));
  const added = await run('approve', name, '--key', file, '--reason', 'the release key');
  assert.match(added.stdout, /^the key [0-9a-f]{64} is expected to sign /);
  assert.match(
    (await run('approve', name, '--key', file, '--reason', 'again')).stderr,
    /is expected already/,
  );
  const dropped = await run('drop', name, id, '--reason', 'only the key from now on', '--format', 'json');
  assert.equal((JSON.parse(dropped.stdout) as { state: string }).state, 'dropped');
  assert.equal(
    (JSON.parse((await run('show', name, '--format', 'json')).stdout) as IdentityList).identities.length,
    2,
  );
  for (const [argv, why] of [
    [['drop', name, id], /--reason says why/],
    [['confirm', name], /takes the number of a signer/],
    [['confirm', name, '--key', file], /--key goes with approve/],
    [['approve', name, '--key', join(home.path, 'none'), '--reason', 'x'], /there is no file/],
    [['show', `${name}@${first.digest}`], /names an image/],
  ] as const) {
    const { exitCode, stderr } = await run(...argv);
    assert.match(stderr, why);
    assert.equal(exitCode, 1);
  }
});
