// Promise: a maintainer says what a repository keeps, sees before what would go, why each other tag stays and what it
// frees, runs it, and gets back what went by mistake; all by the command. What was pulled is known, by page, API and
// metrics, and kept.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readPlaces } from '../../src/app/config.ts';
import type { RepositoryDetail, TagList } from '../../src/entry/http/contract.ts';
import { writeCredential } from '../../src/io/images/credential-store.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { runCommand } from '../world/command.ts';
import { debianImage, index } from '../world/image.ts';
import { bootProduct, type ProductWorld, password, queryRows, temporaryFolder } from '../world/product.ts';

const DAY = 24 * 60 * 60 * 1000;
const clock = { ...systemClock, offset: 0, now: () => systemClock.now() + clock.offset };
const main = debianImage(['bash 5.2-1']);
const old = debianImage(['openssl 3.0.11-1']);
const multi = index({ 'linux/amd64': debianImage(['curl 7.88.1-10']) });
const folder = temporaryFolder();
const stranger = temporaryFolder();
let world: ProductWorld;
let place: string;

interface Series {
  readonly total: number;
  readonly last30Days: number;
  readonly lastAt?: string;
  readonly days: readonly { readonly day: string; readonly pulls: number }[];
}
const series = (query = '') => world.get<Series>(`/api/v1/repositories/team/app/-/pulls${query}`);

/** The command's answer; the exit code must be this one. */
async function retention(argv: readonly string[], exitCode = 0, home = folder.path) {
  const ended = await runCommand(['retention', ...argv], { home });
  assert.equal(ended.exitCode, exitCode, `${argv.join(' ')}: ${ended.stdout}${ended.stderr}`);
  return ended;
}

