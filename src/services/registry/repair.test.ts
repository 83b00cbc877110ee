// Repairing from mirrors that are played: what each does, and what the store, its rows and whoever is told look like
// afterwards. With real servers: test/flows/repair.test.ts.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { type Digest, digestHex, digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { createFilesystemBlobStore } from '../../io/blobs/filesystem.ts';
import { imageErrors } from '../../io/images/errors.ts';
import { silentLog } from '../../kit/log.ts';
import { createDamageReporter } from './damage.ts';
import { createDamageList } from './damage-list.ts';
import { registryErrors } from './errors.ts';
import { createManifests } from './manifests.ts';
import { grant, imageManifest, openRegistry, type RegistryFixture, streamOf } from './registry.fixture.ts';
import { createRepairs, type MirrorClient, type RepairOptions } from './repair.ts';
import { createRepairHandlers, createRepairRoutes, repairBlobJob, repairJob } from './repair-job.ts';
import { parseRepairMirror, type RepairMirror } from './repair-mirror.ts';
import { createRepairPace } from './repair-pace.ts';
import { storeBlob, storeManifest } from './repair-store.ts';
import { addDamage, findDamaged } from './rows/damage.ts';

const never = new AbortController().signal;
const mirrors = ['app/*=one.example/m', '**=two.example'].map(
  (text) => parseRepairMirror(text) as RepairMirror,
);
const content = 'layer '.repeat(50_000);
const digest = digestOf(content);

interface Disk extends AsyncDisposable {
  readonly registry: RegistryFixture;
  readonly folder: string;
  fileOf(digest: Digest): string;
  /** Loses the file and tells of it. */
  damage(digest: Digest): Promise<void>;
}

