import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../formats/oci/digest.ts';
import { createMemoryBlobStore } from '../../io/blobs/memory.ts';
import type { BlobStore } from '../../io/blobs/store.ts';
import type { ByteStream } from '../../kit/bytes.ts';
import { limits } from '../../kit/limits.ts';
import { registryErrors } from './errors.ts';
import { grant, openRegistry, type RegistryFixture, streamOf } from './registry.fixture.ts';
import { createUploads } from './uploads.ts';

const push = grant('push', 'app/web');
const pull = grant('pull', 'app/web');

async function rowCounts({ stores }: RegistryFixture): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of ['upload', 'blob', 'repository_blob'] as const)
    counts[table] = (await stores.database.query.selectFrom(table).selectAll().execute()).length;
  return counts;
}

async function storedDigests({ stores }: RegistryFixture): Promise<string[]> {
  const digests: string[] = [];
  for await (const { digest } of stores.blobs.list()) digests.push(digest);
  return digests;
}

test('chunks add up to a blob of the repository', async () => {
  await using registry = await openRegistry();
  const { uploads, blobs } = registry;
  const { id, sizeBytes } = await uploads.start(push);
  assert.equal(sizeBytes, 0);
  const first = { source: streamOf('abc'), range: { start: 0, end: 2 }, lengthBytes: 3 };
  assert.deepEqual(await uploads.append(push, id, first), { id, sizeBytes: 3 });
  assert.deepEqual(await uploads.append(push, id, { source: streamOf('de', 'f') }), { id, sizeBytes: 6 });
  assert.deepEqual(await uploads.status(push, id), { id, sizeBytes: 6 });
  await assert.rejects(blobs.stat(pull, digestOf('abcdef')), { code: registryErrors.blob_unknown.code });
  const done = await uploads.finish(push, id, digestOf('abcdefghi'), { source: streamOf('ghi') });
  assert.deepEqual(done, { digest: digestOf('abcdefghi'), sizeBytes: 9 });
  assert.deepEqual(await blobs.stat(pull, done.digest), { sizeBytes: 9, isProven: true });
  await assert.rejects(uploads.status(push, id), { code: registryErrors.upload_unknown.code });
  assert.deepEqual(await rowCounts(registry), { upload: 0, blob: 1, repository_blob: 1 });
});

test('a wrong digest is refused and leaves nothing behind', async () => {
  await using registry = await openRegistry();
  const { uploads } = registry;
  const { id } = await uploads.start(push);
  await assert.rejects(uploads.finish(push, id, digestOf('expected'), { source: streamOf('other') }), {
    code: registryErrors.digest_invalid.code,
    message: new RegExp(digestOf('other')),
  });
  await assert.rejects(uploads.status(push, id), { code: registryErrors.upload_unknown.code });
  assert.equal(await registry.stores.blobs.uploadSize(id), undefined);
  assert.deepEqual(await storedDigests(registry), []);
  assert.deepEqual(await rowCounts(registry), { upload: 0, blob: 0, repository_blob: 0 });
});

test('a chunk out of order is refused with the true end, and the upload goes on from there', async () => {
  await using registry = await openRegistry();
  const { uploads } = registry;
  const { id } = await uploads.start(push);
  await uploads.append(push, id, { source: streamOf('abc') });
  const wrong = { source: streamOf('xyz'), range: { start: 5, end: 7 } };
  const refused = { code: registryErrors.range_invalid.code, message: /holds 3 bytes/ };
  await assert.rejects(uploads.append(push, id, wrong), refused);
  await assert.rejects(uploads.finish(push, id, digestOf('abcxyz'), wrong), refused);
  assert.equal((await uploads.status(push, id)).sizeBytes, 3);
  await uploads.append(push, id, { source: streamOf('def'), range: { start: 3, end: 5 } });
  await uploads.finish(push, id, digestOf('abcdef'));
});

