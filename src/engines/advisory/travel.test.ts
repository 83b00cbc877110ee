// Publishing and pulling, over images in memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDigest } from '../../formats/oci/digest.ts';
import { parseManifest } from '../../formats/oci/manifest.ts';
import { advisoryErrors } from '../../io/advisories/errors.ts';
import { fingerprintStore } from '../../io/advisories/fingerprint.ts';
import { createMemoryShelf } from '../../io/advisories/memory-shelf.ts';
import type { AdvisoryShelf } from '../../io/advisories/store.ts';
import { addImage, addIndex, formatLayer } from '../../io/images/fixture-image.ts';
import { createMemoryPlace, type MemoryPlace } from '../../io/images/memory.ts';
import type { ImageSource } from '../../io/images/source.ts';
import { hashHex } from '../../kit/hash.ts';
import { NOW, recordOf } from './advisory.fixture.ts';
import { artifactType, deltaType, packType } from './artifact.ts';
import { type PublishRequest, publishAdvisories } from './publish.ts';
import { type PullRequest, pullAdvisories } from './pull.ts';
import type { AdvisoryRecord } from './record.ts';

const DAY_MS = 86_400_000;
const clock = { now: () => NOW };
const PACKAGES = 300;

/** A store of many packages; `changed` get another fix. */
async function fill(
  shelf: AdvisoryShelf,
  refreshedAt: number,
  changed: readonly number[] = [],
  feed = 'debian',
): Promise<void> {
  await using writer = await shelf.write();
  writer.beginFeed(feed);
  for (let at = 0; at < PACKAGES; at += 1) {
    const record = recordOf(`CVE-2026-${at}`, changed.includes(at) ? '2' : '1', {
      summary: hashHex('sha256', String(at)),
    });
    writer.add({ feed, scope: 'debian:12', name: `p${at}`, id: record.id, body: JSON.stringify(record) });
  }
  await writer.endFeed({
    feed,
    source: 'test',
    refreshedAt,
    records: PACKAGES,
    sizeBytes: 1,
    coverage: 'affected',
    scopes: ['debian:12'],
  });
  await writer.finish();
}

async function shelfOf(...wish: readonly [refreshedAt?: number, changed?: readonly number[]]) {
  const shelf = createMemoryShelf();
  await fill(shelf, wish[0] ?? NOW, wish[1]);
  return shelf;
}

async function publish(place: MemoryPlace, shelf: AdvisoryShelf, more: Partial<PublishRequest> = {}) {
  await using store = await shelf.open();
  const [target, previous] = [place.target('latest'), place.source('latest')];
  return await publishAdvisories({ store, target, previous, clock, ...more });
}

const pull = (place: MemoryPlace, shelf: AdvisoryShelf, more: Partial<PullRequest> = {}) =>
  pullAdvisories({ shelf, source: place.source('latest'), clock, ...more });

async function printOf(shelf: AdvisoryShelf): Promise<string> {
  await using store = await shelf.open();
  return await fingerprintStore(store);
}

/** What the tag names now. */
function manifestOf(place: MemoryPlace) {
  const raw = place.manifests.get(place.tags.get('latest') as never);
  const manifest = parseManifest(raw?.bytes ?? new Uint8Array());
  assert.ok(manifest.kind === 'image');
  return manifest;
}

test('travel: a store is published as an artifact and pulled whole; the second time nothing moves', async () => {
  const place = createMemoryPlace();
  const shelf = await shelfOf(NOW - DAY_MS);
  const published = await publish(place, shelf);
  assert.equal(published.kind, 'published');
  const manifest = manifestOf(place);
  assert.equal(manifest.artifactType, artifactType);
  assert.equal(manifest.config.mediaType, 'application/vnd.oci.empty.v1+json');
  assert.deepEqual(
    manifest.layers.map(({ mediaType }) => mediaType),
    [packType],
  );
  assert.deepEqual(manifest.annotations, {
    'dev.plimsoll.advisories.fingerprint': await printOf(shelf),
    'dev.plimsoll.advisories.feeds': 'debian',
    'dev.plimsoll.advisories.records': '300',
    'dev.plimsoll.advisories.oldest': new Date(NOW - DAY_MS).toISOString(),
    'dev.plimsoll.advisories.newest': new Date(NOW - DAY_MS).toISOString(),
    'org.opencontainers.image.created': new Date(NOW).toISOString(),
    'org.opencontainers.image.title': 'Plimsoll advisories',
  });
  const here = createMemoryShelf();
  const pulled = await pull(place, here);
  assert.deepEqual([pulled.kind, pulled.goneFeeds, pulled.refusedDelta], ['full', [], undefined]);
  assert.ok(pulled.bytes > published.fullBytes);
  assert.equal(await printOf(here), published.fingerprint);
  await using store = await here.open();
  assert.equal((JSON.parse(store.find('debian:12', 'p7')[0]?.body ?? '') as AdvisoryRecord).id, 'CVE-2026-7');
  const again = await pull(place, here);
  assert.deepEqual([again.kind, again.bytes < 2_000], ['present', true]);
  const same = await publish(place, shelf);
  assert.deepEqual([same.kind, same.digest], ['present', published.digest]);
});

