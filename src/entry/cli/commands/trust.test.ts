import assert from 'node:assert/strict';
import { createPublicKey, hash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createInstance } from '../../../engines/authority/instance.fixture.ts';
import { createTufPublisher } from '../../../engines/tuf/publisher.ts';
import { createRepository, type Repository, TRUSTED_ROOT } from '../../../engines/tuf/repository.fixture.ts';
import { readNewestRoot } from '../../../engines/tuf/root-shelf.ts';
import { createRoleKey } from '../../../formats/tuf/role-key.ts';
import { createMemoryKey } from '../../../io/keys/memory.ts';
import type { SigningKey } from '../../../io/keys/signing-key.ts';
import { openTestHttp } from '../../../io/net/http.fixture.ts';
import { fetchFirstRoot, findRepository } from '../../../io/tuf/find-repository.ts';
import { createMemoryTufStore } from '../../../io/tuf/memory.ts';
import { createTrustedRoots } from '../../../io/tuf/trusted-roots.ts';
import type { TrustWorld } from '../trust-world.ts';
import { isStale, readTrustedRoots } from '../trusted-roots.ts';
import { createFakeWorld, type FakeWorldOptions } from '../world.fixture.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-trust-cli-'));
const http = openTestHttp();
after(async () => {
  await http[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

interface TrustCase {
  readonly repository: Repository;
  readonly keys?: Readonly<Record<string, SigningKey>>;
  readonly options?: FakeWorldOptions;
  readonly clock?: { now(): number };
}

let made = 0;
/** A world with the repository as this machine's own, a fresh folder of trusted roots, and keys by name. */
function createTrustCase({ repository, keys = {}, options = {}, clock = repository.clock }: TrustCase) {
  made += 1;
  const place = join(folder, String(made));
  const asked: string[] = [];
  const trust: TrustWorld = {
    openRoots: async () => createTrustedRoots({ folder: place, http: async () => http, clock }),
    openRepository: async () => ({ store: repository.store, place: '/srv/plimsoll/trust/tuf' }),
    findRepository: (address) => findRepository({ http }, address),
    fetchFirstRoot: (url) => fetchFirstRoot({ http }, url),
    async openKey(reference, passphrase) {
      asked.push(await passphrase());
      return keys[reference] ?? assert.fail(`no key ${reference}`);
    },
    openRootKey: async (_, reference) => keys[reference] ?? assert.fail(`no key ${reference}`),
    createRootKey: async () => assert.fail('no root of an authority is made here'),
  };
  return { ...createFakeWorld({ ...options, world: { trust, clock, ...options.world } }), asked };
}

async function serve({ publisher }: Repository) {
  const server = createServer(async (request, response) => {
    const bytes = await publisher.read((request.url ?? '').replace('/trust/tuf/', ''));
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

const pemOf = ({ publicKey }: SigningKey): string =>
  createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' }).export({
    format: 'pem',
    type: 'spki',
  }) as string;
const shortId = ({ publicKey }: SigningKey): string => createRoleKey(publicKey).keyID.slice(0, 12);
const fileOf = async (repository: Repository, name: string): Promise<Uint8Array> =>
  (await repository.store.read(name)) ?? assert.fail(`no ${name}`);

test('trust root: proposed on the server, signed by two far from it, applied; too few change nothing', async () => {
  const repository = await createRepository({ holders: 3, threshold: 2 });
  const [alice, bob, carol] = repository.rootKeys as [SigningKey, SigningKey, SigningKey];
  const dora = await createMemoryKey('ecdsa-p256-sha256');
  const world = createTrustCase({
    repository,
    keys: { 'alice.key': alice, 'bob.key': bob, 'dora.key': dora },
    options: { answers: ['yes', 'open sesame'], stdin: 'from a pipe\n' },
  });
  world.files.set('dora.pub', pemOf(dora));
  const proposed = await world.run(
    ...['trust', 'root', 'propose', 'next.json', '--add-key', 'Dora=dora.pub'],
    ...['--remove-key', shortId(carol), '--expires', '90d'],
  );
  assert.equal(proposed.exitCode, 0, proposed.stderr);
  assert.match(proposed.stdout, /\(Dora\) becomes a root key\.\n.*\(Holder 3\) is no root key any more\./);
  assert.match(proposed.stderr, /the current root asks for 2 of its keys, and none signed/);
  assert.equal((await readNewestRoot(repository.store))?.signed.version, 1);

  const first = await world.run('trust', 'root', 'sign', 'next.json', '--key', 'alice.key');
  assert.equal(first.exitCode, 0, first.stderr);
  assert.match(first.stderr, /^Root 2 takes the place of root 1/);
  const sha256 = hash('sha256', await fileOf(repository, '1.root.json'), 'hex');
  assert.ok(first.stderr.includes(`It is made of root 1, sha256:${sha256}.`));
  assert.match(first.stdout, /^next\.json is signed by [0-9a-f]{12} \(Holder 1\)\n$/);
  assert.deepEqual(world.questions, ['Type "yes" to sign this:', 'Passphrase of alice.key:(secret)']);

  const early = await world.run('trust', 'root', 'apply', 'next.json');
  assert.equal(early.exitCode, 1);
  assert.match(early.stderr, /trustroot\.signatures_missing/);
  assert.equal((await world.run('trust', 'root', 'show', 'next.json')).exitCode, 2);

  const second = await world.run(
    ...['trust', 'root', 'sign', 'next.json', '--key', 'bob.key', '--yes', '--passphrase-stdin'],
  );
  assert.match(
    second.stderr,
    /It has all signatures\. On the server:\n {2}plimsoll trust root apply next\.json/,
  );
  assert.deepEqual(world.asked, ['open sesame', 'from a pipe']);
  assert.equal((await world.run('trust', 'root', 'show', 'next.json')).exitCode, 0);
  const applied = await world.run('trust', 'root', 'apply', 'next.json');
  assert.match(applied.stdout, /^root 2 holds, in \/srv\/plimsoll\/trust\/tuf; clients follow it/);
  const again = await world.run('trust', 'root', 'apply', 'next.json');
  assert.match(again.stderr, /trustroot\.version_wrong/);

  const shown = await world.run('trust', 'root', 'show', '--format', 'json');
  const json = JSON.parse(shown.stdout) as {
    version: number;
    threshold: number;
    keys: { holder?: string }[];
  };
  assert.deepEqual(
    [json.version, json.threshold, json.keys.map(({ holder }) => holder)],
    [2, 2, ['Holder 1', 'Holder 2', 'Dora']],
  );
  assert.match((await world.run('trust', 'root', 'show')).stdout, /2 of 3 must sign: .*\(Dora\)/);
});

test('trust root: the first one too can be made by holders who are elsewhere', async () => {
  const { online, parts } = await createRepository();
  const store = createMemoryTufStore();
  const repository = { ...(await createRepository()), store };
  const [ada, bob] = await Promise.all([createMemoryKey('ed25519'), createMemoryKey('ecdsa-p256-sha256')]);
  const world = createTrustCase({ repository, keys: { 'ada.key': ada, 'bob.key': bob } });
  for (const [name, key] of Object.entries({ 'ada.pub': ada, 'bob.pub': bob }))
    world.files.set(name, pemOf(key));
  const onlineKeys = [...online].flatMap(([role, keys]) => {
    world.files.set(`${role}.pub`, pemOf(keys[0] as SigningKey));
    return `${role}=${role}.pub`;
  });
  const line = ['trust', 'root', 'propose', 'first.json', '--add-key', 'Ada=ada.pub', 'Bob=bob.pub'];
  assert.match((await world.run(...line)).stderr, /nobody could sign targets: it has no key/);
  const proposed = await world.run(...line, '--threshold', '2', '--online-key', ...onlineKeys);
  assert.match(proposed.stdout, /^This is the first root \(version 1\)/);
  for (const key of ['ada.key', 'bob.key'])
    await world.run('trust', 'root', 'sign', 'first.json', '--key', key, '--yes', '--passphrase-stdin');
  assert.match((await world.run('trust', 'root', 'apply', 'first.json')).stdout, /^root 1 is accepted/);
  const { written } = await createTufPublisher({ ...parts, store }).publish();
  assert.equal(written.at(-1), '1.root.json');
  assert.match((await world.run('trust', 'root', 'show')).stdout, /2 of 2 must sign: .*\(Ada\), .*\(Bob\)/);
});

test('trust root: one that ends soon is said, and one that has ended', async () => {
  const repository = await createRepository();
  const world = createTrustCase({ repository });
  for (const [days, said] of [
    [300, ''],
    [340, 'It ends in 24 days. Renew it:\n  plimsoll trust root propose next-root.json\n'],
    [
      366,
      'It has ended: clients refuse to refresh. Renew it:\n  plimsoll trust root propose next-root.json\n',
    ],
  ] as const) {
    repository.clock.offsetMs = days * DAY_MS;
    assert.equal((await world.run('trust', 'root', 'show')).stderr, said);
  }
});

test('trust root: an online key is exchanged when the server has the new one', async () => {
  const repository = await createRepository();
  const fresh = await createMemoryKey('ed25519');
  const world = createTrustCase({ repository, keys: { key: repository.rootKeys[0] as SigningKey } });
  world.files.set('new.pub', pemOf(fresh));
  const line = ['trust', 'root', 'propose', 'next.json', '--online-key', 'timestamp=new.pub'];
  assert.equal((await world.run(...line)).exitCode, 0);
  await world.run('trust', 'root', 'sign', 'next.json', '--key', 'key', '--yes', '--passphrase-stdin');
  assert.match((await world.run('trust', 'root', 'apply', 'next.json')).stdout, /^root 2 is accepted/);
  assert.match((await world.run('trust', 'root', 'show')).stdout, /◌ root 2 waits/);
  repository.online.get('timestamp')?.push(fresh);
  await repository.publisher.publish();
  assert.match((await world.run('trust', 'root', 'show')).stdout, /^root 2 holds until/);
});

test('trust root: who does not say yes, holds no such key or names nothing signs nothing', async () => {
  const repository = await createRepository();
  const stranger = await createMemoryKey('ed25519');
  const world = createTrustCase({ repository, keys: { key: stranger }, options: { answers: ['no'] } });
  await world.run('trust', 'root', 'propose', 'next.json');
  const before = world.files.get('next.json');
  const fails = async (code: string, ...line: readonly string[]): Promise<void> => {
    const ended = await world.run('trust', 'root', ...line);
    assert.notEqual(ended.exitCode, 0, line.join(' '));
    assert.ok(ended.stderr.includes(code), ended.stderr);
    assert.equal(world.files.get('next.json'), before);
  };
  await fails('cli.nothing_to_ask', 'sign', 'next.json', '--key', 'key');
  await fails('trustroot.key_not_asked', 'sign', 'next.json', '--key', 'key', '--yes', '--passphrase-stdin');
  await fails('cli.nothing_to_ask', 'sign', 'next.json', '--key', 'key', '--yes');
  await fails('cli.usage', 'sign', 'next.json');
  await fails('cli.usage', 'apply');
  await fails('cli.option_invalid', 'sing', 'next.json');
  world.files.set('pub', pemOf(stranger));
  await fails('cli.option_invalid', 'propose', 'next.json', '--online-key', 'timestamp');
  await fails('cli.option_invalid', 'propose', 'next.json', '--online-key', 'root=pub');
  await fails('cli.option_invalid', 'propose', 'next.json', '--threshold', 'two');
  await fails('trustroot.proposal_impossible', 'propose', 'next.json', '--threshold', '2');
});

test('trust root, ceremony: without a repository it is said how to make one', async () => {
  const repository = { ...(await createRepository()), store: createMemoryTufStore() };
  const world = createTrustCase({ repository });
  for (const line of [['ceremony'], ['root', 'show'], ['root', 'propose', 'next.json']]) {
    const ended = await world.run('trust', ...line);
    assert.deepEqual([ended.exitCode, ended.stdout], [3, '']);
    assert.match(ended.stderr, /\/srv\/plimsoll\/trust\/tuf holds no root/);
  }
});

test('trust ceremony: the page has the true keys and checksums', async () => {
  const repository = await createRepository({ holders: 3, threshold: 2 });
  const { stdout } = await createTrustCase({ repository }).run('trust', 'ceremony');
  for (const key of repository.rootKeys) assert.ok(stdout.includes(createRoleKey(key.publicKey).keyID));
  assert.ok(stdout.includes(`sha256:${hash('sha256', await fileOf(repository, '1.root.json'), 'hex')}`));
});

test('trust add: by checksum, by file, or by a person who is told what nothing proves', async () => {
  const repository = await createRepository();
  await using served = await serve(repository);
  const checksum = `sha256:${hash('sha256', await fileOf(repository, '1.root.json'), 'hex')}`;
  const byChecksum = createTrustCase({ repository });
  const added = await byChecksum.run('trust', 'add', 'acme', served.url, '--root-checksum', checksum);
  assert.equal(added.exitCode, 0, added.stderr);
  assert.match(
    added.stdout,
    /^acme: signatures that http:.*\/trust\/tuf vouches for are believed; root 1, fresh until/,
  );
  assert.deepEqual(byChecksum.questions, []);

  assert.match((await byChecksum.run('trust', 'add', 'acme', served.url)).stderr, /trustfiles\.name_taken/);
  const wrong = await byChecksum.run(
    'trust',
    'add',
    'other',
    served.url,
    '--root-checksum',
    `sha256:${'0'.repeat(64)}`,
  );
  assert.match(wrong.stderr, /trustfiles\.checksum_differs/);
  const odd = await byChecksum.run('trust', 'add', 'other', served.url, '--root-checksum', 'abc');
  assert.match(odd.stderr, /cli\.option_invalid/);

  const byFile = createTrustCase({ repository });
  byFile.files.set('root.json', Buffer.from(await fileOf(repository, '1.root.json')).toString());
  assert.equal((await byFile.run('trust', 'add', 'acme', served.url, '--root', 'root.json')).exitCode, 0);

  const asked = createTrustCase({ repository, options: { answers: ['no', 'yes'] } });
  const declined = await asked.run('trust', 'add', 'acme', served.url);
  assert.equal(declined.exitCode, 1);
  assert.match(declined.stderr, /Nothing but the connection says that it is the right one/);
  assert.ok(declined.stderr.includes(checksum));
  assert.deepEqual((await readTrustedRootNames(asked)).includes('acme'), false);
  assert.equal((await asked.run('trust', 'add', 'acme', served.url)).exitCode, 0);
  assert.match(
    (await createTrustCase({ repository }).run('trust', 'add', 'acme', served.url)).stderr,
    /nothing_to_ask/,
  );
  for (const line of [['add'], ['add', 'acme'], ['remove']])
    assert.match((await asked.run('trust', ...line)).stderr, /cli\.usage/);
});

async function readTrustedRootNames({ run }: ReturnType<typeof createTrustCase>): Promise<readonly string[]> {
  const { stdout } = await run('trust', 'list', '--format', 'json');
  return (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name);
}

test('trust list, refresh, remove: what is stale is said, and one that fails keeps the others from nothing', async () => {
  const repository = await createRepository();
  const { trustedRoot } = await createInstance();
  repository.targets.set(TRUSTED_ROOT, trustedRoot);
  await repository.publisher.publish();
  const clock = { offsetMs: 0, now: () => Date.now() + clock.offsetMs };
  const world = createTrustCase({ repository, clock });
  await world.run('trust', 'remove', 'sigstore');
  assert.match((await world.run('trust', 'list')).stdout, /Nobody’s signatures are believed here/);
  {
    await using served = await serve(repository);
    await world.run('trust', 'add', 'acme', served.url, '--yes');
    const [root] = await readTrustedRoots(world.world);
    assert.deepEqual([root?.name, root && isStale(root.freshness)], ['acme', false]);
    assert.equal(root?.root.logs.length, 1);
    assert.match(
      (await world.run('trust', 'list')).stdout,
      /^● {2}acme {2}root 1 {2}fresh until \d{4}-\d\d-\d\d {2}http/,
    );
    assert.equal((await world.run('trust', 'refresh')).exitCode, 0);
    assert.equal((await world.run('trust', 'refresh', 'acme')).exitCode, 0);
  }
  clock.offsetMs = 8 * DAY_MS;
  assert.match(
    (await world.run('trust', 'list')).stdout,
    /^▲ {2}acme {2}root 1 {2}stale since \d{4}-\d\d-\d\d {2}http/,
  );
  const [stale] = await readTrustedRoots(world.world, { names: ['acme'] });
  assert.equal(stale?.freshness.kind, 'stale');
  const failed = await world.run('trust', 'refresh');
  assert.equal(failed.exitCode, 1);
  assert.match(failed.stderr, /^acme: .*\(net\.unreachable\)/);
  assert.match(failed.stdout, /▲ {2}acme/);
  await assert.rejects(readTrustedRoots(world.world, { names: ['acme', 'nobody'] }), {
    code: 'cli.trusted_root_unknown',
  });

  assert.match((await world.run('trust', 'add', 'sigstore')).stdout, /^sigstore is believed again/);
  const sigstore = (await readTrustedRoots(world.world)).find(({ name }) => name === 'sigstore');
  assert.deepEqual([sigstore?.freshness.kind, sigstore && isStale(sigstore.freshness)], ['unknown', true]);
  assert.equal((await world.run('trust', 'remove', 'acme')).exitCode, 0);
  assert.equal((await world.run('trust', 'remove', 'acme')).exitCode, 3);
  assert.deepEqual(await readTrustedRootNames(world), ['sigstore']);
});