async function openDisk(): Promise<Disk> {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-repair-'));
  const blobs = await createFilesystemBlobStore({ folder, durability: 'sync' });
  const registry = await openRegistry({ blobs });
  const fileOf = (of: Digest): string =>
    join(folder, 'blobs/sha256', digestHex(of).slice(0, 2), digestHex(of));
  return {
    registry,
    folder,
    fileOf,
    async damage(of) {
      const { database } = registry.stores;
      const { proven_at: provenAt } = await database.query
        .selectFrom('blob')
        .select('proven_at')
        .where('digest', '=', of)
        .executeTakeFirstOrThrow();
      await rm(fileOf(of));
      await createDamageReporter(
        registry.stores,
        silentLog,
      )({ digest: of, provenAt, why: 'its file is gone' });
    },
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Mirrors by host; `asked` says what they were asked for, in order. */
function repairsOf(
  { registry }: Disk,
  clients: Readonly<Record<string, Partial<MirrorClient>>>,
  more: Partial<RepairOptions> = {},
) {
  const asked: string[] = [];
  const missing = async () => {
    throw imageErrors.missing('it has none');
  };
  const repairs = createRepairs(registry.stores, {
    mirrors,
    log: silentLog,
    pace: { pass: async () => {} },
    openMirror: (host) => ({
      async readBlob(repository, descriptor) {
        asked.push(`blob ${host}/${repository}`);
        return (clients[host]?.readBlob ?? missing)(repository, descriptor);
      },
      async readManifest(repository, reference) {
        asked.push(`manifest ${host}/${repository}`);
        return (clients[host]?.readManifest ?? missing)(repository, reference);
      },
    }),
    ...more,
  });
  return { repairs, asked };
}

const giving = (text: string): Partial<MirrorClient> => ({
  readBlob: async () =>
    Readable.from([Buffer.from(text.slice(0, 7)), Buffer.from(text.slice(7))], { objectMode: false }),
});

const eventsOf = async ({ registry }: Disk) =>
  (
    await registry.stores.database.query
      .selectFrom('event')
      .select(['kind', 'subject_json'])
      .where('kind', 'like', 'blob_%')
      .orderBy('id')
      .execute()
  ).map(({ kind, subject_json }) => [kind, JSON.parse(subject_json)]);

const byProduct = { who: 'plimsoll', via: 'product' };

/** Nothing of an upload is left, on disk or in rows. */
async function checkTidy({ registry, folder }: Disk): Promise<void> {
  assert.deepEqual(await readdir(join(folder, 'uploads')), []);
  assert.deepEqual(await registry.stores.database.query.selectFrom('upload').selectAll().execute(), []);
}

test('repair: the first mirror that has it gives it; rows, events and the list say from where and when', async () => {
  await using disk = await openDisk();
  await disk.registry.pushImage('app/web', '1', [content]);
  await disk.damage(digest);
  const { repairs, asked } = repairsOf(disk, { 'two.example': giving(content) });
  disk.registry.stores.clock.time += 5_000;
  const outcome = await repairs.repair(digest, never);
  assert.deepEqual(outcome, { kind: 'repaired', from: 'two.example/app/web' });
  assert.deepEqual(asked, ['blob one.example/m/web', 'blob two.example/app/web']);
  assert.equal(await readFile(disk.fileOf(digest), 'utf8'), content);
  assert.equal((await disk.registry.blobs.stat(grant('pull', 'app/web'), digest)).sizeBytes, content.length);
  assert.deepEqual(await eventsOf(disk), [
    ['blob_damaged', { digest, why: 'its file is gone', ...byProduct }],
    ['blob_repaired', { digest, from: 'two.example/app/web', ...byProduct }],
  ]);
  const [entry] = await createDamageList(disk.registry.stores, mirrors).list({ isRepaired: true, limit: 10 });
  const { now } = disk.registry.stores.clock;
  assert.deepEqual([entry?.repairedFrom, entry?.repairedAt], ['two.example/app/web', now()]);
  assert.deepEqual(repairs.counts, { repaired: 1, failed: 0, refused: 0 });
  await checkTidy(disk);
  assert.deepEqual(await repairs.repair(digest, never), { kind: 'sound' });
});

test('repair: wrong bytes, too many, too few or a broken line are refused; nothing of them is kept or served', async () => {
  await using disk = await openDisk();
  await disk.registry.pushImage('app/web', '1', [content]);
  await disk.damage(digest);
  const broken = async function* () {
    yield Buffer.from(content.slice(0, 99));
    throw imageErrors.registry_failed('the line broke');
  };
  const cases: [Partial<MirrorClient>, RegExp, number][] = [
    [giving(content.replace('l', 'L')), /gave the bytes of sha256:\w+ for sha256/, 1],
    [giving(`${content}!`), /gave 300001 bytes/, 1],
    [giving(content.slice(1)), /gave 299999 bytes/, 1],
    [{ readBlob: async () => Readable.from(broken(), { objectMode: false }) }, /the line broke/, 0],
  ];
  for (const [at, [client, why, refused]] of cases.entries()) {
    const { repairs } = repairsOf(disk, { 'one.example': client });
    const outcome = await repairs.repair(digest, never);
    assert.equal(outcome.kind, 'failed');
    assert.match(outcome.kind === 'failed' ? outcome.why : '', why);
    assert.deepEqual(repairs.counts, { repaired: 0, failed: 1, refused });
    await checkTidy(disk);
    const [entry] = await createDamageList(disk.registry.stores, mirrors).list({
      isRepaired: false,
      limit: 10,
    });
    assert.equal(entry?.tries, at + 1);
    assert.match(entry?.error ?? '', why);
    assert.match(entry?.error ?? '', /two\.example\/app\/web: it has none$/);
    await assert.rejects(disk.registry.blobs.stat(grant('pull', 'app/web'), digest), {
      code: registryErrors.blob_unknown.code,
    });
  }
});

test('repair: bytes that are not the blob are an error of their own, told apart from a mirror that has none', async () => {
  await using disk = await openDisk();
  await disk.registry.pushImage('app/web', '1', [content]);
  await disk.damage(digest);
  const [home] = (await findDamaged(disk.registry.stores.database.query, digest))?.homes ?? assert.fail();
  const wish = { digest, sizeBytes: content.length, home: home ?? assert.fail(), from: 'one.example/m/web' };
  const wrong = { code: registryErrors.mirror_wrong.code, kind: 'untrusted' };
  await assert.rejects(storeBlob(disk.registry.stores, wish, streamOf('other')), wrong);
  await assert.rejects(storeManifest(disk.registry.stores, wish, Buffer.from('other')), wrong);
  await checkTidy(disk);
});

test('repair: a manifest that is lost or changed is told when it is read, and comes back as a manifest', async () => {
  await using disk = await openDisk();
  const { stores } = disk.registry;
  const pushed = await disk.registry.pushImage('app/web', '1', [content]);
  const bytes = imageManifest({ layers: [content] });
  await writeFile(disk.fileOf(pushed), bytes.subarray(1));
  const onDamage = createDamageReporter(stores, silentLog);
  const manifests = createManifests(stores, { onDamage });
  const pull = grant('pull', 'app/web');
  const damaged = { code: registryErrors.damaged.code };
  await assert.rejects(manifests.get(pull, { tag: '1' }), damaged);
  await assert.rejects(manifests.get(pull, { tag: '1' }), damaged);
  assert.equal((await eventsOf(disk)).length, 1);
  const wrong = {
    descriptor: { mediaType: mediaTypes.ociManifest, digest: pushed, sizeBytes: 1 },
    bytes: Buffer.from('x'),
  };
  const lying = repairsOf(disk, { 'one.example': { readManifest: async () => wrong } });
  assert.equal((await lying.repairs.repair(pushed, never)).kind, 'failed');
  const { repairs, asked } = repairsOf(disk, {
    'one.example': { readManifest: async () => ({ ...wrong, bytes }) },
  });
  assert.deepEqual(await repairs.repair(pushed, never), { kind: 'repaired', from: 'one.example/m/web' });
  assert.deepEqual(asked, ['manifest one.example/m/web']);
  assert.deepEqual(Buffer.from((await manifests.get(pull, { tag: '1' })).bytes), Buffer.from(bytes));
});

test('repair: a push that comes while a mirror still sends has repaired it', async () => {
  await using disk = await openDisk();
  await disk.registry.pushImage('app/web', '1', [content]);
  await disk.damage(digest);
  const slow = async function* () {
    yield Buffer.from(content.slice(0, 99));
    disk.registry.stores.clock.time += 1;
    await disk.registry.pushBlob('app/web', content);
    yield Buffer.from(content.slice(99));
  };
  const readBlob = async () => Readable.from(slow(), { objectMode: false, highWaterMark: 1 });
  const { repairs } = repairsOf(disk, { 'one.example': { readBlob } });
  assert.deepEqual(await repairs.repair(digest, never), { kind: 'sound' });
  assert.deepEqual((await eventsOf(disk)).at(-1), [
    'blob_repaired',
    { digest, from: 'push', who: 'admin', via: 'password' },
  ]);
  await checkTidy(disk);
});

test('repair: who is asked already is not asked twice, and where no mirror fits nobody is', async () => {
  await using disk = await openDisk();
  await disk.registry.pushImage('app/web', '1', [content]);
  await disk.damage(digest);
  const gate = Promise.withResolvers<Readable>();
  const { repairs } = repairsOf(disk, { 'one.example': { readBlob: () => gate.promise } });
  const first = repairs.repair(digest, never);
  assert.deepEqual(await repairs.repair(digest, never), { kind: 'busy' });
  gate.resolve(Readable.from([Buffer.from(content)], { objectMode: false }));
  assert.equal((await first).kind, 'repaired');
  await disk.damage(digest);
  const other = repairsOf(disk, {}, { mirrors: [parseRepairMirror('team/*=one.example/t') as RepairMirror] });
  assert.deepEqual(await other.repairs.repair(digest, never), { kind: 'no-mirror' });
  assert.deepEqual(other.asked, []);
});

test('repair: what fails here is no mirror’s fault: a full disk is thrown, and tried again by the job', async () => {
  await using disk = await openDisk();
  await disk.registry.pushImage('app/web', '1', [content]);
  await disk.damage(digest);
  const full = async () => {
    throw registryErrors.storage_full('no room');
  };
  const reserve = { check: async () => {}, take: full };
  const { repairs } = repairsOf(disk, { 'one.example': giving(content) }, { reserve });
  await assert.rejects(repairs.repair(digest, never), { code: registryErrors.storage_full.code });
  await checkTidy(disk);
});

test('repair: damage leads to a job where there are mirrors; it fails to be tried again, and is over once repaired', async () => {
  await using disk = await openDisk();
  const { stores } = disk.registry;
  const wishes: string[] = [];
  const queue = {
    enqueue: async (_query: unknown, { kind, key }: { kind: string; key: string }) =>
      void wishes.push(`${kind} ${key}`),
  };
  for (const hasMirrors of [false, true])
    await createRepairRoutes({ queue, hasMirrors }).blob_damaged(stores.database.query, { digest });
  assert.deepEqual(wishes, [`${repairBlobJob} ${digest}`]);

  await disk.registry.pushImage('app/web', '1', [content, 'other']);
  const other = digestOf('other');
  for (const one of [digest, other]) await disk.damage(one);
  const clients: Record<string, Partial<MirrorClient>> = {};
  const { repairs } = repairsOf(disk, clients);
  const handlers = createRepairHandlers(stores, repairs, silentLog);
  const run = (kind: string, input = {}) => handlers[kind]?.run({ input }, never);
  await assert.rejects(async () => run(repairBlobJob, { digest }), {
    code: registryErrors.mirror_failed.code,
  });
  // All of them: one that fails holds up no other.
  clients['two.example'] = {
    readBlob: async (_repository, wanted) => {
      if (wanted.digest !== other) throw imageErrors.missing('it has none');
      return Readable.from([Buffer.from('other')], { objectMode: false });
    },
  };
  await run(repairJob.kind);
  const list = createDamageList(stores, mirrors);
  const left = await list.list({ isRepaired: false, limit: 10 });
  assert.deepEqual(
    left.map((entry) => entry.digest),
    [digest],
  );
  clients['two.example'] = giving(content);
  await run(repairBlobJob, { digest });
  await run(repairBlobJob, { digest });
  assert.equal(await list.count(false), 0);
});

test('damage: the list names the images that are hit, by tag, and through the index they stand in', async () => {
  await using disk = await openDisk();
  const { stores, manifests } = disk.registry;
  const image = await disk.registry.pushImage('app/web', '1', [content]);
  await disk.registry.pushImage('app/web', 'also', [content]);
  const size = imageManifest({ layers: [content] }).byteLength;
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [{ mediaType: mediaTypes.ociManifest, digest: image, size }],
  });
  await manifests.put(grant('push', 'app/web'), { tag: 'all' }, mediaTypes.ociIndex, Buffer.from(index));
  await disk.registry.pushImage('other/app', '2', ['another']);
  await disk.damage(digest);
  const [entry] = await createDamageList(stores, mirrors).list({ isRepaired: false, limit: 10 });
  const hits = [
    { repository: 'app/web', digest: image, tags: ['1', 'also'] },
    { repository: 'app/web', digest: digestOf(index), tags: ['all'] },
  ];
  assert.deepEqual(
    entry?.images,
    hits.sort((a, b) => (a.digest < b.digest ? -1 : 1)),
  );
  assert.deepEqual(entry?.mirrors, ['one.example/m/web', 'two.example/app/web']);
  assert.equal(entry?.hasMoreImages, false);
});

