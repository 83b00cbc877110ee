import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { artifact, image, type MadeImage } from '../../../test/world/image.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import { createStoredImageSource } from '../registry/image-source.ts';
import { grant, openRegistry, type RegistryFixture } from '../registry/registry.fixture.ts';
import { anonymous } from './access.ts';
import { createIndexLayersHandler, replaceChain } from './image-chain.ts';
import { indexImage } from './inspect.ts';
import { packJson } from './packed.ts';
import type { ImageSubject } from './report.ts';
import { createStoredLineage, type StoredLineage } from './stored-lineage.ts';

const [one, two, three] = ['one', 'two', 'three'].map((path) => [{ path }]);
const low = image([one ?? []]);
const middle = image([one ?? [], two ?? []]);
const top = image([one ?? [], two ?? [], three ?? []]);
const product = { viewer: 'product' } as const;
let registry: RegistryFixture;
let lineage: StoredLineage;
let subject: ImageSubject;

before(async () => {
  registry = await openRegistry();
  const openImage = async (repository: string, digest: Digest) =>
    createStoredImageSource(registry.stores, repository, { digest });
  lineage = createStoredLineage({ database: registry.stores.database, openImage });
  await push('open/low', low, '1');
  await push('secret/middle', middle, '1');
  await push('open/top', top, '1');
  const { query } = registry.stores.database;
  await query.updateTable('repository').set({ is_public: 0 }).where('name', '=', 'secret/middle').execute();
  for (const made of [low, middle, top]) {
    await using source = await openImage(
      made === low ? 'open/low' : made === top ? 'open/top' : 'secret/middle',
      made.digest as Digest,
    );
    const indexed = await indexImage({ source });
    if (made === top) ({ subject } = indexed);
    await registry.stores.database.transaction((rows) =>
      replaceChain(rows, indexed.subject.digest, indexed.subject.config.diffIds),
    );
  }
});
after(() => registry[Symbol.asyncDispose]());

test('lineage: what everybody may read of an image names no repository that only some may see', async () => {
  const forAll = await lineage.traceForAll(subject, 'hub.example.org');
  assert.equal(forAll.base?.reference, 'hub.example.org/open/low:1');
  const all = await lineage.trace(subject, product);
  assert.deepEqual([all.base?.reference, all.base?.layers], ['secret/middle:1', 2]);
  const { query } = registry.stores.database;
  await query.updateTable('repository').set({ is_public: 0 }).where('name', '=', 'open/top').execute();
  assert.equal((await lineage.traceForAll(subject)).base?.reference, 'secret/middle:1');
  await query.updateTable('repository').set({ is_public: 1 }).where('name', '=', 'open/top').execute();
});

test('lineage: descendants are the images that hold all layers below their own', async () => {
  const { knownImages } = lineage;
  const names = async (digest: string, viewer: 'product' | typeof anonymous) =>
    (await knownImages.findDescendants(digest as Digest, { viewer }))
      .flatMap(({ references }) => references)
      .sort();
  assert.deepEqual(await names(low.digest, 'product'), ['open/top:1', 'secret/middle:1']);
  assert.deepEqual(await names(low.digest, anonymous), ['open/top:1']);
  assert.deepEqual(await names(top.digest, 'product'), []);
  assert.deepEqual(await names(`sha256:${'0'.repeat(64)}`, 'product'), []);
});

test('lineage: an image that no tag names is named by its digest', async () => {
  const tagged = await lineage.knownImages.findByLayers(subject.config.diffIds.slice(0, 1), product);
  assert.deepEqual(tagged[0]?.references, ['open/low:1']);
  await registry.stores.database.query.deleteFrom('tag').where('digest', '=', low.digest).execute();
  const [untagged] = await lineage.knownImages.findByLayers(subject.config.diffIds.slice(0, 1), product);
  assert.deepEqual(untagged?.references, [`open/low@${low.digest}`]);
  assert.deepEqual(await lineage.knownImages.findByLayers([], product), []);
});

test('lineage: what hangs on a public image in a private repository is not told with it', async () => {
  const statement = JSON.stringify({
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://example.org/test',
    subject: [{ digest: { sha256: top.digest.slice('sha256:'.length) } }],
  });
  const type = 'application/vnd.in-toto+json';
  await push('secret/copy', top, '1');
  await push('secret/copy', artifact(top, statement, { artifactType: type, layerType: type }), 'note');
  const { query } = registry.stores.database;
  await query.updateTable('repository').set({ is_public: 0 }).where('name', '=', 'secret/copy').execute();
  assert.deepEqual(await lineage.readAttested(top.digest as Digest), { attestations: [] });
  await push('open/top', artifact(top, statement, { artifactType: type, layerType: type }), 'note');
  const { attestations } = await lineage.readAttested(top.digest as Digest);
  assert.deepEqual(
    attestations?.map(({ predicateType, via }) => [predicateType, via]),
    [['https://example.org/test', 'referrer']],
  );
});

test('lineage: rows of layers are filled in for what was looked into before', async () => {
  const { database } = registry.stores;
  const digest = top.digest;
  const inventory = { schema: 1 };
  const inventory_zst = await packJson({ subject, inventory });
  const row = { digest, state: 'judged', repository_id: 1, layers_done: 3, layers_total: 3, queued_at: 1 };
  await database.query
    .insertInto('scan')
    .values({ ...row, indexed_at: 1, inventory_zst })
    .execute();
  await database.query.deleteFrom('image_chain').where('digest', '=', digest).execute();
  const job = { id: 1, kind: 'k', key: 'k', input: {}, inputText: '{}', attempts: 1, owner: 'one' };
  for (const _ of [1, 2]) {
    await createIndexLayersHandler({ database }).run(job, new AbortController().signal);
    const rows = await database.query
      .selectFrom('image_chain')
      .select(['layers', 'is_whole'])
      .where('digest', '=', digest)
      .orderBy('layers')
      .execute();
    assert.deepEqual(
      rows.map(({ layers, is_whole }) => [layers, is_whole]),
      [
        [1, 0],
        [2, 0],
        [3, 1],
      ],
    );
  }
});

async function push(repository: string, made: MadeImage, tag: string): Promise<void> {
  for (const bytes of made.blobs.values()) await registry.pushBlob(repository, bytes);
  for (const { digest, mediaType, bytes } of made.manifests) {
    await registry.manifests.put(grant('push', repository), { digest: digest as Digest }, mediaType, bytes);
    await registry.manifests.put(grant('push', repository), { tag }, mediaType, bytes);
  }
}
