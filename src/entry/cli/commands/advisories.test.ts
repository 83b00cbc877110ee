import assert from 'node:assert/strict';
import { test } from 'node:test';
import stringWidth from 'string-width';
import { allDocuments, folderOfFeeds } from '../../../engines/advisory/advisory.fixture.ts';
import { createMemoryShelf } from '../../../io/advisories/memory-shelf.ts';
import { createFakeWorld, NOW, shelfWithExpat } from '../world.fixture.ts';

test('refresh says on standard error what each feed holds', async (t) => {
  const { run } = createFakeWorld({ feeds: folderOfFeeds(t, allDocuments()) });
  const { exitCode, stdout, stderr } = await run('advisories', 'refresh');
  assert.deepEqual([exitCode, stdout], [0, '']);
  assert.match(stderr, /^Debian security tracker: 1 record$/m);
  assert.equal(stderr.split('\n').length, 5, 'one line a feed');
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
  assert.match(stderr, /1 of 4 feeds could not be refreshed; what was known of them stands\.\n$/);
  await using store = await shelf.open();
  assert.equal(store.find('debian:12', 'curl').length, 1);
  const never = createFakeWorld({ feeds: folderOfFeeds(t, {}) });
  assert.match(
    (await never.run('advisories', 'refresh', '--feed', 'debian')).stderr,
    /nothing is known of it \[advisories\.feed_missing\]/,
  );
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
    ['debian', 'alpine', 'osv-go', 'osv-npm'],
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
      '●  debian   3 hours old      1 record  70.1 MB  lists unfixed too',
      '◌  alpine   never refreshed',
      '◌  osv-go   never refreshed',
      '◌  osv-npm  never refreshed',
      '',
      '   debian   covers debian 9, 10, 12; from public addresses',
      '',
    ].join('\n'),
  );
  assert.equal(stderr, 'Next: plimsoll advisories refresh\n');
});

test('a wide window has titles, a stale feed says so, and long lists of releases are broken, not cut', async () => {
  const shelf = createMemoryShelf();
  await using writer = await shelf.write();
  const scopes = Array.from({ length: 40 }, (_, minor) => `alpine:v3.${minor}`);
  for (const feed of ['debian', 'alpine', 'osv-go', 'osv-npm']) {
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
  assert.match(narrow, /◌ {2}osv-npm {2}9 days old, stale {2}217,000 records/);
  assert.deepEqual(
    narrow.split('\n').filter((line) => stringWidth(line) > 80),
    [],
  );
  assert.ok(!narrow.includes('…') && narrow.includes('v3.9, v3.10') && narrow.includes('v3.39;'));
  const wide = await createFakeWorld({ shelf, stdout: { columns: 120 } }).run('advisories', 'status');
  assert.match(wide.stdout, /osv-go {3}Go vulnerability database \(OSV\) {2}9 days old/);
  assert.deepEqual(
    wide.stdout.split('\n').filter((line) => stringWidth(line) > 110),
    [],
  );
});
