// The key that signs the TUF repository, exchanged: by a root that its holders sign, with clients that refresh before,
// in between and long after; when it was stolen and used, and when it was lost.
import assert from 'node:assert/strict';
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { proposeRoot } from '../../engines/tuf/propose-root.ts';
import { createOtherClient, TRUSTED_ROOT } from '../../engines/tuf/repository.fixture.ts';
import { acceptRoot, readNewestRoot } from '../../engines/tuf/root-shelf.ts';
import { signProposal, signRole } from '../../engines/tuf/sign-role.ts';
import { onlineRoles, parseRoleFile, readRoleFile } from '../../formats/tuf/role-file.ts';
import { createRoleKey, keysOfRole } from '../../formats/tuf/role-key.ts';
import type { RootProposal } from '../../formats/tuf/root-proposal.ts';
import { createKeyFolder } from '../../io/keys/key-folder.ts';
import { createMemoryKey } from '../../io/keys/memory.ts';
import { createMemoryTufStore } from '../../io/tuf/memory.ts';
import type { TufStore } from '../../io/tuf/store.ts';
import { systemRandom } from '../../kit/clock.ts';
import type { Actor } from '../hub/audit.ts';
import { createKeyReports } from './key-report.ts';
import { createRotation } from './rotation.ts';
import { listTrustKeys, type TrustKey } from './trust-key.ts';
import { createTrustRepository } from './trust-repository.ts';
import { listTrustRequests } from './trust-request.ts';
import { openTrustWorld, type TrustWorld } from './trust-world.fixture.ts';

const actor: Actor = { account: 'admin', via: 'password' };
const DAY = 24 * 60 * 60 * 1000;

async function openRepository(t: TestContext) {
  const world = await openTrustWorld(t);
  // tuf-js has the machine's time.
  const start = Date.now();
  world.clock.set(start);
  const store = createMemoryTufStore();
  const around = { ...world, random: systemRandom };
  const offlineRing = createKeyFolder({ folder: join(world.folder, 'offline'), random: systemRandom });
  const open = () => createTrustRepository({ ...around, offlineRing, store });
  const repository = open();
  const rotation = createRotation({
    ...around,
    ...{ tufStore: store, origin: 'images.example.org', overlapMs: 0, pinnedOverlapMs: 0 },
    republish: async () => void (await repository.publish()),
  });
  const sign = async (proposal: RootProposal | undefined): Promise<RootProposal> => {
    assert.ok(proposal !== undefined);
    const root = (await listTrustKeys(world.database.query)).find(({ purpose }) => purpose === 'tuf-root');
    assert.ok(root !== undefined);
    return signProposal(proposal, await offlineRing.open(root.reference));
  };
  const rotate = async (): Promise<void> => {
    const { proposal } = await rotation.start(actor, ['tuf']);
    assert.equal(await acceptRoot(store, await sign(proposal), world.clock.now()), 'waiting');
    await repository.publish();
  };
  return { ...world, start, store, repository, rotation, rotate, sign, open };
}

const idOf = ({ publicKey }: Pick<TrustKey, 'publicKey'>): string => createRoleKey(publicKey).keyID;

async function tufKeys({ database }: TrustWorld): Promise<readonly TrustKey[]> {
  return (await listTrustKeys(database.query)).filter(({ purpose }) => purpose === 'tuf');
}

async function timestampSigners(store: TufStore): Promise<readonly string[]> {
  const bytes = await store.read('timestamp.json');
  return Object.keys(parseRoleFile('timestamp', bytes ?? Buffer.from('')).signatures);
}

test('online key: the new one takes the place of the old by a root that is signed, and every client follows', async (t) => {
  const world = await openRepository(t);
  const { store, repository, rotation, clock, start, sign } = world;
  await repository.publish();
  using early = await createOtherClient({ publisher: repository as never });
  using late = await createOtherClient({ publisher: repository as never });
  await early.fetch(TRUSTED_ROOT);
  const [former] = await tufKeys(world);
  assert.ok(former !== undefined);

  clock.set(start + DAY / 2);
  const asked = await rotation.start(actor, ['tuf']);
  const again = await rotation.start(actor, ['tuf']);
  assert.deepEqual(again.proposal?.next.signed.keys, asked.proposal?.next.signed.keys, 'the same key');
  assert.deepEqual([asked.rotated, asked.renewal], [[], undefined]);
  const report = createKeyReports({
    database: world.database,
    clock,
    ages: { signingMs: 365 * DAY, rootMs: 3_650 * DAY, tokenMs: DAY },
    sources: [],
  });
  const purposes = (await report.read()).keys.map(({ purpose }) => purpose);
  assert.equal(purposes.includes('tuf-request'), true);
  assert.equal(purposes.includes('tuf'), true, 'the former one signs');
  assert.equal((await tufKeys(world)).length, 1);
  await early.fetch(TRUSTED_ROOT);
  assert.equal(early.rootVersion(), 1);

  await acceptRoot(store, await sign(again.proposal), clock.now());
  await assert.rejects(rotation.start(actor, ['tuf']), { code: 'trust.rotation_pending' });
  const { written } = await repository.publish();
  assert.equal(written.at(-1), '2.root.json');
  const [ended, current] = await tufKeys(world);
  assert.ok(ended !== undefined && current !== undefined);
  assert.deepEqual([ended.id, ended.validUntil], [former.id, start + DAY / 2]);
  assert.equal(current.validUntil, undefined);
  const root = await readNewestRoot(store);
  assert.ok(root !== undefined);
  for (const role of onlineRoles)
    assert.deepEqual(
      keysOfRole(root, role).keys.map(({ keyID }) => keyID),
      [idOf(current)],
    );
  assert.equal((await timestampSigners(store)).length, 2, 'who has the former root believes it too');
  await early.fetch(TRUSTED_ROOT);
  clock.set(start + 2 * DAY);
  // Another process goes on with what rows and roots say.
  await world.open().publish();
  assert.deepEqual(await timestampSigners(store), [idOf(current)]);
  for (const client of [early, late]) {
    await client.fetch(TRUSTED_ROOT);
    assert.equal(client.rootVersion(), 2);
  }
  const used = (await tufKeys(world)).map(({ lastUsedAt }) => lastUsedAt);
  assert.deepEqual(used, [start + DAY / 2, start + 2 * DAY]);
  const audited = await world.database.query
    .selectFrom('audit')
    .select(['action', 'target', 'via'])
    .execute();
  assert.deepEqual(
    audited.map(({ action, target, via }) => `${action} ${target} ${via}`),
    ['key.request tuf password', 'key.rotate tuf product'],
  );
});