test('travel: whoever is some versions behind takes one delta, far smaller than the whole', async () => {
  const place = createMemoryPlace();
  const [publisher, first, second] = [await shelfOf(), createMemoryShelf(), createMemoryShelf()];
  await publish(place, publisher);
  await pull(place, first);
  await fill(publisher, NOW + 1, [3]);
  await publish(place, publisher);
  await pull(place, second);
  await fill(publisher, NOW + 2, [3, 4]);
  const published = await publish(place, publisher);
  assert.equal(published.deltaBytes.length, 2);
  assert.deepEqual(
    manifestOf(place).layers.map(({ mediaType }) => mediaType),
    [packType, deltaType, deltaType],
  );
  for (const shelf of [first, second]) {
    const pulled = await pull(place, shelf);
    assert.deepEqual([pulled.kind, pulled.refusedDelta], ['delta', undefined]);
    assert.ok(pulled.bytes * 2 < published.fullBytes, `${pulled.bytes} of ${published.fullBytes}`);
    assert.equal(await printOf(shelf), published.fingerprint);
  }
  const fresh = createMemoryShelf();
  assert.equal((await pull(place, fresh)).kind, 'full');
});

test('travel: at most eight deltas are kept, the newest; one that saves little is not', async () => {
  const place = createMemoryPlace();
  const publisher = await shelfOf();
  const old = createMemoryShelf();
  await publish(place, publisher);
  await pull(place, old);
  for (let day = 1; day <= 9; day += 1) {
    await fill(publisher, NOW + day, [day]);
    await publish(place, publisher);
  }
  const { layers } = manifestOf(place);
  assert.equal(layers.length, 9);
  assert.equal((await pull(place, old)).kind, 'full');
  await fill(
    publisher,
    NOW + 10,
    Array.from({ length: PACKAGES }, (_, at) => at),
  );
  assert.deepEqual((await publish(place, publisher)).deltaBytes, []);
});

test('travel: a store that comes back is published with deltas to it, and none from it', async () => {
  const place = createMemoryPlace();
  const shelf = await shelfOf(NOW, [1]);
  const first = await publish(place, shelf);
  await fill(shelf, NOW + 1, [2]);
  await publish(place, shelf);
  await fill(shelf, NOW, [1]);
  const back = await publish(place, shelf, { isForced: true });
  assert.deepEqual([back.fingerprint, back.deltaBytes.length], [first.fingerprint, 1]);
});

/** Replaces the bytes of a layer, by position, keeping its name. */
function spoil(place: MemoryPlace, position: number): void {
  const digest = manifestOf(place).layers[position]?.digest as never;
  const bytes = Buffer.from(place.blobs.get(digest) as Uint8Array);
  bytes[20] = (bytes[20] as number) ^ 1;
  place.blobs.set(digest, bytes);
}

async function publishedTwice(): Promise<{ place: MemoryPlace; behind: AdvisoryShelf; fingerprint: string }> {
  const place = createMemoryPlace();
  const [publisher, behind] = [await shelfOf(), createMemoryShelf()];
  await publish(place, publisher);
  await pull(place, behind);
  await fill(publisher, NOW + 1, [3]);
  const { fingerprint } = await publish(place, publisher);
  return { place, behind, fingerprint };
}

test('travel: a damaged or lost delta costs its bytes; the whole is pulled instead, and it is said', async () => {
  for (const isLost of [false, true]) {
    const { place, behind, fingerprint } = await publishedTwice();
    if (isLost) place.blobs.delete(manifestOf(place).layers[1]?.digest as never);
    else spoil(place, 1);
    const pulled = await pull(place, behind);
    assert.equal(pulled.kind, 'full');
    assert.ok(pulled.refusedDelta !== undefined);
    assert.equal(await printOf(behind), fingerprint);
  }
});

