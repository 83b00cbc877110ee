import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRoleFile } from '../../formats/tuf/role-file.ts';
import { createMemoryKey } from '../../io/keys/memory.ts';
import { createMemoryTufStore } from '../../io/tuf/memory.ts';
import { proposeRoot } from './propose-root.ts';
import { createTufPublisher } from './publisher.ts';
import { createOtherClient, createRepository, type Repository, TRUSTED_ROOT } from './repository.fixture.ts';
import { acceptRoot, readNewestRoot } from './root-shelf.ts';
import { signProposal } from './sign-role.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** The next root with another key for the role, signed by the only holder. */
async function rotated({ store, rootKeys, clock }: Repository, publicKey: Uint8Array) {
  const proposal = proposeRoot(
    await readNewestRoot(store),
    { onlineKeys: { timestamp: [publicKey] } },
    clock.now(),
  );
  return signProposal(proposal, rootKeys[0] as never);
}

for (const algorithm of ['ed25519', 'ecdsa-p256-sha256'] as const)
  test(`tuf repository: tuf-js reads it and what changes in it, ${algorithm}`, async () => {
    const repository = await createRepository({ algorithm, holders: 3, threshold: 2 });
    using client = await createOtherClient(repository);
    assert.equal(await client.fetch(TRUSTED_ROOT), '{"first":true}');
    repository.targets.set(TRUSTED_ROOT, Buffer.from('{"second":true}'));
    repository.targets.set('signing_config.v0.2.json', Buffer.from('{}'));
    assert.equal(await client.fetch(TRUSTED_ROOT), '{"first":true}');
    const { written } = await repository.publisher.publish();
    assert.deepEqual(
      written.map((name) => name.replace(/[0-9a-f]{64}/, 'HASH')),
      [
        'targets/HASH.trusted_root.json',
        'targets/HASH.signing_config.v0.2.json',
        '2.targets.json',
        '2.snapshot.json',
        'timestamp.json',
      ],
    );
    assert.equal(await client.fetch(TRUSTED_ROOT), '{"second":true}');
    assert.equal(await client.fetch('signing_config.v0.2.json'), '{}');
  });

test('tuf repository: nothing is written where nothing changed, and what would expire is renewed in time', async () => {
  const { publisher, clock } = await createRepository();
  const after = async (days: number): Promise<readonly string[]> => {
    clock.offsetMs = days * DAY_MS;
    return (await publisher.publish()).written;
  };
  assert.deepEqual(await after(0), []);
  assert.deepEqual(await after(0.9), []);
  assert.deepEqual(await after(1.1), ['timestamp.json']);
  assert.deepEqual(await after(1.2), []);
  assert.deepEqual(await after(16), ['2.snapshot.json', 'timestamp.json']);
  assert.deepEqual(await after(91), ['2.targets.json', '3.snapshot.json', 'timestamp.json']);
});

test('tuf repository: an online key is exchanged while every client goes on', async () => {
  const repository = await createRepository();
  const { store, publisher, online, clock, rootKeys } = repository;
  using early = await createOtherClient(repository);
  using late = await createOtherClient(repository);
  await early.fetch(TRUSTED_ROOT);
  const key = await createMemoryKey('ecdsa-p256-sha256');
  assert.equal(await acceptRoot(store, await rotated(repository, key.publicKey), clock.now()), 'waiting');

  const without = await publisher.publish();
  assert.deepEqual(without.written, []);
  assert.match(
    without.waiting ?? '',
    /^root 2 has timestamp signed by [0-9a-f]{12}, and no such key is at hand$/,
  );
  assert.equal(await early.fetch(TRUSTED_ROOT), '{"first":true}');

  const [old] = online.get('timestamp') ?? [];
  online.set('timestamp', [old as never, key]);
  const { written, rootExpiresAt } = await publisher.publish();
  assert.deepEqual(written, ['timestamp.json', '2.root.json']);
  assert.equal(Math.round((rootExpiresAt - clock.now()) / DAY_MS), 365);
  const timestamp = parseRoleFile('timestamp', (await store.read('timestamp.json')) as Uint8Array);
  assert.equal(Object.keys(timestamp.signatures).length, 2, 'the old root and the new one both believe it');
  online.set('timestamp', [key]);
  clock.offsetMs = 2 * DAY_MS;
  assert.deepEqual((await publisher.publish()).written, ['timestamp.json']);
  for (const client of [early, late]) {
    assert.equal(await client.fetch(TRUSTED_ROOT), '{"first":true}');
    assert.equal(client.rootVersion(), 2);
  }
  assert.equal((await readNewestRoot(store))?.signed.version, 2);
  assert.equal(rootKeys.length, 1);
});

