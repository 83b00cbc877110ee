import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import type { Database } from '../../io/db/database.ts';
import { limits } from '../../kit/limits.ts';
import { type Log, silentLog } from '../../kit/log.ts';
import { createPullStatistics } from './pull-statistics.ts';
import { createPulls } from './pulls.ts';
import { grant, imageManifest, openRegistry, type RegistryFixture } from './registry.fixture.ts';

const DAY = 24 * 60 * 60 * 1000;
const MINUTE = 60 * 1000;

interface Asked {
  readonly tag?: string;
  readonly isIndex?: boolean;
  readonly isSent?: boolean;
  readonly puller?: string;
  readonly repository?: string;
}

const note = (
  { pulls }: Pick<RegistryFixture, 'pulls'>,
  digest: Digest,
  { tag, isIndex = false, isSent = true, puller = '192.0.2.1', repository = 'app/web' }: Asked = {},
) => pulls.note({ repository, tag, digest, isIndex, isSent, puller });

/** Pulls by reference, the repository itself left out. */
async function counts({ pulls, stores }: RegistryFixture): Promise<Record<string, number>> {
  await pulls.flush();
  const rows = await stores.database.query.selectFrom('pull').selectAll().orderBy('reference').execute();
  const whole = rows.filter((row) => row.reference === '').reduce((sum, row) => sum + row.pulls, 0);
  const found = rows.filter((row) => row.reference !== '');
  assert.equal(
    found.reduce((sum, row) => sum + row.pulls, 0),
    whole,
  );
  return Object.fromEntries(found.map((row) => [row.reference, row.pulls]));
}

async function putIndex({ manifests }: RegistryFixture, tag: string, ...children: Digest[]): Promise<Digest> {
  const bytes = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: children.map((digest) => ({ mediaType: mediaTypes.ociManifest, digest, size: 1 })),
    annotations: { tag },
  });
  const put = await manifests.put(grant('push', 'app/web'), { tag }, mediaTypes.ociIndex, Buffer.from(bytes));
  return put.digest;
}

async function openMulti() {
  const registry = await openRegistry();
  const amd = await registry.pushImage('app/web', 'amd', ['amd']);
  const arm = await registry.pushImage('app/web', 'arm', ['arm']);
  return Object.assign(registry, { amd, arm, index: await putIndex(registry, 'multi', amd, arm) });
}

test('pulls: an index and the platforms of it that the same puller fetches are one pull, by the tag', async () => {
  await using registry = await openMulti();
  const { amd, arm, index } = registry;
  note(registry, index, { tag: 'multi', isIndex: true });
  note(registry, amd);
  note(registry, arm);
  note(registry, index, { tag: 'multi', isIndex: true, puller: '192.0.2.2' });
  note(registry, amd, { puller: '192.0.2.2' });
  assert.deepEqual(await counts(registry), { multi: 2 });
  assert.deepEqual(registry.pulls.counted, { tag: 2, digest: 0 });
});

test('pulls: also where a flush comes between the index and its platform', async () => {
  await using registry = await openMulti();
  const { amd, index } = registry;
  note(registry, index, { tag: 'multi', isIndex: true });
  await registry.pulls.flush();
  note(registry, amd);
  assert.deepEqual(await counts(registry), { multi: 1 });
});

test('pulls: a platform on its own, by another, or too late is a pull by digest', async () => {
  await using registry = await openMulti();
  const { amd, index, stores } = registry;
  note(registry, index, { tag: 'multi', isIndex: true });
  note(registry, amd, { puller: 'ada' });
  stores.clock.time += limits.pullFollowMs + 1;
  note(registry, amd);
  const other = await registry.pushImage('app/web', 'other', ['other']);
  note(registry, index, { tag: 'multi', isIndex: true });
  // What the index does not name is no part of it.
  note(registry, other);
  assert.deepEqual(await counts(registry), { multi: 2, [amd]: 2, [other]: 1 });
});

test('pulls: the tag asked about by HEAD and its digest fetched is a pull by tag; HEAD alone is none', async () => {
  await using registry = await openMulti();
  const { amd, index } = registry;
  const ask = (digest: Digest, tag: string, isIndex = false) =>
    note(registry, digest, { tag, isIndex, isSent: false });
  ask(index, 'multi', true);
  ask(amd, 'amd');
  assert.deepEqual(await counts(registry), {});
  // As docker and containerd do.
  note(registry, index, { isIndex: true });
  note(registry, amd, { puller: 'ada' });
  note(registry, amd);
  assert.deepEqual(await counts(registry), { amd: 1, multi: 1, [amd]: 1 });
});

test('pulls: a client that has the index already pulls its platform by the tag that it asked about', async () => {
  await using registry = await openMulti();
  const { arm, index } = registry;
  note(registry, index, { tag: 'multi', isIndex: true, isSent: false });
  note(registry, arm);
  assert.deepEqual(await counts(registry), { multi: 1 });
});

test('pulls: what was sent by its tag and is fetched again by its digest is the same pull', async () => {
  await using registry = await openMulti();
  const { index } = registry;
  note(registry, index, { tag: 'multi', isIndex: true });
  note(registry, index, { isIndex: true });
  assert.deepEqual(await counts(registry), { multi: 1 });
  for (const puller of ['a', 'a', 'b']) note(registry, index, { isIndex: true, puller });
  assert.deepEqual(await counts(registry), { multi: 1, [index]: 3 });
});