test('travel: a delta that leads to another store than its manifest says is not taken', async () => {
  const { place, behind, fingerprint } = await publishedTwice();
  const other = await publishedTwice();
  const [wrong, right] = [other, { place }].map((one) => manifestOf(one.place).layers[1]);
  // The right name and size for bytes that are another delta's.
  const elsewhere = await shelfOf(NOW + 2, [9]);
  await publish(other.place, elsewhere);
  const swapped = manifestOf(other.place).layers[1];
  assert.ok(wrong !== undefined && right !== undefined && swapped !== undefined);
  const raw = await place.source('latest').root();
  const text = Buffer.from(raw.bytes)
    .toString()
    .replace(right.digest, swapped.digest)
    .replace(`"size":${right.sizeBytes}`, `"size":${swapped.sizeBytes}`);
  const source: ImageSource = {
    ...place.source('latest'),
    root: async () => ({ descriptor: raw.descriptor, bytes: Buffer.from(text) }),
    blob: (layer) => (layer.digest === swapped.digest ? other.place : place).source('latest').blob(layer),
  };
  const pulled = await pullAdvisories({ shelf: behind, source, clock });
  assert.equal(pulled.refusedDelta?.code, advisoryErrors.pack_damaged.code);
  assert.equal(await printOf(behind), fingerprint);
});

test('travel: a damaged full pack leaves what is here; publishing again mends it, without a delta', async () => {
  const place = createMemoryPlace();
  const [publisher, here] = [await shelfOf(), await shelfOf(NOW - DAY_MS)];
  await publish(place, publisher);
  spoil(place, 0);
  const before = await printOf(here);
  await assert.rejects(pull(place, here), { kind: 'untrusted' });
  assert.equal(await printOf(here), before);
  await fill(publisher, NOW + 1, [3]);
  const mended = await publish(place, publisher);
  assert.deepEqual([mended.deltaBytes, mended.refusedPrevious?.kind], [[], 'untrusted']);
  assert.equal((await pull(place, here)).kind, 'full');
});

test('travel: an older store is refused unless forced, both ways', async () => {
  const place = createMemoryPlace();
  const [old, here] = [await shelfOf(NOW - 3 * DAY_MS), await shelfOf(NOW - DAY_MS)];
  await publish(place, old);
  const before = await printOf(here);
  await assert.rejects(pull(place, here), {
    code: advisoryErrors.older.code,
    message:
      /the oldest feed of memory:latest is of 2026-02-26T12:00:00.000Z, that of the store here of 2026-02-28T12:00:00.000Z/,
  });
  assert.equal(await printOf(here), before);
  assert.equal((await pull(place, here, { isForced: true })).kind, 'full');
  assert.equal(await printOf(here), await printOf(old));
  await publish(place, await shelfOf(NOW), { isForced: true });
  await assert.rejects(publish(place, old), { code: advisoryErrors.older.code });
  assert.equal((await publish(place, old, { isForced: true })).kind, 'published');
});

test('travel: where the oldest feed is stuck, the newest one decides', async () => {
  const place = createMemoryPlace();
  const [replayed, here] = [await shelfOf(NOW - 9 * DAY_MS), await shelfOf(NOW - 9 * DAY_MS)];
  await fill(replayed, NOW - 5 * DAY_MS, [], 'alpine');
  await fill(here, NOW - DAY_MS, [], 'alpine');
  await publish(place, replayed);
  await assert.rejects(pull(place, here), { code: advisoryErrors.older.code, message: /the newest feed/ });
});

test('travel: a store of times to come is refused: it would shut out every honest one', async () => {
  const place = createMemoryPlace();
  await publish(place, await shelfOf(NOW + 2 * DAY_MS));
  await assert.rejects(pull(place, createMemoryShelf()), { code: advisoryErrors.pack_damaged.code });
});

test('travel: a feed that the published store lacks is named', async () => {
  const place = createMemoryPlace();
  const here = await shelfOf(NOW - DAY_MS);
  await fill(here, NOW - DAY_MS, [], 'alpine');
  await publish(place, await shelfOf());
  assert.deepEqual((await pull(place, here)).goneFeeds, ['alpine']);
});