test('tuf repository: a publication that broke off anywhere is finished by the next, and no client is misled', async () => {
  for (let writes = 0; ; writes += 1) {
    const inner = createMemoryTufStore();
    const repository = await createRepository({ store: inner });
    using client = await createOtherClient(repository);
    await client.fetch(TRUSTED_ROOT);
    const key = await createMemoryKey('ed25519');
    await acceptRoot(inner, await rotated(repository, key.publicKey), repository.clock.now());
    repository.online.get('timestamp')?.push(key);
    repository.targets.set(TRUSTED_ROOT, Buffer.from('{"second":true}'));

    let left = writes;
    const failing = <A extends readonly unknown[], R>(work: (...args: A) => Promise<R>) => {
      return async (...args: A): Promise<R> => {
        left -= 1;
        if (left < 0) throw new Error('the power went');
        return work(...args);
      };
    };
    const broken = createTufPublisher({
      ...repository.parts,
      store: {
        ...inner,
        write: failing(inner.write),
        create: failing(inner.create),
        remove: failing(inner.remove),
      },
    });
    const isWhole = await broken.publish().then(
      () => true,
      () => false,
    );
    assert.match(await client.fetch(TRUSTED_ROOT), /first|second/);
    await repository.publisher.publish();
    assert.equal(await client.fetch(TRUSTED_ROOT), '{"second":true}');
    assert.equal(client.rootVersion(), 2);
    assert.ok(!(await inner.list()).includes('next-root.json'));
    if (isWhole) {
      assert.ok(writes >= 5, `${writes} writes`);
      return;
    }
  }
});

test('tuf repository: after a restore from an old backup, new online keys bring every client back', async () => {
  const repository = await createRepository();
  const { store, publisher, targets, online, clock, rootKeys } = repository;
  using client = await createOtherClient(repository);
  const backup = await Promise.all(
    (await store.list()).map(async (name) => [name, (await store.read(name)) as Uint8Array] as const),
  );
  targets.set(TRUSTED_ROOT, Buffer.from('{"second":true}'));
  await publisher.publish();
  clock.offsetMs = 2 * DAY_MS;
  await publisher.publish();
  await client.fetch(TRUSTED_ROOT);
  clock.offsetMs = 0;

  for (const name of await store.list()) await store.remove(name);
  for (const [name, bytes] of backup) await store.write(name, bytes);
  targets.set(TRUSTED_ROOT, Buffer.from('{"third":true}'));
  await publisher.publish();
  await assert.rejects(client.fetch(TRUSTED_ROOT), /version 2 is less than current version 3/);

  const roles = ['timestamp', 'snapshot'] as const;
  const keys = await Promise.all(roles.map(() => createMemoryKey('ed25519')));
  for (const [at, role] of roles.entries()) online.get(role)?.push(keys[at] as never);
  const onlineKeys = Object.fromEntries(roles.map((role, at) => [role, [keys[at]?.publicKey as Uint8Array]]));
  const proposal = proposeRoot(await readNewestRoot(store), { onlineKeys }, clock.now());
  await acceptRoot(store, await signProposal(proposal, rootKeys[0] as never), clock.now());
  await publisher.publish();
  assert.equal(await client.fetch(TRUSTED_ROOT), '{"third":true}');
});

test('tuf repository: only what is published is read from it', async () => {
  const repository = await createRepository();
  const { store, publisher } = repository;
  await store.write('next-root.json', Buffer.from('{}'));
  assert.deepEqual(await publisher.read('root.json'), await store.read('1.root.json'));
  assert.ok(await publisher.read('1.snapshot.json'));
  for (const path of ['next-root.json', '2.root.json', '../x', 'targets/x', '', 'x'.repeat(5_000), 'targets'])
    assert.equal(await publisher.read(path), undefined, path);
});

test('tuf repository: without a root, without its key, or damaged it says what is missing', async () => {
  const { parts, store, online, clock, publisher, targets } = await createRepository();
  await assert.rejects(createTufPublisher({ ...parts, store: createMemoryTufStore() }).publish(), {
    code: 'trustroot.repository_missing',
  });
  const keys = online.get('timestamp') ?? [];
  online.set('timestamp', []);
  clock.offsetMs = 2 * DAY_MS;
  await assert.rejects(publisher.publish(), { code: 'trustroot.online_key_missing' });
  online.set('timestamp', keys);
  targets.set('no/name', Buffer.from(''));
  await assert.rejects(publisher.publish(), { code: 'trustroot.target_unsuitable' });
  targets.delete('no/name');
  targets.set('large', Buffer.alloc(5 * 1024 * 1024));
  await assert.rejects(publisher.publish(), { code: 'trustroot.target_unsuitable' });
  targets.delete('large');
  await store.write('timestamp.json', Buffer.from('{}'));
  await assert.rejects(publisher.publish(), { code: 'trustroot.file_damaged' });
  await store.write('1.root.json', Buffer.from('{'));
  await assert.rejects(readNewestRoot(store), { code: 'trustroot.file_damaged' });
});

test('tuf repository: publications that are called at once follow each other', async () => {
  const { publisher, targets, store } = await createRepository();
  targets.set(TRUSTED_ROOT, Buffer.from('{"second":true}'));
  const all = await Promise.all([publisher.publish(), publisher.publish(), publisher.publish()]);
  assert.deepEqual(
    all.map(({ written }) => written.length),
    [4, 0, 0],
  );
  assert.equal(await store.read('3.targets.json'), undefined);
});