test('damage: its row goes with the blob’s, and a later time replaces an earlier one', async () => {
  await using disk = await openDisk();
  const { database } = disk.registry.stores;
  await disk.registry.pushBlob('app/web', content);
  for (const why of ['first', 'second']) await addDamage(database.query, { digest, why, now: 1 });
  const list = createDamageList(disk.registry.stores, []);
  const rows = await list.list({ isRepaired: false, limit: 10 });
  assert.deepEqual(
    rows.map(({ why, mirrors: named }) => [why, named]),
    [['second', []]],
  );
  await database.query.deleteFrom('repository_blob').execute();
  await database.query.deleteFrom('blob').execute();
  assert.equal(await list.count(false), 0);
});

test('pace: all who pass share the rate; a clock that leaps back holds nobody up for long', async () => {
  const clock = { time: 10_000_000, now: () => clock.time };
  const waits: number[] = [];
  const wait = async (delayMs: number) => {
    waits.push(delayMs);
    clock.time += delayMs;
  };
  const pace = createRepairPace({ bytesPerSecond: 1_000, clock, wait });
  await pace.pass(10, never);
  await pace.pass(10, never);
  await pace.pass(500, never);
  assert.deepEqual(waits, [20, 500]);
  await pace.pass(100_000, never);
  assert.equal(waits.at(-1), 1_000);
  clock.time -= 5_000_000;
  await pace.pass(500, never);
  assert.equal(waits.at(-1), 500);
  await assert.rejects(pace.pass(1, AbortSignal.abort(new Error('over'))), /over/);
});