test('travel: records that nobody could match with are refused', async () => {
  const good = recordOf('CVE-1', '1');
  const hostile: readonly unknown[] = [
    'no JSON {',
    {},
    { ...good, id: 'CVE-2' },
    { ...good, aliases: [1] },
    { ...good, severity: { level: 'dreadful', by: 'test' } },
    { ...good, severity: { level: 'high', by: 'test', score: '9' } },
    { ...good, order: 1 },
    { ...good, ranges: [{}] },
    { ...good, ranges: [{ events: [{ from: '1' }] }] },
    { ...good, versions: '1' },
    { ...good, isUndetermined: false },
    { ...good, summary: 1 },
  ];
  for (const record of hostile) {
    const place = createMemoryPlace();
    const shelf = createMemoryShelf();
    await using writer = await shelf.write();
    writer.beginFeed('a');
    const body = typeof record === 'string' ? record : JSON.stringify(record);
    writer.add({ feed: 'a', scope: 's', name: 'n', id: 'CVE-1', body });
    const row = { feed: 'a', source: 't', refreshedAt: NOW, records: 1, sizeBytes: 1, scopes: ['s'] };
    await writer.endFeed({ ...row, coverage: 'affected' });
    await writer.finish();
    await publish(place, shelf);
    const code = advisoryErrors.pack_damaged.code;
    await assert.rejects(pull(place, createMemoryShelf()), { code }, body);
  }
});

test('travel: what is no published store is neither pulled nor replaced, in one sentence', async () => {
  const place = createMemoryPlace();
  const image = addImage(place, [formatLayer([{ path: 'a' }])]);
  const index = addIndex(place, [['linux/amd64', image]]);
  for (const [root, what] of [
    [image, 'an image'],
    [index, 'an index of images'],
  ] as const) {
    place.tags.set('latest', root.descriptor.digest);
    const refusal = {
      code: advisoryErrors.artifact_foreign.code,
      message: `memory:latest is ${what}, not a published advisory store`,
    };
    await assert.rejects(pull(place, createMemoryShelf()), refusal);
    await assert.rejects(publish(place, await shelfOf()), refusal);
  }
  await assert.rejects(
    publish(place, await shelfOf(), { target: { ...place.target('x'), holdsOneImage: true } }),
    {
      code: advisoryErrors.artifact_foreign.code,
    },
  );
  await assert.rejects(publish(createMemoryPlace(), createMemoryShelf()), {
    code: advisoryErrors.nothing_to_publish.code,
  });
  await assert.rejects(pull(createMemoryPlace(), createMemoryShelf()), { code: 'images.missing' });
});

test('travel: an artifact without its pack or its fingerprint, or with one beyond the limit, is refused', async () => {
  const place = createMemoryPlace();
  await publish(place, await shelfOf());
  const raw = await place.source('latest').root();
  const text = Buffer.from(raw.bytes).toString();
  for (const changed of [
    text.replace(packType, 'application/vnd.example'),
    text.replace('advisories.fingerprint', 'advisories.other'),
    text.replace(/"size":\d{3,}/, '"size":99999999999'),
  ]) {
    assert.notEqual(changed, text);
    const root = async () => ({ ...raw, bytes: Buffer.from(changed) });
    const source = { ...place.source('latest'), root };
    await assert.rejects(pullAdvisories({ shelf: createMemoryShelf(), source, clock }), {
      code: advisoryErrors.pack_damaged.code,
    });
  }
});

test('travel: a damaged store here is mended by a pull', async () => {
  const place = createMemoryPlace();
  await publish(place, await shelfOf());
  const sound = createMemoryShelf();
  let isDamaged = true;
  const shelf: AdvisoryShelf = {
    ...sound,
    async open() {
      if (isDamaged) throw advisoryErrors.store_damaged('the file is cut');
      return sound.open();
    },
  };
  assert.equal((await pull(place, shelf)).kind, 'full');
  isDamaged = false;
  assert.equal((await pull(place, shelf)).kind, 'present');
});

test('travel: told to stop, both stop, and what was here stays', async () => {
  const place = createMemoryPlace();
  await publish(place, await shelfOf());
  const here = createMemoryShelf();
  const signal = AbortSignal.abort(new Error('stop'));
  await assert.rejects(pull(place, here, { signal }), /stop/);
  await using store = await here.open();
  assert.deepEqual(store.feeds(), []);
  await assert.rejects(publish(createMemoryPlace(), await shelfOf(), { signal }), /stop/);
});

test('travel: progress tells of bytes as they come and of packs as they are written', async () => {
  const place = createMemoryPlace();
  const told: string[] = [];
  const published = await publish(place, await shelfOf(), {
    onProgress: (event) => told.push(event.kind === 'written' ? `${event.what} ${event.bytes}` : event.kind),
  });
  assert.deepEqual(told, [`full ${published.fullBytes}`]);
  const seen: number[] = [];
  await pull(place, createMemoryShelf(), { onProgress: ({ bytes }) => seen.push(bytes) });
  assert.equal(seen.at(-1), published.fullBytes);
  assert.ok(parseDigest(published.digest));
});
