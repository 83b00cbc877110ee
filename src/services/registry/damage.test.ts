// Bytes that change on disk: proven while they are sent, by the scrubber, and by the standing check.
import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Digest, digestHex, digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { createFilesystemBlobStore } from '../../io/blobs/filesystem.ts';
import { limits } from '../../kit/limits.ts';
import { type Log, silentLog } from '../../kit/log.ts';
import { createBlobs } from './blobs.ts';
import { createDamageReporter } from './damage.ts';
import { registryErrors } from './errors.ts';
import { grant, imageManifest, openRegistry, type RegistryFixture } from './registry.fixture.ts';
import { createScrubber } from './scrub.ts';
import { createStorageCheck } from './storage-check.ts';

const DAY = 24 * 60 * 60 * 1000;
const never = new AbortController().signal;
const pull = grant('pull', 'app/web');
const unknown = { code: registryErrors.blob_unknown.code };

interface Disk extends AsyncDisposable {
  readonly registry: RegistryFixture;
  readonly folder: string;
  readonly alarms: readonly string[];
  readonly log: Log;
  fileOf(digest: Digest): string;
}

async function openDisk(): Promise<Disk> {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-damage-'));
  const blobs = await createFilesystemBlobStore({ folder, durability: 'sync' });
  const registry = await openRegistry({ blobs });
  const alarms: string[] = [];
  return {
    registry,
    folder,
    alarms,
    log: { ...silentLog, error: (message) => alarms.push(message) },
    fileOf: (digest) => join(folder, 'blobs/sha256', digestHex(digest).slice(0, 2), digestHex(digest)),
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const decode = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('latin1');

const servicesOf = ({ registry, log }: Disk) => {
  const onDamage = createDamageReporter(registry.stores, log);
  return {
    blobs: createBlobs(registry.stores, { onDamage }),
    scrubber: createScrubber(registry.stores, { bytesPerSecond: 1e12, onDamage, log }),
    check: createStorageCheck(registry.stores, { graceMs: DAY, onDamage, log }),
  };
};

async function read(disk: Disk, digest: Digest): Promise<string> {
  let text = '';
  await servicesOf(disk).blobs.send(pull, digest, undefined, async (chunk) => {
    text += Buffer.from(chunk).toString('latin1');
  });
  return text;
}

async function rowOf({ registry }: Disk, digest: Digest) {
  const { query } = registry.stores.database;
  return query.selectFrom('blob').selectAll().where('digest', '=', digest).executeTakeFirstOrThrow();
}

const eventsOf = async ({ registry }: Disk) =>
  (
    await registry.stores.database.query
      .selectFrom('event')
      .select('subject_json')
      .where('kind', '=', 'blob_damaged')
      .execute()
  ).map((row) => {
    const { who, via, ...subject } = JSON.parse(row.subject_json) as Record<string, unknown>;
    assert.deepEqual([who, via], ['plimsoll', 'product']);
    return subject;
  });

test('proven: read within a day a blob is sent as it is; later it is proven on the way, once', async () => {
  await using disk = await openDisk();
  const { clock } = disk.registry.stores;
  const content = 'x'.repeat(limits.cachedBlobBytes + 1);
  const digest = await disk.registry.pushBlob('app/web', content);
  const pushedAt = clock.time;
  clock.time += DAY - 1;
  assert.equal(await read(disk, digest), content);
  assert.equal((await rowOf(disk, digest)).proven_at, pushedAt);
  const isProven = async () => (await servicesOf(disk).blobs.stat(pull, digest)).isProven;
  assert.equal(await isProven(), true);
  clock.time += 1;
  assert.equal(await isProven(), false);
  // A part proves nothing.
  await servicesOf(disk).blobs.send(pull, digest, { start: 0, end: 1 }, async () => {});
  assert.equal((await rowOf(disk, digest)).proven_at, pushedAt);
  assert.equal(await read(disk, digest), content);
  assert.equal((await rowOf(disk, digest)).proven_at, clock.time);
  assert.equal(await isProven(), true);
});

test('proven: a small blob is proven as it enters memory, however young, and shown by its row alone', async () => {
  await using disk = await openDisk();
  const { blobs } = servicesOf(disk);
  const [first, second] = ['one', 'two'].map((text) => disk.registry.pushBlob('app/web', text));
  const [digest, changed] = [await first, await second] as [Digest, Digest];
  assert.equal(blobs.peek(pull, digest), undefined);
  disk.registry.stores.clock.time += DAY;
  const parts: string[] = [];
  await blobs.send(pull, digest, { start: 1, end: 1 }, async (chunk) => void parts.push(decode(chunk)));
  assert.deepEqual(parts, ['n']);
  assert.equal((await rowOf(disk, digest)).proven_at, disk.registry.stores.clock.time);
  // The proof was a write: what the row says is asked anew.
  await blobs.stat(pull, digest);
  assert.equal(decode(blobs.peek(pull, digest)), 'one');
  await writeFile(disk.fileOf(digest), 'eno');
  assert.equal(decode(blobs.peek(pull, digest)), 'one', 'memory has what was proven');
  await blobs.delete(grant('delete', 'app/web'), digest);
  assert.equal(blobs.peek(pull, digest), undefined);
  await assert.rejects(blobs.stat(pull, digest), unknown);

  await writeFile(disk.fileOf(changed), 'owt');
  await assert.rejects(read(disk, changed), unknown);
  assert.equal(blobs.peek(pull, changed), undefined);
  assert.deepEqual(await eventsOf(disk), [{ digest: changed, why: 'its digest has changed' }]);
});

test('proven: changed bytes are never sent whole; they are set aside, told, and repaired by a push', async () => {
  await using disk = await openDisk();
  const content = 'x'.repeat(limits.cachedBlobBytes + 1);
  const digest = await disk.registry.pushBlob('app/web', content);
  await writeFile(disk.fileOf(digest), `${content.slice(1)}y`);
  disk.registry.stores.clock.time += DAY;
  let sentBytes = 0;
  const sending = servicesOf(disk).blobs.send(pull, digest, undefined, async (chunk) => {
    sentBytes += chunk.byteLength;
  });
  await assert.rejects(sending, unknown);
  assert.ok(sentBytes < content.length);
  assert.deepEqual(await eventsOf(disk), [{ digest, why: 'its digest has changed' }]);
  assert.equal(disk.alarms.length, 1);
  assert.equal((await readdir(join(disk.folder, 'quarantine'))).length, 1);
  await assert.rejects(read(disk, digest), unknown);
  await assert.rejects(servicesOf(disk).blobs.stat(pull, digest), unknown);
  // Nor is it handed on, nor does a manifest count on it.
  assert.equal(await disk.registry.uploads.mount(grant('push', 'app/other'), digest, pull), false);
  await disk.registry.pushBlob('app/web', '{}');
  const put = await disk.registry.manifests.put(
    grant('push', 'app/web'),
    { tag: '1' },
    mediaTypes.ociManifest,
    imageManifest({ layers: [content] }),
  );
  assert.equal(put.missingBlobs, 1);
  await disk.registry.pushBlob('app/web', content);
  assert.equal(await read(disk, digest), content);
});

test('proven: a file that is gone, longer or shorter is damage, seen without reading it', async () => {
  await using disk = await openDisk();
  const { blobs } = servicesOf(disk);
  const [gone, longer, shorter] = [
    await disk.registry.pushBlob('app/web', 'gone'),
    await disk.registry.pushBlob('app/web', 'longer'),
    await disk.registry.pushBlob('app/web', 'shorter'),
  ] as const;
  await rm(disk.fileOf(gone));
  await appendFile(disk.fileOf(longer), '!');
  await writeFile(disk.fileOf(shorter), 'short');
  for (const digest of [gone, longer, shorter]) await assert.rejects(blobs.stat(pull, digest), unknown);
  assert.deepEqual(await eventsOf(disk), [
    { digest: gone, why: 'its file is gone' },
    { digest: longer, why: 'its file has 7 bytes' },
    { digest: shorter, why: 'its file has 5 bytes' },
  ]);
});

test('proven: a push that came between finding and setting aside has repaired it', async () => {
  await using disk = await openDisk();
  const digest = await disk.registry.pushBlob('app/web', 'bytes');
  const { provenAt } = { provenAt: (await rowOf(disk, digest)).proven_at };
  disk.registry.stores.clock.time += 1;
  await disk.registry.pushBlob('app/web', 'bytes');
  await createDamageReporter(disk.registry.stores, disk.log)({ digest, provenAt, why: 'it was' });
  assert.equal(await read(disk, digest), 'bytes');
  assert.deepEqual([disk.alarms, await eventsOf(disk)], [[], []]);
});

test('scrub: the oldest first, each remembered; what changed is set aside, what is young is not read', async () => {
  await using disk = await openDisk();
  const { clock } = disk.registry.stores;
  const old = await disk.registry.pushBlob('app/web', 'old');
  const bad = await disk.registry.pushBlob('app/web', 'bad');
  const gone = await disk.registry.pushBlob('app/web', 'gone');
  clock.time += 7 * DAY;
  const young = await disk.registry.pushBlob('app/web', 'young');
  const pushedAt = clock.time;
  await writeFile(disk.fileOf(bad), 'BAD');
  await rm(disk.fileOf(gone));
  clock.time += 5;
  const report = await servicesOf(disk).scrubber.run(never);
  assert.deepEqual([report.blobs, report.bytes, report.damaged, report.unreadable], [3, 10, 2, 0]);
  assert.deepEqual(await servicesOf(disk).scrubber.last(), report);
  assert.equal((await rowOf(disk, old)).proven_at, clock.time);
  assert.equal((await rowOf(disk, young)).proven_at, pushedAt);
  assert.deepEqual(
    (await eventsOf(disk)).map((event) => (event as { digest: string }).digest).sort(),
    [bad, gone].sort(),
  );
  assert.equal((await servicesOf(disk).scrubber.run(never)).blobs, 0);
});

test('scrub: nothing is read where the rate is 0, and a disk that fails is told and no verdict', async () => {
  await using disk = await openDisk();
  const { stores } = disk.registry;
  const digest = await disk.registry.pushBlob('app/web', 'bytes');
  stores.clock.time += 7 * DAY;
  const onDamage = createDamageReporter(stores, disk.log);
  const none = createScrubber(stores, { bytesPerSecond: 0, onDamage, log: disk.log });
  assert.equal((await none.run(never)).blobs, 0);
  const blobs = {
    ...stores.blobs,
    read: async () => {
      throw Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'read' });
    },
  };
  const failing = createScrubber({ ...stores, blobs }, { bytesPerSecond: 1e9, onDamage, log: disk.log });
  const report = await failing.run(never);
  assert.deepEqual([report.damaged, report.unreadable], [0, 1]);
  assert.equal((await rowOf(disk, digest)).damaged_at, null);
  assert.deepEqual(disk.alarms, ['a stored blob cannot be read']);
});

