import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../formats/oci/digest.ts';
import { ociErrors } from '../../formats/oci/errors.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { createMemoryBlobStore } from '../../io/blobs/memory.ts';
import type { BlobStore } from '../../io/blobs/store.ts';
import { limits } from '../../kit/limits.ts';
import { registryErrors } from './errors.ts';
import { createManifests, type ManifestStat } from './manifests.ts';
import { grant, imageManifest, openRegistry, type RegistryFixture } from './registry.fixture.ts';

const push = grant('push', 'app/web');
const pull = grant('pull', 'app/web');
const { ociManifest, ociIndex } = mediaTypes;

async function events({ stores }: RegistryFixture): Promise<string[]> {
  const rows = await stores.database.query.selectFrom('event').selectAll().orderBy('id').execute();
  return rows.map((row) => {
    const { repository, tag, previous } = JSON.parse(row.subject_json);
    return [row.kind, repository, tag, previous === undefined ? undefined : `was ${previous?.slice(0, 12)}`]
      .filter((part) => part !== undefined)
      .join(' ');
  });
}

async function rows({ stores }: RegistryFixture, table: 'manifest' | 'manifest_child' | 'tag' | 'blob') {
  return await stores.database.query.selectFrom(table).selectAll().execute();
}

test('a manifest comes back byte for byte, by tag and by digest', async () => {
  await using registry = await openRegistry();
  await registry.pushBlob('app/web', '{}');
  await registry.pushBlob('app/web', 'layer');
  // Spacing and unknown members are part of the bytes.
  const bytes = Buffer.from(`  ${Buffer.from(imageManifest({ layers: ['layer'], 'x-own': [1] }))}\n`);
  const pushed = await registry.manifests.put(push, { tag: 'latest' }, ociManifest, bytes);
  assert.deepEqual(pushed, { digest: digestOf(bytes), tags: ['latest'], held: [], missingBlobs: 0 });
  // A second service has nothing in memory: it reads what is stored.
  for (const manifests of [registry.manifests, createManifests(registry.stores)])
    for (const reference of [{ tag: 'latest' }, { digest: pushed.digest }]) {
      const got = await manifests.get(pull, reference);
      assert.equal(Buffer.compare(got.bytes, bytes), 0);
      const stat: ManifestStat = {
        digest: pushed.digest,
        mediaType: ociManifest,
        sizeBytes: bytes.byteLength,
      };
      assert.deepEqual({ ...got, bytes: undefined }, { ...stat, bytes: undefined });
      assert.deepEqual(await manifests.stat(pull, reference), stat);
    }
});

test('where sparse is refused config and layers must be there, and a refused push leaves nothing', async () => {
  await using registry = await openRegistry({ sparse: 'refuse' });
  await registry.pushBlob('app/web', '{}');
  await registry.pushBlob('app/other', 'elsewhere');
  const put = (bytes: Uint8Array, name = 'app/web'): Promise<unknown> =>
    registry.manifests.put(grant('push', name), { tag: 'latest' }, ociManifest, bytes);
  const missing = { code: registryErrors.manifest_blob_unknown.code };
  await assert.rejects(put(imageManifest({ layers: ['elsewhere'] })), missing);
  await assert.rejects(put(imageManifest({ layers: ['elsewhere', 'more'] })), {
    ...missing,
    message: /and 1 more/,
  });
  await assert.rejects(put(imageManifest(), 'app/new'), missing);
  assert.deepEqual(await rows(registry, 'manifest'), []);
  assert.equal((await rows(registry, 'blob')).length, 2);
  assert.equal(await registry.repositories.find('app/new'), undefined);
  assert.equal(await registry.stores.blobs.stat(digestOf(imageManifest())), undefined);
});

test('layers that registries need not keep may be missing, so may children of an index and a subject', async () => {
  await using registry = await openRegistry();
  await registry.pushBlob('app/web', '{}');
  const descriptor = { mediaType: ociManifest, digest: digestOf('absent'), size: 6 };
  const foreign = imageManifest({
    manifests: undefined,
    layers: undefined,
    subject: descriptor,
  });
  const value = JSON.parse(Buffer.from(foreign).toString());
  value.layers = [{ ...descriptor, mediaType: mediaTypes.dockerForeignLayerGzip }];
  const { subject } = await registry.manifests.put(
    push,
    { tag: 'foreign' },
    ociManifest,
    Buffer.from(JSON.stringify(value)),
  );
  assert.equal(subject, descriptor.digest);
  const index = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: [descriptor] }),
  );
  await registry.manifests.put(push, { tag: 'sparse' }, ociIndex, index);
  const children = await rows(registry, 'manifest_child');
  assert.deepEqual(children.map((child) => 'role' in child && child.role).sort(), [
    'config',
    'layer',
    'manifest',
  ]);
});

