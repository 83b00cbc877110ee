import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { artifact, debianImage, index, type MadeImage } from '../../../test/world/image.ts';
import { makeReport } from '../../../test/world/report.ts';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { grant, openRegistry, type RegistryFixture } from '../registry/registry.fixture.ts';
import { anonymous } from './access.ts';
import { createCatalogue, type RepositoryRow } from './catalogue.ts';
import { createImages, type Images } from './images.ts';
import { packJson } from './packed.ts';

let registry: RegistryFixture;
let images: Images;
let repository: RepositoryRow;
const amd64 = debianImage(['openssl 3.0.11-1']);
const arm64 = debianImage(['openssl 3.0.15-1'], { architecture: 'arm64' });
const many = index({ 'linux/arm64': arm64, 'linux/amd64': amd64 });
const bytesOf = (image: MadeImage, ...digests: readonly string[]) =>
  digests.reduce((sum, digest) => sum + (image.blobs.get(digest)?.byteLength ?? 0), 0);

before(async () => {
  registry = await openRegistry();
  images = createImages(registry.stores);
  await push('one', amd64);
  await push('uno', amd64);
  await push('many', many);
  await push('note', artifact(amd64));
  repository = (await createCatalogue(registry.stores).findRepository(
    anonymous,
    'team/app',
  )) as RepositoryRow;
});
after(() => registry[Symbol.asyncDispose]());

test('before its scan an image is queued, its platform from the configuration', async () => {
  const image = await images.find(repository, 'one');
  assert.deepEqual(
    [image?.shown?.platform, image?.scan.state, image?.tag, image?.otherTags],
    ['linux/amd64', 'queued', 'one', ['uno']],
  );
  assert.equal(image?.sizeBytes, bytesOf(amd64, ...amd64.blobs.keys()));
  assert.equal(image?.pushedAt, 1_000_000);
  assert.equal(await images.report({ digest: amd64.digest as Digest }), undefined);
});

test('a digest finds what a tag does, and only in its own repository', async () => {
  const byDigest = await images.find(repository, amd64.digest);
  assert.deepEqual(
    [byDigest?.digest, byDigest?.tag, byDigest?.otherTags],
    [amd64.digest, undefined, ['one', 'uno']],
  );
  assert.equal(await images.find(repository, 'absent'), undefined);
  assert.equal(await images.find(repository, digestOf('absent')), undefined);
  await registry.pushImage('other/app', 'only-there', ['a layer']);
  assert.equal(await images.find(repository, 'only-there'), undefined);
});

test('an index is as large as the platform that is shown, and a platform can be chosen', async () => {
  const shown = await images.find(repository, 'many');
  assert.equal(shown?.shown?.digest, amd64.digest);
  assert.equal(shown?.sizeBytes, bytesOf(amd64, ...amd64.blobs.keys()));
  const chosen = await images.find(repository, 'many', 'linux/arm64');
  assert.equal(chosen?.shown?.digest, arm64.digest);
  await assert.rejects(images.find(repository, 'many', 'windows/amd64'), {
    code: 'oci.platform_missing',
    message: 'there is no image for windows/amd64; there are: linux/arm64, linux/amd64',
  });
  await assert.rejects(images.find(repository, 'one', 'linux/arm64'), { code: 'oci.platform_missing' });
  await assert.rejects(images.find(repository, 'one', 'linux'), { code: 'oci.platform_invalid' });
});

test('an artifact has no platform, whatever its configuration is', async () => {
  const note = await images.find(repository, 'note');
  assert.equal(note?.artifactType, 'application/vnd.example.note');
  assert.equal(note?.shown?.platform, undefined);
});

test('a report is read once for each judging', async () => {
  const { query } = registry.stores.database;
  const digest = amd64.digest as Digest;
  const row = { digest, repository_id: 1, state: 'judged', layers_done: 1, layers_total: 1, queued_at: 1 };
  const report_zst = await packJson(makeReport());
  await query
    .insertInto('scan')
    .values({ ...row, report_zst, judged_at: 5 })
    .execute();
  const [first, second] = await Promise.all([images.report({ digest }), images.report({ digest })]);
  assert.equal(first?.inventory.packages.length, 3);
  assert.equal(await images.report({ digest }), second);
  await query.updateTable('scan').set({ judged_at: 6 }).execute();
  assert.notEqual(await images.report({ digest }), second);
});

test('a report of another shape’s version counts as none', async () => {
  const report_zst = await packJson({ ...makeReport(), schema: 0 });
  await registry.stores.database.query.updateTable('scan').set({ report_zst, judged_at: 7 }).execute();
  assert.equal(await images.report({ digest: amd64.digest as Digest }), undefined);
});

async function push(tag: string, image: MadeImage): Promise<void> {
  for (const bytes of image.blobs.values()) await registry.pushBlob('team/app', bytes);
  for (const { digest, mediaType, bytes } of image.manifests) {
    const reference = digest === image.digest ? { tag } : { digest: digest as Digest };
    await registry.manifests.put(grant('push', 'team/app'), reference, mediaType, bytes);
  }
}