test('more or fewer bytes than announced are refused', async () => {
  await using registry = await openRegistry();
  const { uploads } = registry;
  const { id } = await uploads.start(push);
  const refused = { code: registryErrors.size_invalid.code };
  await assert.rejects(uploads.append(push, id, { source: streamOf('abcd'), lengthBytes: 3 }), refused);
  await assert.rejects(uploads.append(push, id, { source: streamOf('ab'), lengthBytes: 3 }), refused);
  const contradiction = { source: streamOf('ab'), range: { start: 2, end: 3 }, lengthBytes: 9 };
  await assert.rejects(uploads.append(push, id, contradiction), refused);
  assert.equal((await uploads.status(push, id)).sizeBytes, 2);
  await uploads.finish(push, id, digestOf('ab'));
});

test('a blob over the limit ends the upload, announced or not', async () => {
  await using registry = await openRegistry();
  const uploads = createUploads(registry.stores, { blobLimitBytes: 5 });
  const refused = { code: registryErrors.blob_too_large.code };
  for (const chunk of [{ source: streamOf('abc', 'def') }, { source: streamOf('abcdef'), lengthBytes: 6 }]) {
    const { id } = await uploads.start(push);
    await assert.rejects(uploads.append(push, id, chunk), refused);
    assert.equal(await registry.stores.blobs.uploadSize(id), undefined);
  }
  assert.equal((await rowCounts(registry)).upload, 0);
});

test('after a cut connection the upload resumes, with and without the running digest', async () => {
  await using registry = await openRegistry();
  async function* cut(): ByteStream {
    yield Buffer.from('abc');
    throw new Error('cut');
  }
  for (const resume of [registry.uploads, createUploads(registry.stores)]) {
    const { id } = await registry.uploads.start(push);
    await assert.rejects(registry.uploads.append(push, id, { source: cut() }), /cut/);
    assert.deepEqual(await resume.status(push, id), { id, sizeBytes: 3 });
    await resume.append(push, id, { source: streamOf('def') });
    await resume.finish(push, id, digestOf('abcdef'));
  }
});

test('another process may take over: a stale running digest is never trusted', async () => {
  await using registry = await openRegistry();
  const other = createUploads(registry.stores);
  const { id } = await registry.uploads.start(push);
  await registry.uploads.append(push, id, { source: streamOf('abc') });
  await other.append(push, id, { source: streamOf('def') });
  await registry.uploads.append(push, id, { source: streamOf('ghi') });
  await registry.uploads.finish(push, id, digestOf('abcdefghi'));
});

test('sha512 is computed whether it was announced or comes as a surprise', async () => {
  await using registry = await openRegistry();
  const { uploads, blobs } = registry;
  const digest = digestOf('abc', 'sha512');
  const announced = await uploads.start(push, { algorithm: 'sha512' });
  await uploads.append(push, announced.id, { source: streamOf('abc') });
  await uploads.finish(push, announced.id, digest);
  const surprise = await uploads.start(grant('push', 'app/two'));
  await uploads.append(grant('push', 'app/two'), surprise.id, { source: streamOf('abc') });
  await uploads.finish(grant('push', 'app/two'), surprise.id, digest);
  assert.deepEqual(await blobs.stat(pull, digest), { sizeBytes: 3, isProven: true });
});

test('an empty blob can be pushed', async () => {
  await using registry = await openRegistry();
  await registry.pushBlob('app/web', '');
  assert.deepEqual(await registry.blobs.stat(pull, digestOf('')), { sizeBytes: 0, isProven: true });
});

test('one request at a time writes to an upload', async () => {
  await using registry = await openRegistry();
  const { uploads } = registry;
  const { id } = await uploads.start(push);
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  async function* slow(): ByteStream {
    yield Buffer.from('abc');
    reached.resolve();
    await gate.promise;
    yield Buffer.from('def');
  }
  const writing = uploads.append(push, id, { source: slow() });
  await reached.promise;
  const busy = { code: registryErrors.upload_busy.code };
  await assert.rejects(uploads.append(push, id, { source: streamOf('x') }), busy);
  await assert.rejects(uploads.finish(push, id, digestOf('abc')), busy);
  await assert.rejects(uploads.cancel(push, id), busy);
  registry.stores.clock.time += limits.uploadIdleMs * 2;
  assert.equal(await uploads.expire(), 0);
  gate.resolve();
  assert.equal((await writing).sizeBytes, 6);
  await uploads.finish(push, id, digestOf('abcdef'));
});