async function fetchManifest(
  reference: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<void> {
  const response = await world.send(method, `/v2/team/app/manifests/${reference}`, { headers });
  await response.arrayBuffer();
  assert.equal(response.status, 200);
}

before(async () => {
  world = await bootProduct({ clock, flags: [['--metrics', 'open']] });
  place = `${world.host}/team/app`;
  await writeCredential(world.host, { username: 'admin', password }, readPlaces({ HOME: folder.path }));
  await world.push('team/app', 'main', main);
  await world.push('team/app', 'old', old);
  await world.push('team/app', 'multi', multi);
  for (const tag of ['main', 'old', 'multi']) await world.untilScanned('team/app', tag);
});
after(async () => {
  await world[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
  stranger[Symbol.dispose]();
});

test('pulls are counted once each, and not where nobody pulled', async () => {
  // Pushed, looked into by the product, read by its command and its pages: none is a pull.
  await runCommand(['history', `${place}:main`], { home: folder.path });
  const inspected = await runCommand(['inspect', `${place}:main`, '--offline'], {
    home: folder.path,
    flags: { '--advisories-source': world.feeds },
  });
  assert.match(inspected.stdout, /bash/);
  await fetchManifest('main', { method: 'HEAD' });
  assert.deepEqual((await series()).total, 0);
  // An index and its platform are one.
  await fetchManifest('multi');
  await fetchManifest(multi.manifests[0]?.digest ?? '');
  // By digest, by another: whoever asked about the tag before would have pulled the tag.
  const authorization = `Bearer ${await world.token('repository:team/app:pull')}`;
  await fetchManifest(main.digest, { headers: { authorization } });
  const { total, last30Days, lastAt, days } = await series('?days=90');
  assert.deepEqual([total, last30Days], [2, 2]);
  assert.deepEqual(
    days.map(({ pulls }) => pulls),
    [2],
  );
  assert.equal(lastAt?.slice(0, 10), days[0]?.day);
  assert.equal((await series('?reference=multi')).total, 1);
  const metrics = await (await world.send('GET', '/metrics')).text();
  assert.match(metrics, /^plimsoll_pulls_total\{kind="tag"\} 1$/m);
  assert.match(metrics, /^plimsoll_pulls_total\{kind="digest"\} 1$/m);
  await world.problem('/api/v1/repositories/team/none/-/pulls', 404);
  await world.problem('/api/v1/repositories/team/app/-/pulls?days=0', 400);
});

test('a repository and its tags say when they were pulled last', async () => {
  const { pulls } = await world.get<RepositoryDetail>('/api/v1/repositories/team/app');
  assert.deepEqual([pulls.total, pulls.last30Days, pulls.lastAt?.length], [2, 2, 24]);
  const { tags } = await world.get<TagList>('/api/v1/repositories/team/app/-/tags');
  assert.deepEqual(Object.fromEntries(tags.map(({ tag, pulledAt }) => [tag, pulledAt !== undefined])), {
    main: true,
    multi: true,
    old: false,
  });
});

test('a rule is previewed before it is set, and young records keep everything', async () => {
  assert.match((await retention(['show', place])).stdout, /^team\/app has no rule .* keeps everything\.$/m);
  assert.match((await retention(['preview', place], 3)).stderr, /no rule of retention fits team\/app/);
  const young = await retention(['preview', place, '--pulled-within', '30d']);
  assert.match(young.stdout, /^old +stays +pull records begin on \d{4}-\d\d-\d\d$/m);
  assert.match(
    young.stderr,
    /^0 of 3 tags would go, which frees 0 B once the grace is over; nothing was removed\.$/m,
  );
});

test('what was pulled within the time stays with its reason, the rest goes with its bytes, and comes back', async () => {
  clock.offset = 20 * DAY;
  await fetchManifest('main');
  clock.offset = 45 * DAY;
  const rule = ['--pulled-within', '30d', '--matching', 'v*,multi'];
  const preview = await retention(['preview', place, ...rule]);
  assert.match(preview.stdout, /^old +goes +\S+ k?B +no part of the rule keeps it$/m);
  assert.match(preview.stdout, /^main +stays +\d{4}-\d\d-\d\d \d\d:\d\d {2}it was pulled within 30 days$/m);
  assert.match(preview.stdout, /^multi +stays .* {2}it matches multi$/m);
  assert.match(preview.stderr, /^1 of 3 tags would go/m);
  const json = JSON.parse((await retention(['preview', place, ...rule, '--format', 'json'])).stdout);
  // Nothing else holds what is in it, except the config and the first layer that the others have too.
  const shared = new Set([...main.blobs.keys(), ...multi.blobs.keys()]);
  const own = [...old.blobs].filter(([digest]) => !shared.has(digest)).map(([, bytes]) => bytes.byteLength);
  const manifest = old.manifests[0]?.bytes.byteLength ?? 0;
  assert.equal(
    json.freedBytes,
    own.reduce((sum, bytes) => sum + bytes, manifest),
  );
  const set = await retention(['set', place, ...rule]);
  assert.match(set.stdout, /by its own rule, set by admin:\n {2}what was pulled within 30 days\n/);
  assert.match((await retention(['run', place])).stdout, /^removed 1 tag and 1 manifest$/m);
  await world.problem('/api/v1/repositories/team/app/-/images/old', 404);
  const back = await runCommand(['undelete', `${place}:old`], { home: folder.path });
  assert.equal(back.exitCode, 0, back.stderr);
  assert.equal((await world.detail('team/app', 'old')).digest, old.digest);
});

test('a rule comes from a file too, its mistakes are told with their place, and --none takes it away', async () => {
  const file = join(folder.path, 'rule.yaml');
  writeFileSync(file, 'keepLast: 10\npulledWithin: 90\nkeepMatching: [main, "v*"]\nkeepReleases: false\n');
  const set = await retention(['set', place, '--file', file, '-f', 'json']);
  assert.deepEqual(JSON.parse(set.stdout), {
    repository: 'team/app',
    rule: { keepLast: 10, pulledWithin: 90, keepMatching: ['main', 'v*'], keepReleases: false },
    setBy: 'admin',
  });
  writeFileSync(file, 'keepLast: 10\npulledWithn: 90\n');
  const wrong = await retention(['preview', place, '--file', file], 1);
  assert.match(wrong.stderr, /rule\.yaml:\d:1: .*no key "pulledWithn"/);
  writeFileSync(file, 'keepLast: ten\n');
  assert.match(
    (await retention(['preview', place, '--file', file], 1)).stderr,
    /rule\.yaml:1:11: keepLast is "ten"; it must be/,
  );
  assert.match((await retention(['set', place, '--none'])).stdout, /has no rule of retention/);
});

test('what cannot be meant is refused, and rules are for maintainers', async () => {
  assert.match((await retention(['set', place], 1)).stderr, /needs a rule/);
  assert.match((await retention(['run', place, '--keep-last', '1'], 1)).stderr, /takes no rule/);
  assert.match((await retention(['set', `${place}:main`, '--keep-last', '1'], 1)).stderr, /names one image/);
  assert.match((await retention(['set', place, '--younger-than', '30'], 1)).stderr, /an age such as/);
  assert.match((await retention(['set', place, '--matching', 'a,'], 1)).stderr, /patterns of tags/);
  assert.match((await retention(['set', place, '--also-releases'], 1)).stderr, /keeps nothing/);
  const refused = await retention(['set', place, '--keep-last', '1'], 3, stranger.path);
  assert.match(refused.stderr, /needs a login \(hub\.login_required\)/);
  await retention(['run', place], 3, stranger.path);
});

test('what was pulled just before the server ended is counted', async () => {
  using own = temporaryFolder();
  const image = debianImage(['bash 5.2-1']);
  const count = (data: string) => queryRows(data, "select pulls from pull where reference = '1'");
  await using first = await bootProduct({ folder: own.path });
  await first.push('team/app', '1', image);
  await (await first.send('GET', '/v2/team/app/manifests/1')).arrayBuffer();
  await first[Symbol.asyncDispose]();
  assert.deepEqual(
    count(first.data).map(({ pulls }) => pulls),
    [1],
  );
});