test('pulls: signatures and what else hangs on an image are none', async () => {
  await using registry = await openRegistry();
  const image = await registry.pushImage('app/web', 'main', ['a']);
  const tag = `${image.replace(':', '-')}.sig`;
  const cosign = await registry.pushImage('app/web', tag, ['sig']);
  const bytes = imageManifest({
    subject: { mediaType: mediaTypes.ociManifest, digest: image, size: 1 },
  });
  const digest = digestOf(bytes);
  await registry.manifests.put(grant('push', 'app/web'), { digest }, mediaTypes.ociManifest, bytes);
  note(registry, cosign, { tag });
  note(registry, digest);
  assert.deepEqual(await counts(registry), {});
});

test('pulls: a repository or manifest that is gone when they are written is no failure', async () => {
  await using registry = await openRegistry();
  const image = await registry.pushImage('app/web', 'main', ['a']);
  note(registry, image, { tag: 'main', repository: 'app/none' });
  note(registry, image, { tag: 'main' });
  await registry.manifests.delete(grant('delete', 'app/web'), image);
  assert.deepEqual(await counts(registry), { main: 1 });
});

test('pulls: by UTC day, summed, and told from the day on which the record begins', async () => {
  await using registry = await openRegistry();
  const { clock } = registry.stores;
  clock.time = 100 * DAY + 23 * 60 * MINUTE;
  const image = await registry.pushImage('app/web', 'main', ['a']);
  assert.equal(await registry.pulls.since(), clock.time);
  note(registry, image, { tag: 'main' });
  clock.time += 60 * MINUTE;
  note(registry, image, { tag: 'main' });
  note(registry, image);
  const id =
    (await registry.stores.database.query.selectFrom('repository').select('id').execute())[0]?.id ?? 0;
  const statistics = createPullStatistics({ ...registry.stores, pulls: registry.pulls });
  const since = 100 * DAY + 23 * 60 * MINUTE;
  const days = [
    { dayAt: 100 * DAY, pulls: 1 },
    { dayAt: 101 * DAY, pulls: 2 },
  ];
  const all = { since, total: 3, last30Days: 3, lastAt: clock.time, days };
  assert.deepEqual(await statistics.list(id, 30), all);
  assert.deepEqual((await statistics.list(id, 1)).days, days.slice(1));
  assert.deepEqual(
    (await statistics.list(id, 30, 'main')).days.map((day) => day.pulls),
    [1, 1],
  );
  assert.deepEqual(
    (await statistics.list(id, 30, image)).days.map((day) => day.pulls),
    [0, 1],
  );
  clock.time = 130 * DAY;
  const { days: shown, ...later } = await statistics.list(id, 30);
  assert.deepEqual(later, { since, total: 3, last30Days: 2, lastAt: all.lastAt });
  assert.deepEqual([shown.length, shown[0], shown.at(-1)?.pulls], [30, { dayAt: 101 * DAY, pulls: 2 }, 0]);
  assert.deepEqual(
    await statistics.lastOf(id, [
      { name: 'main', digest: image },
      { name: 'none', digest: digestOf('none') },
    ]),
    new Map([['main', all.lastAt]]),
  );
  clock.time = (101 + limits.pullDays) * DAY;
  await registry.pulls.tidy();
  const left = await registry.stores.database.query
    .selectFrom('pull_day')
    .select('day_at')
    .distinct()
    .execute();
  assert.deepEqual(left, [{ day_at: 101 * DAY }]);
  assert.equal((await statistics.summarize(id)).total, 3);
});

/** A database that fails for as long as it is told to. */
function createFailing(database: Database): Database & { isFailing: boolean } {
  return {
    ...database,
    query: database.query,
    isFailing: false,
    async transaction(work) {
      if (this.isFailing) throw new Error('the disk is full');
      return database.transaction(work);
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

test('pulls: what cannot be written waits, and is counted once', async () => {
  await using registry = await openRegistry();
  const database = createFailing(registry.stores.database);
  const pulls = createPulls({ ...registry.stores, database, log: silentLog });
  const image = await registry.pushImage('app/web', 'main', ['a']);
  const since = await pulls.since();
  database.isFailing = true;
  note({ pulls }, image, { tag: 'main' });
  await assert.rejects(pulls.flush(), /the disk is full/);
  note({ pulls }, image, { tag: 'main' });
  database.isFailing = false;
  registry.stores.clock.time += MINUTE;
  await pulls.flush();
  await pulls.flush();
  assert.deepEqual(await counts(registry), { main: 2 });
  assert.equal(await pulls.since(), since);
});

test('pulls: a full memory is written early; where that fails and pulls are lost, the record begins anew', async () => {
  await using registry = await openRegistry();
  const database = createFailing(registry.stores.database);
  const said: string[] = [];
  const log: Log = { ...silentLog, error: (text) => said.push(text), warn: (text) => said.push(text) };
  const pulls = createPulls({ ...registry.stores, database, log, most: 2 });
  for (const name of ['a', 'b', 'c', 'd']) await registry.pushImage('app/web', name, [name]);
  const since = await pulls.since();
  const pull = (name: string) => note({ pulls }, digestOf(name), { tag: name });
  for (const name of ['a', 'b']) pull(name);
  // The second began a flush by itself: waiting for another one waits for it too.
  await pulls.flush();
  assert.deepEqual(await counts(registry), { a: 1, b: 1 });
  database.isFailing = true;
  for (const name of ['a', 'b', 'c', 'd', 'e']) pull(name);
  await assert.rejects(pulls.flush());
  registry.stores.clock.time += DAY;
  assert.equal(await pulls.since(), since);
  database.isFailing = false;
  await pulls.flush();
  assert.equal(await pulls.since(), registry.stores.clock.time);
  const again = createPulls({ ...registry.stores, log: silentLog });
  assert.equal(await again.since(), registry.stores.clock.time);
  assert.ok(said.some((text) => text.includes('begins anew')));
});
