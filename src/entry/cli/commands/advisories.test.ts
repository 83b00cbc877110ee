import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import stringWidth from 'string-width';
import { allDocuments, folderOfFeeds } from '../../../engines/advisory/advisory.fixture.ts';
import { formatReference, type ImageReference } from '../../../formats/oci/reference.ts';
import { createMemoryShelf } from '../../../io/advisories/memory-shelf.ts';
import type { AdvisoryShelf } from '../../../io/advisories/store.ts';
import { openLayoutSource, openLayoutTarget } from '../../../io/images/layout.ts';
import { addDebianImage, createFakeWorld, NOW, shelfWithExpat } from '../world.fixture.ts';
import type { CliWorld } from '../world.ts';

const allFeedNames = ['debian', 'alpine', 'osv-go', 'osv-npm', 'osv-pypi', 'kev', 'epss'];

test('refresh says on standard error what each feed holds', async (t) => {
  const { run } = createFakeWorld({ feeds: folderOfFeeds(t, allDocuments()) });
  const { exitCode, stdout, stderr } = await run('advisories', 'refresh');
  assert.deepEqual([exitCode, stdout], [0, '']);
  assert.match(stderr, /^Debian security tracker: 1 record$/m);
  assert.equal(stderr.split('\n').length, 8, 'one line a feed');
  assert.deepEqual(await run('advisories', 'refresh', '--quiet'), { exitCode: 0, stdout: '', stderr: '' });
});

test('a feed that cannot be read exits with 1, and what was known of it stands', async (t) => {
  const shelf = createMemoryShelf();
  const documents = { ...allDocuments() };
  const whole = createFakeWorld({ shelf, feeds: folderOfFeeds(t, documents) });
  await whole.run('advisories', 'refresh');
  const broken = createFakeWorld({
    shelf,
    feeds: folderOfFeeds(t, { ...documents, 'debian/tracker.json': Buffer.from('{"curl": {') }),
  });
  const { exitCode, stdout, stderr } = await broken.run('advisories', 'refresh');
  assert.deepEqual([exitCode, stdout], [1, '']);
  assert.match(
    stderr,
    /^Debian security tracker: .*; its last good state stands \[advisories\.feed_damaged\]$/m,
  );
  assert.match(stderr, /1 of 7 feeds could not be refreshed; what was known of them stands\.\n$/);
  await using store = await shelf.open();
  assert.equal(store.find('debian:12', 'curl').length, 1);
  const never = createFakeWorld({ feeds: folderOfFeeds(t, {}) });
  assert.match(
    (await never.run('advisories', 'refresh', '--feed', 'debian')).stderr,
    /nothing is known of it \[advisories\.feed_missing\]/,
  );
});

test('a place without an optional feed is told, and no failure', async (t) => {
  const { 'kev/known_exploited_vulnerabilities.json': _, ...documents } = allDocuments();
  const shelf = createMemoryShelf();
  const feeds = folderOfFeeds(t, documents);
  const { exitCode, stderr } = await createFakeWorld({ shelf, feeds }).run('advisories', 'refresh');
  assert.equal(exitCode, 0);
  const line = `Exploited CVEs (CISA KEV): not in ${feeds.name}; nothing is known of it`;
  assert.ok(stderr.split('\n').includes(line), stderr);
  const status = await createFakeWorld({ shelf }).run('advisories', 'status');
  assert.match(status.stdout, /●\s+epss\s+.*facts about CVEs/);
  assert.match(status.stdout, /◌\s+kev\s+never refreshed/);
  assert.equal(status.stderr, '', 'nothing more could be fetched');
});

test('--feed names feeds; one that does not exist is said', async (t) => {
  const { run } = createFakeWorld({ feeds: folderOfFeeds(t, allDocuments()) });
  const { stderr } = await run('advisories', 'refresh', '--feed', 'debian', 'osv-npm');
  assert.equal(stderr.split('\n').length, 3);
  assert.match(
    (await run('advisories', 'refresh', '--feed', 'debain')).stderr,
    /\[advisories\.feed_unknown\]/,
  );
  assert.match(
    (await run('advisories', 'renew')).stderr,
    /the action is refresh, status, publish, pull; "renew" is none of them/,
  );
});

test('status as JSON: every feed, with its age where it was refreshed', async () => {
  const { run } = createFakeWorld({ shelf: await shelfWithExpat() });
  const { exitCode, stdout, stderr } = await run('advisories', 'status', '--format', 'json');
  assert.deepEqual([exitCode, stderr], [0, '']);
  const feeds = JSON.parse(stdout) as Record<string, unknown>[];
  assert.deepEqual(
    feeds.map(({ feed }) => feed),
    allFeedNames,
  );
  assert.equal(feeds[0]?.refreshedAt, new Date(NOW - 3 * 3_600_000).toISOString());
  assert.deepEqual([feeds[0]?.ageMs, feeds[0]?.records, feeds[0]?.isStale], [3 * 3_600_000, 1, false]);
  assert.ok(!('records' in (feeds[1] as object)));
});

