import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../formats/oci/digest.ts';
import { silentLog } from '../../kit/log.ts';
import { createCollection } from './collection.ts';
import { registryErrors } from './errors.ts';
import { grant, openRegistry, type RegistryFixture } from './registry.fixture.ts';
import { createTrash } from './trash.ts';

const HOUR = 60 * 60 * 1000;
const pull = grant('pull', 'app/web');
const push = grant('push', 'app/web');
const remove = grant('delete', 'app/web');
const trashOf = ({ stores, manifests }: RegistryFixture) => createTrash(stores, manifests);
const unknown = { code: registryErrors.trash_unknown.code };

async function live({ stores }: RegistryFixture, hours: number): Promise<number> {
  const collection = createCollection(stores, { graceMs: 24 * HOUR, log: silentLog });
  let removed = 0;
  for (let hour = 0; hour < hours; hour += 1) {
    removed += (await collection.run(new AbortController().signal)).blobsRemoved;
    stores.clock.time += HOUR;
  }
  return removed;
}

test('trash: a deleted manifest is gone at once, and comes back with its tags and all its blobs', async () => {
  await using registry = await openRegistry();
  const digest = await registry.pushImage('app/web', '1', ['layer']);
  const { bytes } = await registry.manifests.get(pull, { tag: '1' });
  await registry.manifests.put(push, { tag: 'latest' }, undefined, bytes);
  await registry.manifests.delete(remove, digest);
  await assert.rejects(registry.manifests.get(pull, { digest }), { code: 'registry.manifest_unknown' });
  const { time } = registry.stores.clock;
  assert.deepEqual(await trashOf(registry).list(pull, 10), [
    { kind: 'manifest', digest, tags: ['1', 'latest'], deletedAt: time, deletedBy: 'admin' },
  ]);
  assert.equal(await live(registry, 24), 0);
  assert.deepEqual(await trashOf(registry).undelete(push, { digest }), {
    digest,
    tags: ['1', 'latest'],
    movedTags: [],
    missingBlobs: 0,
  });
  assert.equal(Buffer.compare((await registry.manifests.get(pull, { tag: 'latest' })).bytes, bytes), 0);
  for (const content of ['{}', 'layer'])
    assert.ok((await registry.blobs.stat(pull, digestOf(content))).sizeBytes > 0);
  assert.deepEqual(await trashOf(registry).list(pull, 10), []);
  assert.equal(await live(registry, 60), 0);
});

test('trash: after its grace it cannot come back, and its bytes go in the same run', async () => {
  await using registry = await openRegistry();
  const digest = await registry.pushImage('app/web', '1', ['layer']);
  await registry.manifests.delete(remove, digest);
  assert.equal(await live(registry, 24), 0);
  assert.equal(await live(registry, 1), 3);
  await assert.rejects(trashOf(registry).undelete(push, { digest }), unknown);
  await assert.rejects(trashOf(registry).undelete(push, { tag: '1' }), unknown);
});

test('trash: a tag alone comes back where it pointed; one that points elsewhere by now is left there', async () => {
  await using registry = await openRegistry();
  const first = await registry.pushImage('app/web', '1', ['first']);
  await registry.tags.delete(remove, '1');
  assert.deepEqual(
    (await trashOf(registry).list(pull, 10)).map(({ kind, tags }) => [kind, tags]),
    [['tag', ['1']]],
  );
  assert.deepEqual((await trashOf(registry).undelete(push, { tag: '1' })).tags, ['1']);
  assert.equal((await registry.manifests.stat(pull, { tag: '1' })).digest, first);
  await assert.rejects(trashOf(registry).undelete(push, { tag: '1' }), unknown);

  await registry.manifests.delete(remove, first);
  const second = await registry.pushImage('app/web', '1', ['second']);
  const undeleted = await trashOf(registry).undelete(push, { digest: first });
  assert.deepEqual([undeleted.tags, undeleted.movedTags], [[], ['1']]);
  assert.equal((await registry.manifests.stat(pull, { tag: '1' })).digest, second);
  assert.equal((await registry.manifests.stat(pull, { digest: first })).digest, first);
});

test('trash: only through its own repository, and what was never deleted is not undeleted', async () => {
  await using registry = await openRegistry();
  const digest = await registry.pushImage('app/web', '1', ['layer']);
  await registry.pushImage('app/other', '1', ['other']);
  await assert.rejects(trashOf(registry).undelete(push, { digest }), unknown);
  await registry.manifests.delete(remove, digest);
  await assert.rejects(trashOf(registry).undelete(grant('push', 'app/other'), { digest }), unknown);
  await assert.rejects(trashOf(registry).undelete(grant('push', 'app/none'), { digest }), {
    code: 'registry.name_unknown',
  });
});

test('trash: what comes back at the very end of its grace comes back whole', async () => {
  await using registry = await openRegistry();
  const digest = await registry.pushImage('app/web', '1', ['layer']);
  await registry.manifests.delete(remove, digest);
  await live(registry, 24);
  // The collector runs to its end between finding and pushing; its next run would have ended it.
  const manifests: typeof registry.manifests = {
    ...registry.manifests,
    async put(...args) {
      await live(registry, 2);
      return registry.manifests.put(...args);
    },
  };
  const { missingBlobs, tags } = await createTrash(registry.stores, manifests).undelete(push, { digest });
  assert.deepEqual([missingBlobs, tags], [0, ['1']]);
});
