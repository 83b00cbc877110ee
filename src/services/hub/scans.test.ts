import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { artifact, debianImage, index, type MadeImage } from '../../../test/world/image.ts';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { createMemoryShelf } from '../../io/advisories/memory-shelf.ts';
import { createMemoryLayerCache } from '../../io/images/layer-cache-memory.ts';
import type { JsonObject } from '../../kit/json.ts';
import { createQueue, type LeasedJob } from '../jobs/queue.ts';
import { createStoredImageSource } from '../registry/image-source.ts';
import { grant, openRegistry, type RegistryFixture } from '../registry/registry.fixture.ts';
import { createImages, type StoredPlatform } from './images.ts';
import { packJson } from './packed.ts';
import { createScanHandler, createScanRoutes, type ScanDeps } from './scans.ts';

const made = debianImage(['openssl 3.0.11-1']);
const digest = made.digest as Digest;
const shelf = createMemoryShelf();
let registry: RegistryFixture;
let deps: ScanDeps;
/** Repositories through which blobs were read. */
let opened: string[];

before(async () => {
  registry = await openRegistry();
  const { database, clock } = registry.stores;
  deps = {
    database,
    clock,
    shelf,
    queue: createQueue({ database, clock }),
    openImage: async (repository, wanted) => {
      const source = createStoredImageSource(registry.stores, repository, { digest: wanted });
      let isRead = false;
      return {
        ...source,
        blob(...of) {
          if (!isRead) opened.push(repository);
          isRead = true;
          return source.blob(...of);
        },
      };
    },
  };
});
after(() => registry[Symbol.asyncDispose]());
beforeEach(async () => {
  opened = [];
  for (const name of [
    'job',
    'scan',
    'scan_package',
    'scan_component',
    'scan_finding',
    'image_chain',
    'manifest',
  ] as const)
    await deps.database.query.deleteFrom(name).execute();
});

test('a push is queued once; what is judged is not queued again, what failed is', async () => {
  await push('one/app', made);
  await tell('manifest_pushed', 'one/app', digest);
  await tell('manifest_pushed', 'one/app', digest);
  assert.deepEqual(await jobs(), [digest]);
  assert.equal((await scan())?.state, 'queued');
  for (const [state, count] of [
    ['judged', 0],
    ['unsupported', 0],
    ['failed', 1],
  ] as const) {
    await deps.database.query.updateTable('scan').set({ state, error: 'why' }).execute();
    await deps.database.query.deleteFrom('job').execute();
    await tell('manifest_pushed', 'one/app', digest);
    assert.equal((await jobs()).length, count, state);
  }
  assert.deepEqual([(await scan())?.state, (await scan())?.error], ['queued', null]);
});

test('an index and what is not there are not queued', async () => {
  const many = index({ 'linux/amd64': made });
  await push('one/app', many);
  await tell('manifest_pushed', 'one/app', many.digest);
  await tell('manifest_pushed', 'one/app', digestOf('absent'));
  await tell('manifest_pushed', 'no/such', digest);
  await tell('manifest_pushed', 7, digest);
  await tell('manifest_pushed', 'one/app', 'no digest');
  await tell('manifest_deleted', 'one/app', null);
  assert.deepEqual(await jobs(), []);
});

test('a scan goes from queued to judged, through the repository that it came by', async () => {
  await pushAndQueue('one/app');
  await run({ digest });
  const row = await scan();
  assert.deepEqual([row?.state, row?.packages, row?.platform], ['judged', 1, 'linux/amd64']);
  assert.deepEqual(opened, ['one/app']);
  const [key] = await deps.database.query.selectFrom('scan_package').selectAll().execute();
  assert.deepEqual(key, { digest, scope: 'debian:12', name: 'openssl' });
});

test('judged again, its inventory is enough and its report stays on show', async () => {
  await pushAndQueue('one/app');
  await run({ digest });
  const states: (string | undefined)[] = [];
  const watching: ScanDeps = {
    ...deps,
    shelf: {
      ...shelf,
      async open() {
        states.push((await scan())?.state);
        return shelf.open();
      },
    },
  };
  await run({ digest, at: 2 }, watching);
  assert.deepEqual(states, ['judged']);
  assert.deepEqual(opened, ['one/app'], 'it was opened the first time only');
});