test('status as a table fits 80 columns uncut, names releases in order, and says what was never refreshed', async () => {
  const { run } = createFakeWorld({ shelf: await shelfWithExpat() });
  const { exitCode, stdout, stderr } = await run('advisories', 'status');
  assert.equal(exitCode, 0);
  assert.equal(
    stdout,
    [
      '●  debian    3 hours old      1 record  70.1 MB  lists unfixed too',
      '◌  alpine    never refreshed',
      '◌  osv-go    never refreshed',
      '◌  osv-npm   never refreshed',
      '◌  osv-pypi  never refreshed',
      '◌  kev       never refreshed',
      '◌  epss      never refreshed',
      '',
      '   debian    covers debian 9, 10, 12; from public addresses',
      '',
    ].join('\n'),
  );
  assert.equal(stderr, 'Next: plimsoll advisories refresh\n');
});

test('a wide window has titles, a stale feed says so, and long lists of releases are broken, not cut', async () => {
  const shelf = createMemoryShelf();
  await using writer = await shelf.write();
  const scopes = Array.from({ length: 40 }, (_, minor) => `alpine:v3.${minor}`);
  for (const feed of allFeedNames) {
    writer.beginFeed(feed);
    const row = { source: 'https://mirror.example.org/feeds', refreshedAt: NOW - 9 * 86_400_000 };
    await writer.endFeed({
      feed,
      ...row,
      records: 217_000,
      sizeBytes: 262_000_000,
      coverage: 'affected',
      scopes,
    });
  }
  await writer.finish();
  const narrow = (await createFakeWorld({ shelf }).run('advisories', 'status')).stdout;
  assert.match(narrow, /◌ {2}osv-npm {3}9 days old, stale {2}217,000 records/);
  assert.deepEqual(
    narrow.split('\n').filter((line) => stringWidth(line) > 80),
    [],
  );
  assert.ok(!narrow.includes('…') && narrow.includes('v3.9, v3.10') && narrow.includes('v3.39;'));
  const wide = await createFakeWorld({ shelf, stdout: { columns: 120 } }).run('advisories', 'status');
  assert.match(wide.stdout, /osv-go {4}Go vulnerability database \(OSV\) {2}9 days old/);
  assert.deepEqual(
    wide.stdout.split('\n').filter((line) => stringWidth(line) > 110),
    [],
  );
});

async function filledShelf(refreshedAt: number): Promise<AdvisoryShelf> {
  const shelf = await shelfWithExpat();
  await using writer = await shelf.write();
  writer.beginFeed('alpine');
  await writer.endFeed({
    feed: 'alpine',
    source: 'public addresses',
    refreshedAt,
    records: 2,
    sizeBytes: 1,
    coverage: 'fixed-only',
    scopes: ['alpine:v3.19'],
  });
  await writer.finish();
  return shelf;
}

const PLACE = 'registry.example.org/security/advisories:latest';

/** Two machines that know the same registry. */
async function twoMachines(refreshedAt = NOW) {
  const publisher = createFakeWorld({ shelf: await filledShelf(refreshedAt) });
  const shelf = createMemoryShelf();
  const { place } = publisher;
  const puller = createFakeWorld({
    shelf,
    world: { openSource: async (reference) => place.source(formatReference(reference)) },
  });
  return { publisher, puller, shelf };
}

test('publish, then pull elsewhere: what moved is said on standard error, the names go to standard output', async () => {
  const { publisher, puller, shelf } = await twoMachines();
  const published = await publisher.run('advisories', 'publish', PLACE);
  assert.equal(published.exitCode, 0);
  assert.equal(published.stdout, `${publisher.place.tags.get(PLACE)}\n`);
  assert.match(
    published.stderr,
    /^full pack: [\d.]+ k?B\nPublished to registry\.example\.org\/security\/advisories:latest: 2 feeds, \d+ B, no delta\n$/,
  );
  const pulled = await puller.run('advisories', 'pull', PLACE);
  assert.equal(pulled.exitCode, 0);
  assert.match(pulled.stdout, /^sha256:[0-9a-f]{64}\n$/);
  assert.match(
    pulled.stderr,
    /^Pulled from registry\.example\.org\/security\/advisories:latest, whole, [\d.]+ k?B: 2 feeds, 3 records, the oldest feed 3 hours old\n$/,
  );
  await using store = await shelf.open();
  assert.equal(store.find('debian:12', 'expat').length, 1);
  assert.match(
    (await puller.run('advisories', 'pull', PLACE)).stderr,
    /^The store here is the one of registry/,
  );
  assert.match((await publisher.run('advisories', 'publish', PLACE)).stderr, /holds this store already\n$/);
  const quiet = await puller.run('advisories', 'pull', PLACE, '--quiet');
  assert.deepEqual(quiet, { exitCode: 0, stdout: pulled.stdout, stderr: '' });
});