test('what is no manifest, too large, or not what its digest says is refused', async () => {
  await using registry = await openRegistry();
  await registry.pushBlob('app/web', '{}');
  const put = (bytes: Uint8Array, mediaType?: string, reference = { tag: 'latest' } as { tag: string }) =>
    registry.manifests.put(push, reference, mediaType, bytes);
  const invalid = { code: registryErrors.manifest_invalid.code };
  await assert.rejects(put(Buffer.from('no json'), ociManifest), invalid);
  await assert.rejects(put(imageManifest(), ociIndex), invalid);
  await assert.rejects(put(imageManifest({ mediaType: undefined }), undefined), invalid);
  await assert.rejects(put(imageManifest({ mediaType: 'text/plain' }), 'text/plain'), {
    code: registryErrors.manifest_unsupported.code,
  });
  await assert.rejects(put(new Uint8Array(limits.manifestBytes + 1), ociManifest), {
    code: registryErrors.manifest_too_large.code,
  });
  await assert.rejects(put(imageManifest(), ociManifest, { tag: '-wrong' }), {
    code: ociErrors.tag_invalid.code,
  });
  await assert.rejects(
    registry.manifests.put(push, { digest: digestOf('other') }, ociManifest, imageManifest()),
    { code: registryErrors.digest_invalid.code },
  );
  assert.deepEqual(await rows(registry, 'manifest'), []);
});

test('by digest, with sha512 and with several tags at once', async () => {
  await using registry = await openRegistry();
  await registry.pushBlob('app/web', '{}');
  const bytes = imageManifest();
  const digest = digestOf(bytes, 'sha512');
  const pushed = await registry.manifests.put(push, { digest }, ociManifest, bytes, {
    tags: ['1', '1.2', '1'],
  });
  assert.deepEqual(pushed, { digest, tags: ['1', '1.2'], held: [], missingBlobs: 0 });
  assert.equal((await registry.manifests.stat(pull, { tag: '1.2' })).digest, digest);
  assert.equal((await createManifests(registry.stores).get(pull, { digest })).digest, digest);
});

test('a moved tag, its events, and what was there before stays by digest', async () => {
  await using registry = await openRegistry();
  const first = await registry.pushImage('app/web', 'latest', ['one']);
  await registry.pushImage('app/web', 'latest', ['two']);
  await registry.pushImage('app/web', 'latest', ['two']);
  assert.deepEqual(await events(registry), [
    'manifest_pushed app/web',
    'tag_moved app/web latest was undefined',
    'manifest_pushed app/web',
    `tag_moved app/web latest was ${first.slice(0, 12)}`,
    'manifest_pushed app/web',
  ]);
  assert.equal((await registry.manifests.stat(pull, { digest: first })).digest, first);
  assert.notEqual((await registry.manifests.stat(pull, { tag: 'latest' })).digest, first);
});

test('what is not there: repository, tag or digest', async () => {
  await using registry = await openRegistry();
  const name = { code: registryErrors.name_unknown.code };
  await assert.rejects(registry.manifests.get(pull, { tag: 'latest' }), name);
  await assert.rejects(registry.manifests.delete(grant('delete', 'app/web'), digestOf('x')), name);
  const digest = await registry.pushImage('app/web', 'latest', []);
  await registry.pushImage('app/other', 'latest', ['other']);
  const unknown = { code: registryErrors.manifest_unknown.code };
  await assert.rejects(registry.manifests.get(pull, { tag: 'other' }), unknown);
  await assert.rejects(registry.manifests.stat(pull, { digest: digestOf('x') }), unknown);
  await assert.rejects(registry.manifests.get(grant('pull', 'app/other'), { digest }), unknown);
  await assert.rejects(registry.manifests.delete(grant('delete', 'app/web'), digestOf('x')), unknown);
});