test('an upload belongs to its repository', async () => {
  await using registry = await openRegistry();
  const { uploads } = registry;
  const { id } = await uploads.start(push);
  const other = grant('push', 'app/other');
  const unknown = { code: registryErrors.upload_unknown.code };
  await assert.rejects(uploads.status(other, id), unknown);
  await assert.rejects(uploads.append(other, id, { source: streamOf('x') }), unknown);
  await assert.rejects(uploads.finish(other, id, digestOf('')), unknown);
  await assert.rejects(uploads.cancel(other, id), unknown);
  await uploads.cancel(push, id);
  await assert.rejects(uploads.cancel(push, id), unknown);
});

test('an upload without a byte for too long is dropped, a younger one stays', async () => {
  await using registry = await openRegistry();
  const { uploads, stores } = registry;
  const old = await uploads.start(push);
  const young = await uploads.start(push);
  stores.clock.time += limits.uploadIdleMs;
  await uploads.append(push, young.id, { source: streamOf('abc') });
  stores.clock.time += 1;
  assert.equal(await uploads.expire(), 1);
  await assert.rejects(uploads.status(push, old.id), { code: registryErrors.upload_unknown.code });
  assert.equal(await stores.blobs.uploadSize(old.id), undefined);
  assert.equal((await uploads.status(push, young.id)).sizeBytes, 3);
});

test('a mount needs a repository that holds the blob, or any public one', async () => {
  await using registry = await openRegistry();
  const { uploads, blobs, stores } = registry;
  const digest = await registry.pushBlob('app/web', 'shared');
  const to = grant('push', 'app/new');
  assert.equal(await uploads.mount(to, digest, grant('pull', 'app/absent')), false);
  assert.equal(await uploads.mount(to, digestOf('unknown')), false);
  assert.equal(await registry.repositories.find('app/new'), undefined);
  assert.equal(await uploads.mount(to, digest, pull), true);
  assert.equal(await uploads.mount(to, digest, pull), true);
  assert.deepEqual(await blobs.stat(grant('pull', 'app/new'), digest), { sizeBytes: 6, isProven: true });
  assert.equal(await uploads.mount(grant('push', 'app/third'), digest), true);

  await stores.database.query.updateTable('repository').set({ is_public: 0 }).execute();
  assert.equal(await uploads.mount(grant('push', 'app/fourth'), digest), false);
  assert.equal(await uploads.mount(grant('push', 'app/fourth'), digest, pull), true);
  await stores.blobs.delete(digest);
  assert.equal(await uploads.mount(grant('push', 'app/fifth'), digest, pull), false);
});

test('a failure between bytes and row shows nothing, and the next try works', async () => {
  const memory = createMemoryBlobStore();
  let isFailing = true;
  const failing: BlobStore = {
    ...memory,
    async commitUpload(id, digest) {
      await memory.commitUpload(id, digest);
      if (isFailing) throw new Error('power lost');
    },
  };
  await using registry = await openRegistry({ blobs: failing });
  await assert.rejects(registry.pushBlob('app/web', 'content'), /power lost/);
  await assert.rejects(registry.blobs.stat(pull, digestOf('content')), {
    code: registryErrors.blob_unknown.code,
  });
  assert.deepEqual(await storedDigests(registry), [digestOf('content')]);
  isFailing = false;
  await registry.pushBlob('app/web', 'content');
  assert.deepEqual(await registry.blobs.stat(pull, digestOf('content')), { sizeBytes: 7, isProven: true });
});

test('32 pushes at once, of the same and of different blobs', async () => {
  await using registry = await openRegistry();
  const contents = Array.from({ length: 32 }, (_, position) => `layer ${position % 8}`);
  const digests = await Promise.all(
    contents.map((content, position) => registry.pushBlob(`app/${position % 4}`, content)),
  );
  assert.deepEqual(
    digests,
    contents.map((content) => digestOf(content)),
  );
  assert.deepEqual(await rowCounts(registry), { upload: 0, blob: 8, repository_blob: 8 });
});
