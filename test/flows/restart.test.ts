// Promise: whatever moment the process ends at, the next start goes on: nothing pushed stays unjudged, and
// what was indexed is not indexed again.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeFeeds } from '../world/feeds.ts';
import { debianImage } from '../world/image.ts';
import { blobFileOf, bootProduct, queryRows, temporaryFolder } from '../world/product.ts';

const made = debianImage(['openssl 3.0.11-1', 'tzdata 2026a-0+deb12u1']);

test('a stop right after the push is made up for at the next start', async () => {
  using folder = temporaryFolder();
  {
    await using world = await bootProduct({ folder: folder.path });
    await world.push('team/app', '1', made);
  }
  const jobs = queryRows(join(folder.path, 'data'), 'select state from job where kind = ?', ['scan']);
  assert.ok(
    jobs.every(({ state }) => state !== 'leased'),
    'an orderly end gives its jobs back',
  );
  await using world = await bootProduct({ folder: folder.path });
  const detail = await world.untilScanned('team/app', '1');
  assert.equal(detail.scan.state, 'judged');
  assert.equal(detail.report?.totals.packages, 2);
});

test('a job that a dead process held in the middle of indexing is taken over at the next start, its lease notwithstanding', async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'data');
  await pushOnce(folder.path);
  // What kill -9 leaves: the state of the last whole step, and a lease that nobody extends.
  queryRows(
    data,
    `update scan set state = 'indexing', layers_done = 1, inventory_zst = null, indexed_at = null,
     report_zst = null, summary_json = null, judged_at = null`,
  );
  queryRows(data, 'delete from scan_package');
  const leaseUntil = Date.now() + 30_000;
  queryRows(
    data,
    `update job set state = 'leased', lease_owner = 'dead', lease_until = ?, attempts = 1 where kind = 'scan'`,
    [leaseUntil],
  );

  await using world = await bootProduct({ folder: folder.path });
  const detail = await world.untilScanned('team/app', '1');
  assert.equal(detail.scan.state, 'judged');
  assert.equal(detail.report?.totals.packages, 2);
  assert.equal(world.rows('select name from scan_package').length, 2);
});

test('a stored inventory is judged at the next start without a layer being read', async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'data');
  await pushOnce(folder.path);
  queryRows(
    data,
    `update scan set state = 'matching', report_zst = null, summary_json = null, judged_at = null`,
  );
  queryRows(data, `update job set state = 'ready', run_at = 0 where kind = 'scan'`);
  for (const digest of made.layers) rmSync(blobFileOf(data, digest));

  await using world = await bootProduct({ folder: folder.path });
  const detail = await world.untilScanned('team/app', '1');
  assert.equal(detail.scan.state, 'judged');
  assert.equal(detail.report?.totals.packages, 2);
});

test('advisories that were refreshed while the server was down are noticed at its start', async () => {
  using folder = temporaryFolder();
  writeFeeds(join(folder.path, 'feeds'));
  {
    await using world = await bootProduct({ folder: folder.path });
    await world.push('team/app', '1', made);
    assert.equal((await world.untilScanned('team/app', '1')).report?.totals.findings, 0);
    await world.refresh();
  }
  // As if somebody else had refreshed: the server does not remember having seen these.
  queryRows(join(folder.path, 'data'), `delete from setting where name = 'advisories.seen'`);
  queryRows(join(folder.path, 'data'), `update scan set report_zst = null, state = 'matching'`);
  await using world = await bootProduct({ folder: folder.path });
  assert.equal((await world.untilScanned('team/app', '1')).report?.totals.findings, 1);
});

/** Pushes the image, waits until it is judged, and ends. */
async function pushOnce(folder: string): Promise<void> {
  await using world = await bootProduct({ folder });
  await world.push('team/app', '1', made);
  assert.equal((await world.untilScanned('team/app', '1')).scan.state, 'judged');
}