test('what comes to hang on an image has it judged again: an index with it, a referrer, but no other image', async () => {
  await pushAndQueue('one/app');
  await run({ digest });
  await deps.database.query.deleteFrom('job').execute();
  const many = index({ 'linux/amd64': made });
  const note = artifact(made);
  const aboutIndex = artifact(many);
  for (const pushed of [many, note, aboutIndex]) {
    await push('one/app', pushed);
    await tell('manifest_pushed', 'one/app', pushed.digest);
    assert.ok((await jobs()).includes(digest));
    await deps.database.query.deleteFrom('job').execute();
  }
  const other = debianImage(['bash 5.2-1']);
  await push('one/app', other);
  await tell('manifest_pushed', 'one/app', other.digest);
  assert.deepEqual(await jobs(), [other.digest]);
});

test('whoever waits hears of the first end, of one after a failure, and of no judging again', async () => {
  const ends = async () => {
    const rows = await deps.database.query
      .selectFrom('event')
      .select('subject_json')
      .where('kind', '=', 'scan_ended')
      .execute();
    return rows.filter(({ subject_json }) => subject_json === JSON.stringify({ digest })).length;
  };
  const before = await ends();
  await pushAndQueue('one/app');
  await run({ digest });
  assert.equal(await ends(), before + 1);
  await run({ digest });
  assert.equal(await ends(), before + 1);
  await createScanHandler(deps).giveUp?.({ input: { digest } } as unknown as LeasedJob, 'no memory');
  await tell('manifest_pushed', 'one/app', digest);
  assert.equal((await scan())?.state, 'queued');
  await run({ digest });
  assert.equal(await ends(), before + 3);
});

test('an inventory of another shape is made anew', async () => {
  await pushAndQueue('one/app');
  const inventory_zst = await packJson({ subject: {}, inventory: { schema: 0 } });
  await deps.database.query.updateTable('scan').set({ inventory_zst, indexed_at: 1 }).execute();
  await run({ digest });
  assert.deepEqual([(await scan())?.state, opened], ['judged', ['one/app']]);
});

test('a layer that another scan has read is not read again', async () => {
  await pushAndQueue('one/app');
  const layers = createMemoryLayerCache({ limitBytes: 1_000_000, generation: 'test' });
  const parts: ScanDeps = { ...deps, layers };
  await run({ digest }, parts);
  await deps.database.query.updateTable('scan').set({ inventory_zst: null, state: 'queued' }).execute();
  let blobs = 0;
  const openImage: ScanDeps['openImage'] = async (repository, wanted) => {
    const source = await deps.openImage(repository, wanted);
    return {
      ...source,
      async blob(descriptor, offsetBytes) {
        blobs += 1;
        return source.blob(descriptor, offsetBytes);
      },
    };
  };
  await run({ digest, at: 2 }, { ...parts, openImage });
  assert.deepEqual([(await scan())?.state, (await scan())?.packages, blobs], ['judged', 1, 1]);
});

test('a repository that let the image go is stood in for by another', async () => {
  await pushAndQueue('one/app');
  await push('two/app', made);
  await registry.manifests.delete(grant('delete', 'one/app'), digest);
  await tell('manifest_deleted', 'one/app', digest);
  await run({ digest });
  assert.deepEqual([(await scan())?.state, opened], ['judged', ['two/app']]);
});

test('what was deleted before its turn, or is no job of ours, is left alone', async () => {
  await pushAndQueue('one/app');
  await registry.manifests.delete(grant('delete', 'one/app'), digest);
  await run({ digest });
  await run({ digest: 'nonsense' });
  await run({});
  assert.deepEqual([(await scan())?.state, opened], ['queued', []]);
  await tell('manifest_deleted', 'one/app', digest);
  assert.equal(await scan(), undefined);
  await run({ digest });
});