test('deleting a manifest removes all its tags and nothing else', async () => {
  await using registry = await openRegistry();
  const kept = await registry.pushImage('app/web', 'kept', ['one']);
  const gone = await registry.pushImage('app/web', 'gone', ['two']);
  await registry.pushImage('app/web', 'gone-too', ['two']);
  await registry.pushImage('app/other', 'gone', ['two']);
  await registry.manifests.delete(grant('delete', 'app/web'), gone);
  assert.deepEqual(await registry.tags.list(pull, { limit: 10 }), ['kept']);
  const unknown = { code: registryErrors.manifest_unknown.code };
  await assert.rejects(registry.manifests.get(pull, { digest: gone }), unknown);
  await assert.rejects(registry.manifests.get(pull, { tag: 'gone' }), unknown);
  assert.equal((await registry.manifests.stat(pull, { tag: 'kept' })).digest, kept);
  assert.equal((await registry.manifests.get(grant('pull', 'app/other'), { tag: 'gone' })).digest, gone);
  assert.deepEqual((await events(registry)).slice(-3).sort(), [
    'manifest_deleted app/web',
    'tag_deleted app/web gone',
    'tag_deleted app/web gone-too',
  ]);
  assert.equal(await registry.pushImage('app/web', 'gone', ['two']), gone);
});

test('damaged or lost bytes are not served, and pushing again repairs them', async () => {
  await using registry = await openRegistry();
  const digest = await registry.pushImage('app/web', 'latest', []);
  const { blobs } = registry.stores;
  const damaged = { code: registryErrors.damaged.code };
  const fresh = () => createManifests(registry.stores).get(pull, { tag: 'latest' });
  await blobs.put(digest, Buffer.from('{"schemaVersion":2}'));
  await assert.rejects(fresh(), damaged);
  await blobs.delete(digest);
  await assert.rejects(fresh(), damaged);
  await registry.pushImage('app/web', 'latest', []);
  assert.equal((await fresh()).digest, digest);
});

test('a failure between bytes and rows shows nothing, nor does one in the middle of the rows', async () => {
  const memory = createMemoryBlobStore();
  let isFailing = true;
  const failing: BlobStore = {
    ...memory,
    async put(digest, bytes) {
      await memory.put(digest, bytes);
      if (isFailing) throw new Error('power lost');
    },
  };
  await using registry = await openRegistry({ blobs: failing });
  await registry.pushBlob('app/web', '{}');
  const put = () => registry.manifests.put(push, { tag: 'latest' }, ociManifest, imageManifest());
  const unknown = { code: registryErrors.manifest_unknown.code };
  await assert.rejects(put(), /power lost/);
  await assert.rejects(registry.manifests.get(pull, { tag: 'latest' }), unknown);

  isFailing = false;
  const { database } = registry.stores;
  await database.query.schema.dropIndex('event_undispatched').execute();
  await database.query.schema.alterTable('event').renameTo('event_away').execute();
  await assert.rejects(put(), /event/);
  await assert.rejects(registry.manifests.get(pull, { digest: digestOf(imageManifest()) }), unknown);
  assert.deepEqual(await rows(registry, 'tag'), []);

  await database.query.schema
    .alterTable('event_away' as 'event')
    .renameTo('event')
    .execute();
  await put();
  assert.equal((await registry.manifests.get(pull, { tag: 'latest' })).digest, digestOf(imageManifest()));
});

test('where sparse is refused, a blob that is deleted during the push is noticed', async () => {
  const memory = createMemoryBlobStore();
  const hook: { run?: () => Promise<void> } = {};
  const blobs: BlobStore = {
    ...memory,
    async put(digest, bytes) {
      await memory.put(digest, bytes);
      await hook.run?.();
    },
  };
  await using registry = await openRegistry({ blobs, sparse: 'refuse' });
  const config = await registry.pushBlob('app/web', '{}');
  hook.run = () => registry.blobs.delete(grant('delete', 'app/web'), config);
  await assert.rejects(registry.manifests.put(push, { tag: 'latest' }, ociManifest, imageManifest()), {
    code: registryErrors.manifest_blob_unknown.code,
  });
  assert.deepEqual(await rows(registry, 'manifest'), []);
});

test('32 images pushed and pulled at once', async () => {
  await using registry = await openRegistry();
  await Promise.all(
    Array.from({ length: 32 }, async (_, position) => {
      const name = `app/${position % 4}`;
      const digest = await registry.pushImage(name, `v${position}`, ['shared', `own ${position}`]);
      const got = await registry.manifests.get(grant('pull', name), { tag: `v${position}` });
      assert.equal(got.digest, digest);
    }),
  );
  assert.equal((await rows(registry, 'tag')).length, 32);
  assert.equal((await rows(registry, 'manifest_child')).length, 96);
});