test('online key: of a stolen one nothing is believed any more, and what a thief showed is forgotten', async (t) => {
  const world = await openRepository(t);
  const { store, repository, ring } = world;
  await repository.publish();
  const [stolen] = await tufKeys(world);
  const thief = await ring.open(stolen?.reference ?? '');
  const instead = new Map<string, Uint8Array>();
  const publisher = { read: async (path: string) => instead.get(path) ?? (await repository.read(path)) };
  using client = await createOtherClient({ publisher: publisher as never });
  await client.fetch(TRUSTED_ROOT);
  const json = JSON.parse(Buffer.from((await store.read('timestamp.json')) ?? '').toString());
  const forged = readRoleFile('timestamp', { signed: { ...json.signed, version: 900 }, signatures: [] });
  instead.set('timestamp.json', Buffer.from(JSON.stringify((await signRole(forged, [thief])).toJSON())));
  await client.fetch(TRUSTED_ROOT);
  instead.clear();
  await assert.rejects(client.fetch(TRUSTED_ROOT), /version 1 is less than current version 900/);

  await world.rotate();
  await client.fetch(TRUSTED_ROOT);
  assert.equal(client.rootVersion(), 2);
  const next = readRoleFile('timestamp', { signed: { ...json.signed, version: 901 }, signatures: [] });
  instead.set('timestamp.json', Buffer.from(JSON.stringify((await signRole(next, [thief])).toJSON())));
  await assert.rejects(client.fetch(TRUSTED_ROOT), /signed by 0\/1 keys/);
});

test('online key: one that is lost is replaced by a root, though nothing can be signed with it', async (t) => {
  const world = await openRepository(t);
  const { store, repository, clock, folder, start } = world;
  await repository.publish();
  using client = await createOtherClient({ publisher: repository as never });
  await client.fetch(TRUSTED_ROOT);
  const [lost] = await tufKeys(world);
  unlinkSync(join(folder, 'keys', (lost?.reference ?? '').replace('file:', '')));
  clock.set(start + 2 * DAY);
  const restarted = world.open();
  await assert.rejects(restarted.publish(), { code: 'keys.file_unreadable' });
  const { proposal } = await world.rotation.start(actor, ['tuf']);
  await acceptRoot(store, await world.sign(proposal), clock.now());
  assert.equal((await restarted.publish()).written.at(-1), '2.root.json');
  await client.fetch(TRUSTED_ROOT);
  assert.equal(client.rootVersion(), 2);
});

test('online key: after a theft the key that waited is given up for another', async (t) => {
  const { rotation, store, repository, sign, clock, ...world } = await openRepository(t);
  await repository.publish();
  const waiting = async () => (await listTrustRequests(world.database.query)).map(({ id }) => id);
  const first = await rotation.start(actor, ['tuf', 'issuing']);
  const before = await waiting();
  const again = await rotation.start(actor, ['tuf', 'issuing'], { isAtOnce: true });
  assert.equal(before.length, 2);
  assert.deepEqual(new Set([...before, ...(await waiting())]).size, 4, 'both are others');
  const keyOf = ({ proposal }: typeof first) => proposal?.next.signed.roles.timestamp?.keyIDs;
  assert.notDeepEqual(keyOf(again), keyOf(first));
  await acceptRoot(store, await sign(first.proposal), clock.now());
  assert.match(
    (await repository.publish()).waiting ?? '',
    /no such key is at hand/,
    'the stolen one never signs',
  );
  await acceptRoot(store, await sign(again.proposal), clock.now());
  assert.equal((await repository.publish()).written.at(-1), '2.root.json');
});

test('online key: a root that names a key of somebody else waits, and what is published stays', async (t) => {
  const world = await openRepository(t);
  const { store, repository, clock } = world;
  await repository.publish();
  const { publicKey } = await createMemoryKey('ed25519');
  const onlineKeys = { timestamp: [publicKey] };
  const proposal = proposeRoot(await readNewestRoot(store), { onlineKeys }, clock.now());
  await acceptRoot(store, await world.sign(proposal), clock.now());
  assert.match((await repository.publish()).waiting ?? '', /no such key is at hand/);
  assert.equal((await readNewestRoot(store))?.signed.version, 1);
});

test('online key: without a repository none is asked for', async (t) => {
  const world = await openTrustWorld(t);
  const rotation = createRotation({
    ...world,
    random: systemRandom,
    origin: 'x',
    overlapMs: 0,
    pinnedOverlapMs: 0,
  });
  await assert.rejects(rotation.start(actor, ['tuf']), { code: 'trust.key_missing' });
});
