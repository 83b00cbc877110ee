// Room that pushes leave on the disk: the disk's own word is injected, so that it can be any.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import type { DiskSpace } from '../../io/blobs/disk-space.ts';
import { silentLog } from '../../kit/log.ts';
import { createCollection } from './collection.ts';
import { registryErrors } from './errors.ts';
import { createManifests } from './manifests.ts';
import { grant, imageManifest, openRegistry, streamOf } from './registry.fixture.ts';
import { createReserve, type ReserveOptions, warnOfDisk } from './reserve.ts';
import { createUploads } from './uploads.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;
const full = { code: registryErrors.storage_full.code };

function openReserve(reserve: ReserveOptions['reserve'], space: DiskSpace | Error) {
  const disk = { space, asked: 0 };
  const clock = { time: 1_000_000, now: () => clock.time };
  const said: string[] = [];
  const log = {
    ...silentLog,
    error: (message: string) => said.push(message),
    notice: (message: string) => said.push(message),
  };
  const kept = createReserve({
    reserve,
    clock,
    log,
    async readSpace() {
      disk.asked += 1;
      if (disk.space instanceof Error) throw disk.space;
      return disk.space;
    },
  });
  return { reserve: kept, disk, clock, said };
}

test('reserve: auto is a gibibyte, or two hundredths of a small disk', async () => {
  for (const [totalBytes, expected] of [
    [1_000 * GiB, GiB],
    [10 * GiB, Math.floor(10 * GiB * 0.02)],
  ] as const) {
    const { reserve } = openReserve('auto', { freeBytes: totalBytes, totalBytes });
    const status = await reserve.read();
    assert.equal(status.kind === 'known' && status.reserveBytes, expected);
  }
});

test('reserve: what would go into it is refused with a sentence, what fits is not', async () => {
  const { reserve } = openReserve(GiB, { freeBytes: 3 * GiB, totalBytes: 10 * GiB });
  await reserve.check(2 * GiB);
  await assert.rejects(reserve.check(2 * GiB + 1), (error: Error & { code?: string }) => {
    assert.equal(error.code, full.code);
    assert.match(error.message, /^the disk of this registry has no room for 2\.1 GB more: of 3\.2 GB /);
    return true;
  });
  const { reserve: low } = openReserve(GiB, { freeBytes: GiB - 1, totalBytes: 10 * GiB });
  await assert.rejects(low.check(0), /nearly full, so that nothing can be pushed.*pulls go on; ask whoever/);
  const { reserve: none } = openReserve(0, { freeBytes: 0, totalBytes: GiB });
  await none.check(GiB);
  assert.equal(none.take(GiB), undefined);
});

test('reserve: amid a stream the disk is asked once a second, and sooner where much was written', async () => {
  const { reserve, disk, clock } = openReserve(100 * MiB, { freeBytes: GiB, totalBytes: 10 * GiB });
  await reserve.check(0);
  for (let at = 0; at < 24; at += 1) assert.equal(reserve.take(MiB), undefined);
  assert.equal(disk.asked, 1);
  // A quarter of the reserve was taken since.
  disk.space = { freeBytes: GiB - 25 * MiB, totalBytes: 10 * GiB };
  await reserve.take(MiB);
  assert.equal(disk.asked, 2);
  assert.equal(reserve.take(MiB), undefined);
  clock.time += 1_000;
  disk.space = { freeBytes: 50 * MiB, totalBytes: 10 * GiB };
  await assert.rejects(async () => reserve.take(MiB), full);
  assert.equal(disk.asked, 3);
});

test('reserve: it is told when the disk runs low, and when there is room again', async () => {
  const { reserve, disk, clock, said } = openReserve(GiB, { freeBytes: MiB, totalBytes: 10 * GiB });
  for (const freeBytes of [MiB, 2 * MiB, 2 * GiB, 2 * GiB]) {
    disk.space = { freeBytes, totalBytes: 10 * GiB };
    clock.time += 1_000;
    await reserve.read();
  }
  assert.deepEqual(said, [
    'the disk is nearly full: pushes are refused',
    'there is room again: pushes are taken',
  ]);
});

test('reserve: a disk that cannot be asked refuses nothing, and that is said', async () => {
  const { reserve, said } = openReserve(GiB, new Error('EIO'));
  await reserve.check(GiB);
  assert.deepEqual(reserve.last(), { kind: 'unknown', why: 'EIO' });
  assert.equal(warnOfDisk(reserve.last()), 'the free space of the disk cannot be read: EIO');
  assert.deepEqual(said, ['the free space of the disk cannot be read']);
});

test('reserve: pushes are refused and leave nothing, while pulls, deletion and collection go on', async () => {
  await using registry = await openRegistry();
  const { stores } = registry;
  const pushed = await registry.pushImage('app/web', '1', ['layer']);
  const { reserve, disk, clock } = openReserve(GiB, { freeBytes: GiB - 1, totalBytes: 10 * GiB });
  const uploads = createUploads(stores, { reserve });
  const manifests = createManifests(stores, { reserve });
  const push = grant('push', 'app/web');
  await assert.rejects(uploads.start(push), full);
  await assert.rejects(
    manifests.put(push, { tag: '2' }, mediaTypes.ociManifest, imageManifest({ layers: ['layer'] })),
    full,
  );
  assert.equal((await registry.blobs.stat(grant('pull', 'app/web'), digestOf('layer'))).sizeBytes, 5);
  await manifests.delete(grant('delete', 'app/web'), pushed);
  const collection = createCollection(stores, { graceMs: 0, log: silentLog });
  let removed = 0;
  for (let run = 0; run < 3; run += 1) {
    stores.clock.time += 60_000;
    removed += (await collection.run(new AbortController().signal)).blobsRemoved;
  }
  assert.equal(removed, 3);

  // One that had begun ends, and its bytes go: they are the room that is lacking.
  disk.space = { freeBytes: 2 * GiB, totalBytes: 10 * GiB };
  clock.time += 1_000;
  const { id } = await uploads.start(push);
  await uploads.append(push, id, { source: streamOf('begun') });
  disk.space = { freeBytes: 0, totalBytes: 10 * GiB };
  clock.time += 1_000;
  await assert.rejects(uploads.append(push, id, { source: streamOf('more') }), full);
  assert.equal(await stores.blobs.uploadSize(id), undefined);
  await assert.rejects(uploads.status(push, id), { code: registryErrors.upload_unknown.code });

  // Announced bytes are refused before the first of them.
  disk.space = { freeBytes: 2 * GiB, totalBytes: 10 * GiB };
  clock.time += 1_000;
  const next = await uploads.start(push);
  let isAsked = false;
  const source = (async function* () {
    isAsked = true;
    yield Buffer.from('never');
  })();
  await assert.rejects(uploads.append(push, next.id, { source, lengthBytes: 2 * GiB }), full);
  assert.equal(isAsked, false);
});
