// Images of which blobs are missing: kept as they are, never readable beyond what was pushed, never whole by chance.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import { registryErrors } from './errors.ts';
import { grant, imageManifest, openRegistry, type RegistryFixture } from './registry.fixture.ts';

const push = grant('push', 'app/web');
const pull = grant('pull', 'app/web');
const put = (registry: RegistryFixture, ...layers: string[]) =>
  registry.manifests.put(push, { tag: 'sparse' }, mediaTypes.ociManifest, imageManifest({ layers }));
const missing = (registry: RegistryFixture) =>
  registry.stores.database.query.selectFrom('manifest_missing').select('child_digest').execute();
const events = async (registry: RegistryFixture) =>
  (await registry.stores.database.query.selectFrom('event').select('kind').orderBy('id').execute()).map(
    (row) => row.kind,
  );

test('sparse: a manifest gives no right to a blob of another repository, and says how many it lacks', async () => {
  await using registry = await openRegistry();
  await registry.pushBlob('app/secret', 'secret layer');
  await registry.pushBlob('app/web', '{}');
  const pushed = await put(registry, 'secret layer', 'nowhere');
  assert.equal(pushed.missingBlobs, 2);
  assert.equal((await registry.manifests.get(pull, { tag: 'sparse' })).digest, pushed.digest);
  for (const content of ['secret layer', 'nowhere'])
    await assert.rejects(registry.blobs.stat(pull, digestOf(content)), {
      code: registryErrors.blob_unknown.code,
    });
});

test('sparse: the last blob that comes makes it whole, and that is an event; one that goes unmakes it', async () => {
  await using registry = await openRegistry();
  const { digest } = await put(registry, 'one', 'two');
  for (const content of ['{}', 'one']) await registry.pushBlob('app/web', content);
  // The same bytes in another repository are of no use to this one.
  await registry.pushBlob('app/other', 'two');
  assert.deepEqual(await missing(registry), [{ child_digest: digestOf('two') }]);
  assert.ok(!(await events(registry)).includes('manifest_completed'));
  assert.equal(await registry.uploads.mount(push, digestOf('two'), grant('pull', 'app/other')), true);
  assert.deepEqual(await missing(registry), []);
  assert.equal((await events(registry)).at(-1), 'manifest_completed');
  await registry.blobs.delete(grant('delete', 'app/web'), digestOf('one'));
  assert.deepEqual(await missing(registry), [{ child_digest: digestOf('one') }]);
  await registry.manifests.delete(grant('delete', 'app/web'), digest);
  assert.deepEqual(await missing(registry), []);
});

test('sparse: pushing it again changes nothing, and an index never counts as sparse', async () => {
  await using registry = await openRegistry();
  await put(registry, 'one');
  assert.equal((await put(registry, 'one')).missingBlobs, 2);
  assert.equal((await missing(registry)).length, 2);
  const absent = { mediaType: mediaTypes.ociManifest, digest: digestOf('absent'), size: 6 };
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [absent] };
  const bytes = Buffer.from(JSON.stringify(index));
  const pushed = await registry.manifests.put(push, { tag: 'index' }, mediaTypes.ociIndex, bytes);
  assert.equal(pushed.missingBlobs, 0);
});