test('check: the bytes shown are the bytes stored; a lost file is told, a stray one is swept when it is old', async () => {
  await using disk = await openDisk();
  const { stores } = disk.registry;
  for (const content of ['one', 'three', 'lost']) await disk.registry.pushBlob('app/web', content);
  const sound = await servicesOf(disk).check.run(never);
  assert.deepEqual(
    [sound.shownBlobs, sound.shownBytes, sound.storedBlobs, sound.storedBytes],
    [3, 12, 3, 12],
  );
  assert.deepEqual([sound.damaged, sound.strayBlobs, disk.alarms.length], [0, 0, 0]);
  await rm(disk.fileOf(digestOf('lost')));
  await stores.blobs.put(digestOf('stray'), Buffer.from('stray'));
  stores.clock.time = Date.now();
  const young = await servicesOf(disk).check.run(never);
  assert.deepEqual([young.damaged, young.strayBlobs, young.strayRemoved], [1, 1, 0]);
  assert.equal(disk.alarms.at(-1), 'the bytes shown are not the bytes stored');
  stores.clock.time += 2 * DAY;
  const old = await servicesOf(disk).check.run(never);
  assert.deepEqual([old.strayBlobs, old.strayBytes, old.strayRemoved], [1, 5, 1]);
  const after = await servicesOf(disk).check.run(never);
  assert.deepEqual([after.shownBytes, after.storedBytes, after.strayBlobs, after.damaged], [8, 8, 0, 0]);
});
