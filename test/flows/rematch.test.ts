// Promise: when advisories change, the images they touch are judged again from their stored inventories; no
// layer is read, and no other image is judged again.
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { FindingList } from '../../src/entry/http/contract.ts';
import { debianRecords, writeDebianFeed, writeKevFeed, writeScores } from '../world/feeds.ts';
import { debianImage, npmImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, until } from '../world/product.ts';

let world: ProductWorld;
const touched = debianImage(['openssl 3.0.11-1', 'tzdata 2026a-0+deb12u1']);
const untouched = debianImage(['zlib1g 1:1.2.13.dfsg-1 zlib']);
const other = npmImage(['left-pad 1.2.0']);

before(async () => {
  world = await bootProduct();
});
after(() => world[Symbol.asyncDispose]());

const findings = async (repository: string) =>
  (await world.get<FindingList>(`/api/v1/repositories/${repository}/-/images/1/findings`)).findings.map(
    ({ id }) => id,
  );
const judgedAt = async (repository: string) => (await world.detail(repository, '1')).scan.judgedAt;

test('the first refresh judges again what was pushed before it', async () => {
  for (const [name, made] of Object.entries({ touched, untouched, other })) await world.push(name, '1', made);
  for (const name of ['touched', 'untouched', 'other']) {
    assert.equal((await world.untilScanned(name, '1')).report?.coverage.judged, 0);
  }
  const { feeds } = await world.refresh();
  assert.deepEqual(feeds.map(({ feed }) => feed).sort(), [
    'alpine',
    'debian',
    'epss',
    'kev',
    'osv-go',
    'osv-npm',
    'osv-pypi',
  ]);
  await until(async () => ((await findings('touched')).length > 0 ? true : undefined), 'the new findings');
  await until(async () => ((await findings('other')).length > 0 ? true : undefined), 'the new findings');
  await until(async () => ((await findings('untouched')).length > 0 ? true : undefined), 'the new findings');
});

test('a new advisory reaches the image that holds its package, without its layers', async () => {
  for (const digest of new Set([touched, untouched, other].flatMap(({ layers }) => layers))) {
    assert.ok(existsSync(world.blobFile(digest)));
    rmSync(world.blobFile(digest));
  }
  const jobs = () =>
    world.rows(`select key from job where kind = 'scan' and key <> ?`, touched.digest).length;
  const before = { untouched: await judgedAt('untouched'), other: await judgedAt('other'), jobs: jobs() };
  assert.deepEqual(await findings('touched'), ['CVE-2026-0101']);

  writeDebianFeed(world.feeds, { ...debianRecords, tzdata: { 'CVE-2026-0999': undefined } });
  await world.refresh();
  await until(async () => ((await findings('touched')).length === 2 ? true : undefined), 'the new finding');

  assert.deepEqual((await findings('touched')).sort(), ['CVE-2026-0101', 'CVE-2026-0999']);
  const now = { untouched: await judgedAt('untouched'), other: await judgedAt('other'), jobs: jobs() };
  assert.deepEqual(now, before);
  assert.equal((await world.detail('touched', '1')).scan.state, 'judged');
});

test('a CVE that came to be exploited is said of the images that have it; new scores alone judge nothing again', async () => {
  const exploited = async (repository: string) =>
    (await world.get<FindingList>(`/api/v1/repositories/${repository}/-/images/1/findings`)).findings.flatMap(
      ({ id, exploited: fact }) => (fact === undefined ? [] : [id]),
    );
  const before = { untouched: await judgedAt('untouched'), touched: await judgedAt('touched') };
  writeScores(world.feeds, '2026-03-02');
  await world.refresh();
  assert.deepEqual({ untouched: await judgedAt('untouched'), touched: await judgedAt('touched') }, before);
  assert.deepEqual(await exploited('other'), []);

  writeKevFeed(world.feeds, 'CVE-2026-0303');
  await world.refresh();
  await until(async () => ((await exploited('other')).length > 0 ? true : undefined), 'the exploited word');
  const { findings: found } = await world.get<FindingList>('/api/v1/repositories/other/-/images/1/findings');
  assert.deepEqual(
    found.map(({ id, exploited: fact, epss }) => [id, fact?.since, epss?.asOf]),
    [['CVE-2026-0303', '2026-01-10', '2026-03-02']],
  );
  assert.deepEqual({ untouched: await judgedAt('untouched'), touched: await judgedAt('touched') }, before);
});

test('a withdrawn advisory takes its finding along', async () => {
  // Others stand in its place: a feed that lost half its records is not believed.
  writeDebianFeed(world.feeds, {
    zlib: debianRecords.zlib ?? {},
    bash: { 'CVE-2026-0404': undefined, 'CVE-2026-0405': undefined },
  });
  await world.refresh();
  await until(async () => ((await findings('touched')).length === 0 ? true : undefined), 'no findings');
  const { report } = await world.detail('touched', '1');
  assert.equal(report?.rules[0]?.outcome, 'pass');
});

test('a feed that cannot be read keeps the last good one, and the findings stay', async () => {
  const before = await world.get<{ feeds: { feed: string; records: number }[] }>('/api/v1/advisories');
  const at = await judgedAt('untouched');
  rmSync(join(world.feeds, 'debian'), { recursive: true });
  const { feeds } = await world.refresh();
  const records = (list: readonly { feed: string; records: number }[]) =>
    list.map(({ feed, records: count }) => [feed, count]);
  assert.deepEqual(records(feeds), records(before.feeds));
  assert.deepEqual(await findings('untouched'), ['CVE-2026-0202']);
  assert.equal(await judgedAt('untouched'), at);
});
