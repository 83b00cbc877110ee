import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { createMemoryBlobStore } from '../../io/blobs/memory.ts';
import type { BlobStore } from '../../io/blobs/store.ts';
import { silentLog } from '../../kit/log.ts';
import { type CollectionReport, createCollection } from './collection.ts';
import { grant, imageManifest, openRegistry, type RegistryFixture, streamOf } from './registry.fixture.ts';

const HOUR = 60 * 60 * 1000;
const never = new AbortController().signal;
const pull = grant('pull', 'app/web');
const push = grant('push', 'app/web');
const remove = grant('delete', 'app/web');

const collectionOf = (registry: RegistryFixture) =>
  createCollection(registry.stores, { graceMs: 24 * HOUR, log: silentLog });

/** Lets so many hours pass with a run in each; returns what they came to together. */
async function live(registry: RegistryFixture, hours: number): Promise<CollectionReport> {
  const collection = collectionOf(registry);
  let sum = await collection.run(never);
  for (let hour = 0; hour < hours; hour += 1) {
    registry.stores.clock.time += HOUR;
    const run = await collection.run(never);
    sum = {
      ...run,
      linksEnded: sum.linksEnded + run.linksEnded,
      blobsRemoved: sum.blobsRemoved + run.blobsRemoved,
      bytesRemoved: sum.bytesRemoved + run.bytesRemoved,
    };
  }
  return sum;
}

async function stored(registry: RegistryFixture): Promise<readonly Digest[]> {
  const digests: Digest[] = [];
  for await (const { digest } of registry.stores.blobs.list()) digests.push(digest);
  return digests.sort();
}

test('collection: what images use stays for ever; what was deleted goes after its grace, row and file', async () => {
  await using registry = await openRegistry();
  const kept = await registry.pushImage('app/web', 'kept', ['shared', 'own']);
  const gone = await registry.pushImage('app/web', 'gone', ['shared', 'other']);
  const before = await stored(registry);
  assert.equal((await live(registry, 50)).blobsRemoved, 0);
  await registry.manifests.delete(remove, gone);
  assert.equal((await live(registry, 23)).blobsRemoved, 0);
  const report = await live(registry, 2);
  assert.deepEqual([report.linksEnded, report.blobsRemoved], [1, 2]);
  const left = before.filter((digest) => digest !== gone && digest !== digestOf('other'));
  assert.deepEqual(await stored(registry), left);
  const rows = await registry.stores.database.query.selectFrom('blob').select('digest').execute();
  assert.deepEqual(rows.map((row) => row.digest).sort(), left);
  assert.equal((await registry.manifests.get(pull, { tag: 'kept' })).digest, kept);
  for (const content of ['{}', 'shared', 'own'])
    assert.ok((await registry.blobs.stat(pull, digestOf(content))).sizeBytes > 0);
});

test('collection: a blob that is pushed and never used goes; asked for, pushed or mounted again it stays', async () => {
  await using registry = await openRegistry();
  const contents = ['asked', 'pushed', 'mounted', 'left'];
  for (const content of contents) await registry.pushBlob('app/web', content);
  await live(registry, 20);
  await registry.blobs.stat(pull, digestOf('asked'));
  await registry.pushBlob('app/web', 'pushed');
  assert.equal(await registry.uploads.mount(push, digestOf('mounted'), pull), true);
  assert.equal((await live(registry, 20)).blobsRemoved, 1);
  assert.deepEqual(
    await stored(registry),
    ['asked', 'pushed', 'mounted'].map((content) => digestOf(content)).sort(),
  );
  assert.equal((await live(registry, 20)).blobsRemoved, 3);
});

test('collection: whoever only reads without a name keeps nothing alive', async () => {
  await using registry = await openRegistry();
  await registry.pushBlob('app/web', 'left');
  await live(registry, 20);
  await registry.blobs.stat({ ...pull, account: undefined }, digestOf('left'));
  assert.equal((await live(registry, 5)).blobsRemoved, 1);
});

test('collection: a blob in its grace is revived by the manifest that comes to use it', async () => {
  await using registry = await openRegistry();
  for (const content of ['{}', 'layer']) await registry.pushBlob('app/web', content);
  await live(registry, 23);
  const put = await registry.manifests.put(
    push,
    { tag: '1' },
    mediaTypes.ociManifest,
    imageManifest({ layers: ['layer'] }),
  );
  assert.equal(put.missingBlobs, 0);
  assert.equal((await live(registry, 60)).blobsRemoved, 0);
});