test('a scan that is told to stop stops, and goes on the next time', async () => {
  await pushAndQueue('one/app');
  const stopped = AbortSignal.abort(new Error('the server ends'));
  await assert.rejects(createScanHandler(deps).run(job({ digest }), stopped), /the server ends/);
  assert.notEqual((await scan())?.state, 'judged');
  await run({ digest });
  assert.equal((await scan())?.state, 'judged');
});

test('a scan that is given up says why', async () => {
  await pushAndQueue('one/app');
  await createScanHandler(deps).giveUp?.(job({ digest }), 'the layer is damaged');
  assert.deepEqual([(await scan())?.state, (await scan())?.error], ['failed', 'the layer is damaged']);
});

async function push(repository: string, image: MadeImage): Promise<void> {
  for (const bytes of image.blobs.values()) await registry.pushBlob(repository, bytes);
  for (const { digest: own, mediaType, bytes } of image.manifests)
    await registry.manifests.put(grant('push', repository), { digest: own as Digest }, mediaType, bytes);
}

async function pushAndQueue(repository: string): Promise<void> {
  await push(repository, made);
  await tell('manifest_pushed', repository, digest);
}

function tell(kind: 'manifest_pushed' | 'manifest_deleted', repository: unknown, of: unknown): Promise<void> {
  const subject = { repository, digest: of } as JsonObject;
  return deps.database.transaction(async (query) =>
    createScanRoutes(deps)[kind]?.(query, subject, { id: 1, at: 1 }),
  );
}

function run(input: JsonObject, parts: ScanDeps = deps): Promise<void> {
  return createScanHandler(parts).run(job(input), new AbortController().signal);
}

function job(input: JsonObject): LeasedJob {
  const inputText = JSON.stringify(input);
  return { id: 1, kind: 'scan', key: 'key', input, inputText, attempts: 1, owner: 'one' };
}

async function jobs(): Promise<string[]> {
  const rows = await deps.database.query.selectFrom('job').select('key').execute();
  return rows.map(({ key }) => key);
}

function scan() {
  return deps.database.query.selectFrom('scan').selectAll().where('digest', '=', digest).executeTakeFirst();
}

test('an image that its repository does not hold whole is unknown there, whatever is known elsewhere', async () => {
  const layers = createMemoryLayerCache({ limitBytes: 1_000_000, generation: 'test' });
  const known: ScanDeps = { ...deps, layers };
  await pushAndQueue('whole/app');
  await run({ digest }, known);
  assert.equal((await scan())?.state, 'judged');

  // The same layers under another manifest, in a repository that holds none of them.
  const sparse = { ...JSON.parse(Buffer.from(made.bytes).toString()), annotations: { of: 'sparse' } };
  const bytes = Buffer.from(JSON.stringify(sparse));
  const put = (name: string) =>
    registry.manifests.put(grant('push', name), { digest: digestOf(bytes) }, made.mediaType, bytes);
  const pushed = await put('sparse/app');
  assert.ok(pushed.missingBlobs > 0);
  await tell('manifest_pushed', 'sparse/app', pushed.digest);
  await assert.rejects(run({ digest: pushed.digest }, known), {
    code: 'images.missing',
    message: /is not in this repository: what is inside is unknown until it is pushed/,
  });
  // Nor is what is known of an image elsewhere shown where only its manifest is.
  await registry.manifests.put(grant('push', 'sparse/app'), { digest }, made.mediaType, made.bytes);
  const images = createImages(registry.stores);
  const { id } = await registry.stores.database.query
    .selectFrom('repository')
    .select('id')
    .where('name', '=', 'sparse/app')
    .executeTakeFirstOrThrow();
  const found = await images.find({ id, name: 'sparse/app' }, digest);
  assert.deepEqual([found?.scan.state, found?.shown?.summary], ['failed', undefined]);
  assert.equal(await images.report(found?.shown as StoredPlatform), undefined);
  // Where a whole one is beside it, that one is looked into.
  for (const blob of made.blobs.values()) await registry.pushBlob('full/app', blob);
  await put('full/app');
  await run({ digest: pushed.digest }, known);
});