test('an older store is refused with both times, and taken with --force', async () => {
  const { publisher, puller, shelf } = await twoMachines(NOW - 9 * 86_400_000);
  await publisher.run('advisories', 'publish', PLACE);
  const newer = createFakeWorld({
    shelf: await filledShelf(NOW),
    world: { openSource: puller.world.openSource },
  });
  const refused = await newer.run('advisories', 'pull', PLACE);
  assert.deepEqual([refused.exitCode, refused.stdout], [1, '']);
  assert.match(refused.stderr, /is of 2026-02-20T12:00:00\.000Z, that of the store here of 2026-03-01T09/);
  assert.match(refused.stderr, /--force takes the older store .* \[advisories\.older\]/);
  const forced = await newer.run('advisories', 'pull', PLACE, '--force');
  assert.match(forced.stderr, /the oldest feed 9 days old\n$/);
  await using store = await shelf.open();
  assert.deepEqual(store.feeds(), []);
});

test('--max-age exits with 1 where a feed is older, pulled or there already', async () => {
  const { publisher, puller } = await twoMachines(NOW - 4 * 86_400_000);
  await publisher.run('advisories', 'publish', PLACE);
  for (let time = 0; time < 2; time += 1) {
    const { exitCode, stdout, stderr } = await puller.run('advisories', 'pull', PLACE, '--max-age', '72h');
    assert.deepEqual([exitCode, stdout], [1, '']);
    assert.match(stderr, /--max-age allows 3 days, but alpine is 4 days old\n.*\[advisories\.too_old\]\n$/);
  }
  assert.equal((await puller.run('advisories', 'pull', PLACE, '--max-age', '5d')).exitCode, 0);
  assert.match(
    (await puller.run('advisories', 'pull', PLACE, '--max-age', 'soon')).stderr,
    /--max-age is an age such as 90m, 72h or 3d; "soon" is none/,
  );
});

test('a place that is missing, foreign or not named is said; so is a store without a feed', async () => {
  const { puller, publisher } = await twoMachines();
  assert.match(
    (await puller.run('advisories', 'pull')).stderr,
    /pull needs a place, as .*\n.*\[cli\.usage\]/,
  );
  assert.equal((await puller.run('advisories', 'pull', PLACE)).exitCode, 3);
  addDebianImage(publisher.place, PLACE);
  const foreign = await puller.run('advisories', 'pull', PLACE);
  assert.match(
    foreign.stderr,
    /is an image, not a published advisory store\n.*\[advisories\.artifact_foreign\]/,
  );
  const empty = await puller.run('advisories', 'publish', 'oci:elsewhere:1');
  assert.match(empty.stderr, /no feed was ever refreshed here\n.*\[advisories\.nothing_to_publish\]/);
  assert.equal(empty.exitCode, 3);
});

test('a damaged delta and a feed that is gone are said even where progress is not wished for', async () => {
  const { publisher, puller } = await twoMachines();
  const { place } = publisher;
  await publisher.run('advisories', 'publish', PLACE);
  await puller.run('advisories', 'pull', PLACE);
  const shelf = await shelfWithExpat();
  const other = createFakeWorld({
    shelf,
    world: { openSource: puller.world.openSource, openTarget: publisher.world.openTarget },
  });
  const { stderr } = await other.run('advisories', 'publish', PLACE, '--force');
  assert.match(stderr, /Published to .*: 1 feed, /);
  const pulled = await puller.run('advisories', 'pull', PLACE, '--quiet', '--force');
  assert.equal(pulled.stderr, 'The published store does not have what was here: alpine\n');
  for (const [digest, bytes] of place.blobs)
    if (bytes.byteLength > 2) place.blobs.set(digest, Buffer.alloc(bytes.byteLength));
  const third = createFakeWorld({
    shelf: await filledShelf(NOW),
    world: { openSource: puller.world.openSource, openTarget: publisher.world.openTarget },
  });
  assert.match(
    (await third.run('advisories', 'publish', PLACE, '--quiet')).stderr,
    /^No delta from what was published before: .*\[advisories\.pack_damaged\]\n$/,
  );
});

test('an OCI layout on the disk takes a store, and a second one with its delta', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-travel-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const layout = (reference: ImageReference) => ({
    folder: (reference as { folder: string }).folder,
    tag: 'latest',
  });
  const world: Partial<CliWorld> = {
    openSource: (reference) => openLayoutSource(layout(reference)),
    openTarget: (reference) => openLayoutTarget(layout(reference)),
  };
  const shelf = createMemoryShelf();
  const place = `oci:${join(folder, 'store')}:latest`;
  const publish = async (from: AdvisoryShelf) =>
    (await createFakeWorld({ shelf: from, world }).run('advisories', 'publish', place)).exitCode;
  assert.equal(await publish(await shelfWithExpat()), 0);
  const puller = createFakeWorld({ shelf, world });
  assert.equal((await puller.run('advisories', 'pull', place)).exitCode, 0);
  assert.equal(await publish(await filledShelf(NOW - 3 * 3_600_000)), 0);
  const { exitCode, stderr } = await puller.run('advisories', 'pull', place);
  assert.deepEqual([exitCode, /2 feeds, 3 records/.test(stderr)], [0, true], stderr);
});