test('collection: what is named and not held keeps nothing alive, and what two hold stays for either', async () => {
  await using registry = await openRegistry();
  await registry.pushImage('app/web', '1', ['layer']);
  const other = await registry.pushImage('app/other', '1', ['layer']);
  await registry.manifests.put(
    grant('push', 'app/sparse'),
    { tag: '1' },
    mediaTypes.ociManifest,
    imageManifest({ layers: ['layer'] }),
  );
  await registry.manifests.delete(grant('delete', 'app/other'), other);
  assert.equal((await live(registry, 30)).blobsRemoved, 0);
  const own = (await registry.manifests.get(pull, { tag: '1' })).digest;
  await registry.manifests.delete(remove, own);
  await live(registry, 30);
  assert.ok(!(await stored(registry)).includes(digestOf('layer')));
});

test('collection: a clock that jumps a year ends no grace, one that jumps back loses nothing', async () => {
  await using registry = await openRegistry();
  await registry.pushBlob('app/web', 'left');
  await live(registry, 1);
  registry.stores.clock.time += 365 * 24 * HOUR;
  assert.equal((await live(registry, 1)).blobsRemoved, 0);
  registry.stores.clock.time -= 400 * 24 * HOUR;
  assert.equal((await live(registry, 10)).blobsRemoved, 0);
  assert.equal((await live(registry, 15)).blobsRemoved, 1);
});

test('collection: a broken repository is set aside with its reason; the others go on', async () => {
  await using registry = await openRegistry();
  const broken = await registry.pushImage('app/broken', '1', ['needed']);
  await registry.pushBlob('app/web', 'left');
  const { query } = registry.stores.database;
  await query.deleteFrom('manifest_child').where('digest', '=', broken).execute();
  const report = await live(registry, 40);
  assert.deepEqual(
    report.aside.map(({ repository, why }) => [repository, why]),
    [['app/broken', `manifest ${broken} has lost what it names`]],
  );
  assert.equal(report.blobsRemoved, 1);
  for (const content of ['{}', 'needed'])
    assert.ok((await registry.blobs.stat(grant('pull', 'app/broken'), digestOf(content))).sizeBytes > 0);
});

test('collection: a run that is cut off goes on where it was, in another process too', async () => {
  await using registry = await openRegistry();
  for (let at = 0; at < 40; at += 1) await registry.pushBlob('app/web', `left ${at}`);
  await live(registry, 23);
  registry.stores.clock.time += 2 * HOUR;
  let reports = 0;
  for (let steps = 0; reports === 0; steps += 1) {
    // Aborts after a batch, each time a new process.
    let asked = 0;
    const signal = {
      throwIfAborted() {
        asked += 1;
        if (asked > 1 && steps < 20) throw new Error('cut off');
      },
    } as AbortSignal;
    await collectionOf(registry)
      .run(signal)
      .then(
        (report) => {
          reports += 1;
          assert.deepEqual([report.blobsRemoved, report.linksEnded], [40, 40]);
        },
        (error: Error) => assert.equal(error.message, 'cut off'),
      );
  }
  assert.deepEqual(await stored(registry), []);
  assert.equal((await collectionOf(registry).last())?.blobsRemoved, 40);
});

test('collection: a blob that is being pushed at that moment is left alone', async () => {
  const memory = createMemoryBlobStore();
  const hook: { run?: () => Promise<void> } = {};
  const blobs: BlobStore = {
    ...memory,
    async commitUpload(id, digest) {
      await memory.commitUpload(id, digest);
      await hook.run?.();
    },
  };
  await using registry = await openRegistry({ blobs });
  const digest = await registry.pushBlob('app/web', 'layer');
  await live(registry, 23);
  registry.stores.clock.time += 2 * HOUR;
  let report: CollectionReport | undefined;
  hook.run = async () => {
    report = await collectionOf(registry).run(never);
  };
  // Its file is there, its row not yet written again, while the collector runs to its end.
  const { id } = await registry.uploads.start(push);
  await registry.uploads.finish(push, id, digest, { source: streamOf('layer') });
  assert.deepEqual([report?.blobsRemoved, report?.blobsKept], [0, 1]);
  assert.equal((await registry.blobs.stat(pull, digest)).sizeBytes, 5);
  assert.deepEqual(await stored(registry), [digest]);
});

test('collection: a file that cannot be removed is counted, and its row is gone', async () => {
  const memory = createMemoryBlobStore();
  const blobs: BlobStore = {
    ...memory,
    delete: async () => {
      throw new Error('EIO');
    },
  };
  await using registry = await openRegistry({ blobs });
  await registry.pushBlob('app/web', 'left');
  await live(registry, 23);
  registry.stores.clock.time += 2 * HOUR;
  const report = await collectionOf(registry).run(never);
  assert.deepEqual([report.blobsRemoved, report.blobsFailed], [0, 1]);
  assert.deepEqual(await registry.stores.database.query.selectFrom('blob').selectAll().execute(), []);
});
