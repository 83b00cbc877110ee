// Promise: whatever a client pushes is looked into at once, and its page shows what it holds, what is wrong
// with it and what the policy says; home, lists and search lead there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type {
  FindingList,
  Home,
  ImageDetail,
  PackageList,
  RepositoryDetail,
  RepositoryList,
  SearchResult,
  TagList,
} from '../../src/entry/http/contract.ts';
import { alpineImage, debianImage, npmImage } from '../world/image.ts';
import { bootProduct, type ProductWorld } from '../world/product.ts';

let world: ProductWorld;
const image = debianImage([
  'libssl3 3.0.11-1 openssl',
  'openssl 3.0.11-1',
  'zlib1g 1:1.2.13.dfsg-1+b1 zlib 1:1.2.13.dfsg-1',
  'tzdata 2026a-0+deb12u1',
]);

before(async () => {
  world = await bootProduct();
  await world.refresh();
});
after(() => world[Symbol.asyncDispose]());

test('a client is sent for a token, gets one with its login, and pushes', async () => {
  const refused = await world.send('POST', '/v2/team/app/blobs/uploads/');
  assert.equal(refused.status, 401);
  const challenge = refused.headers.get('www-authenticate') ?? '';
  const fields = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
  assert.equal(fields.realm, `${world.url}/token`);
  assert.equal(fields.scope, 'repository:team/app:pull,push');
  const anonymous = await world.token(fields.scope as string, true);
  const asAnybody = await world.send('POST', '/v2/team/app/blobs/uploads/', {
    headers: { authorization: `Bearer ${anonymous}` },
  });
  assert.equal(asAnybody.status, 401, 'a token without the right to push does not push');
  await world.push('team/app', '1.0', image);
});

test('the image is queued or further at once, and judged soon', async () => {
  const states = new Set<string>();
  let detail: ImageDetail;
  do {
    detail = await world.detail('team/app', '1.0');
    states.add(detail.scan.state);
    assert.equal(detail.report !== undefined, detail.scan.state === 'judged');
  } while (detail.scan.state !== 'judged');
  const known = ['queued', 'indexing', 'matching', 'judging', 'judged'];
  assert.deepEqual(
    [...states],
    known.filter((state) => states.has(state)),
    'states come in their order',
  );
  assert.equal(detail.scan.layersDone, 2);
  assert.equal(detail.scan.layersTotal, 2);
});

test('the page of the image: verdict, totals, fixes, layers, configuration', async () => {
  const detail = await world.detail('team/app', '1.0');
  assert.equal(detail.digest, image.digest);
  assert.equal(detail.imageDigest, image.digest);
  assert.equal(detail.platform, 'linux/amd64');
  assert.equal(detail.registryHost, world.host);
  const { report } = detail;
  assert.ok(report);
  assert.equal(report.outcome, 'fail');
  assert.deepEqual(
    report.rules.map(({ outcome }) => outcome),
    ['fail', 'pass', 'pass'],
  );
  assert.deepEqual(report.totals.severities, {
    critical: 0,
    high: 3,
    medium: 0,
    low: 0,
    negligible: 0,
    unknown: 0,
  });
  assert.deepEqual([report.totals.packages, report.totals.findings, report.totals.fixable], [4, 3, 2]);
  assert.deepEqual([report.coverage.packages, report.coverage.judged], [4, 4]);
  assert.equal(report.distribution?.prettyName, 'Debian GNU/Linux 12 (bookworm)');
  assert.deepEqual(
    report.fixes.map(({ fixable, total }) => ({ fixable, total })),
    [
      { fixable: true, total: 2 },
      { fixable: false, total: 1 },
    ],
  );
  assert.deepEqual(
    report.layers.map(({ digest, createdBy, packages, findings }) => ({
      digest,
      createdBy,
      packages,
      findings,
    })),
    [
      { digest: image.layers[0], createdBy: 'step 0', packages: 0, findings: 0 },
      { digest: image.layers[1], createdBy: 'step 1', packages: 4, findings: 3 },
    ],
  );
  assert.equal(report.config.user, '1000');
  assert.deepEqual(report.config.command, ['/bin/app']);
  assert.deepEqual(report.config.labels, { team: 'hull' });
});

test('findings filter, sort and page; each says by which record and comparison', async () => {
  const path = '/api/v1/repositories/team/app/-/images/1.0/findings';
  const all = await world.get<FindingList>(path);
  assert.equal(all.total, 3);
  const [first] = (await world.get<FindingList>(`${path}?q=libssl3`)).findings;
  assert.equal(first?.id, 'CVE-2026-0101');
  assert.equal(first?.fixedVersion, '3.0.15-1');
  assert.equal(first?.package.matchedName, 'openssl');
  assert.equal(first?.package.layerPosition, 1);
  assert.deepEqual(
    { feed: first?.evidence.feed, recordId: first?.evidence.recordId, scope: first?.evidence.scope },
    { feed: 'debian', recordId: 'CVE-2026-0101', scope: 'debian:12' },
  );
  assert.match(first?.evidence.comparison ?? '', /3\.0\.11-1 .*3\.0\.15-1/);
  const ids = async (query: string) =>
    (await world.get<FindingList>(`${path}?${query}`)).findings.map((one) => `${one.package.name} ${one.id}`);
  assert.deepEqual(await ids('fixable=false'), ['zlib1g CVE-2026-0202']);
  assert.deepEqual(await ids('severity=critical,low'), []);
  assert.deepEqual(await ids('sort=package&order=asc&limit=1'), ['libssl3 CVE-2026-0101']);
  assert.deepEqual(await ids('sort=package&order=asc&limit=2&offset=2'), ['zlib1g CVE-2026-0202']);
  assert.deepEqual(await ids('sort=id&order=desc&limit=1'), ['zlib1g CVE-2026-0202']);
  assert.equal((await ids('sort=fix&order=asc'))[0], 'zlib1g CVE-2026-0202', 'no fix sorts before a fix');
  assert.equal((await world.problem(`${path}?severity=awful`, 400)).code, 'http.query_invalid');
  assert.equal((await world.problem(`${path}?limit=0`, 400)).code, 'http.query_invalid');
});

test('packages filter, sort and page, with their source, licence and place', async () => {
  const path = '/api/v1/repositories/team/app/-/images/1.0/packages';
  const { packages, total } = await world.get<PackageList>(path);
  assert.equal(total, 4);
  assert.deepEqual(
    packages.map(({ name }) => name),
    ['libssl3', 'openssl', 'tzdata', 'zlib1g'],
  );
  const zlib = packages[3];
  assert.equal(zlib?.sourceName, 'zlib');
  assert.equal(zlib?.sourceVersion, '1:1.2.13.dfsg-1');
  assert.deepEqual(zlib?.licenses, ['Expat']);
  assert.equal(zlib?.locations[0]?.path, 'var/lib/dpkg/status');
  assert.equal(zlib?.findings.high, 1);
  const names = async (query: string) =>
    (await world.get<PackageList>(`${path}?${query}`)).packages.map(({ name }) => name);
  assert.deepEqual(await names('q=ssl'), ['libssl3', 'openssl']);
  assert.deepEqual(await names('type=npm'), []);
  assert.deepEqual(await names('layer=0'), []);
  assert.equal((await names('sort=findings&order=desc')).at(-1), 'tzdata');
  assert.deepEqual(await names('offset=3'), ['zlib1g']);
});

test('the SBOM comes in both formats, the same bytes each time, as a file', async () => {
  const path = '/api/v1/repositories/team/app/-/images/1.0/sbom';
  const spdx = await world.send('GET', `${path}?format=spdx`);
  assert.equal(spdx.headers.get('content-type'), 'application/spdx+json');
  assert.match(
    spdx.headers.get('content-disposition') ?? '',
    /^attachment; filename="team-app-1\.0\.spdx\.json"$/,
  );
  const spdxText = await spdx.text();
  const document = JSON.parse(spdxText) as { spdxVersion: string; packages: { name: string }[] };
  assert.equal(document.spdxVersion, 'SPDX-2.3');
  assert.ok(document.packages.some(({ name }) => name === 'libssl3'));
  assert.equal(await (await world.send('GET', path)).text(), spdxText);
  const etag = spdx.headers.get('etag') as string;
  assert.equal((await world.send('GET', path, { headers: { 'if-none-match': etag } })).status, 304);

  const cyclonedx = await world.send('GET', `${path}?format=cyclonedx`);
  assert.equal(cyclonedx.headers.get('content-type'), 'application/vnd.cyclonedx+json');
  const bom = (await cyclonedx.json()) as {
    specVersion: string;
    components: { name: string }[];
    vulnerabilities: { id: string; affects: unknown[] }[];
  };
  assert.equal(bom.specVersion, '1.6');
  assert.equal(bom.components.filter(({ name }) => name === 'openssl').length, 1);
  assert.deepEqual(
    bom.vulnerabilities.map(({ id, affects }) => [id, affects.length]),
    [
      ['CVE-2026-0101', 2],
      ['CVE-2026-0202', 1],
    ],
  );
  assert.equal((await world.problem(`${path}?format=xml`, 400)).code, 'http.query_invalid');
});

test('home, the repository, its tags and the lists show it', async () => {
  await world.push('team/app', '1.0.1', image);
  await world.push('other/tool', 'latest', alpineImage(['zlib 1.3-r0', 'busybox 1.36-r0']));
  await world.push('other/web', 'latest', npmImage(['left-pad 1.2.0']));
  await world.untilScanned('other/tool', 'latest');
  await world.untilScanned('other/web', 'latest');

  const home = await world.get<Home>('/api/v1/home');
  assert.deepEqual(home.totals, { repositories: 3, images: 3, packages: 7, judgedPackages: 7 });
  assert.equal(home.registryHost, world.host);
  assert.deepEqual(
    home.newest.map(({ repository, tag }) => `${repository}:${tag}`),
    ['other/web:latest', 'other/tool:latest', 'team/app:1.0.1', 'team/app:1.0'],
  );
  assert.equal(home.newest[3]?.summary?.findings.high, 3);
  assert.equal(home.newest[1]?.summary?.findings.unknown, 1);
  assert.ok(home.advisories.feeds.some(({ feed }) => feed === 'debian'));

  const { tags } = await world.get<TagList>('/api/v1/repositories/team/app/-/tags');
  assert.deepEqual(
    tags.map(({ tag, digest }) => [tag, digest]),
    [
      ['1.0.1', image.digest],
      ['1.0', image.digest],
    ],
  );
  assert.deepEqual((await world.detail('team/app', '1.0')).otherTags, ['1.0.1']);
  assert.equal((await world.detail('team/app', image.digest)).report?.totals.findings, 3);
  assert.equal((await world.get<RepositoryDetail>('/api/v1/repositories/team/app')).tags, 2);
  assert.equal((await world.get<RepositoryDetail>('/api/v1/repositories/team/app')).isPublic, true);
});

test('a push that was abandoned leaves no name behind in lists, search and sums', async () => {
  const headers = { authorization: `Bearer ${await world.token('repository:left/alone:pull,push')}` };
  const started = await world.send('POST', '/v2/left/alone/blobs/uploads/', { headers });
  assert.equal(started.status, 202);
  assert.equal(world.rows(`select id from repository where name = 'left/alone'`).length, 1);
  const { repositories } = await world.get<RepositoryList>('/api/v1/repositories');
  assert.ok(repositories.every(({ name }) => name !== 'left/alone'));
  assert.deepEqual((await world.get<SearchResult>('/api/v1/search?q=alone')).repositories, []);
  assert.equal((await world.get<Home>('/api/v1/home')).totals.repositories, 3);
});

test('lists page by a cursor that is handed back unread', async () => {
  const names: string[] = [];
  let cursor = '';
  do {
    const page = await world.get<RepositoryList>(`/api/v1/repositories?limit=1${cursor}`);
    names.push(...page.repositories.map(({ name }) => name));
    cursor = page.cursor === undefined ? '' : `&cursor=${encodeURIComponent(page.cursor)}`;
  } while (cursor !== '');
  assert.deepEqual(names, ['other/web', 'other/tool', 'team/app']);
  const found = await world.get<RepositoryList>('/api/v1/repositories?q=TOOL');
  assert.deepEqual(
    found.repositories.map(({ name }) => name),
    ['other/tool'],
  );
  assert.deepEqual((await world.get<RepositoryList>('/api/v1/repositories?q=%25')).repositories, []);
  const tags = await world.get<TagList>('/api/v1/repositories/team/app/-/tags?q=0.1');
  assert.deepEqual(
    tags.tags.map(({ tag }) => tag),
    ['1.0.1'],
  );
  assert.equal((await world.problem('/api/v1/repositories?cursor=nonsense', 400)).code, 'http.query_invalid');
});

test('search finds a repository by its name, an image by a package and by a vulnerability', async () => {
  const search = (q: string) => world.get<SearchResult>(`/api/v1/search?q=${encodeURIComponent(q)}`);
  assert.deepEqual(
    (await search('tool')).repositories.map(({ name }) => name),
    ['other/tool'],
  );
  const tagged = ({ image, why }: SearchResult['packages'][number]) =>
    `${image.repository}:${image.tag} ${why}`;
  for (const text of ['libssl', 'Libssl3', ' LIBSSL '])
    assert.deepEqual(
      (await search(text)).packages.map(tagged),
      ['team/app:1.0.1 libssl3 3.0.11-1', 'team/app:1.0 libssl3 3.0.11-1'],
      text,
    );
  assert.deepEqual((await search('cve-2026-0202')).vulnerabilities.map(tagged), [
    'team/app:1.0.1 CVE-2026-0202 (high)',
    'team/app:1.0 CVE-2026-0202 (high)',
  ]);
  for (const id of ['GHSA-aaaa-bbbb-cccc', 'ghsa-AAAA', 'CVE-2026-0303'])
    assert.deepEqual(
      (await search(id)).vulnerabilities.map(({ image }) => image.repository),
      ['other/web'],
      id,
    );
  assert.deepEqual(await search('  '), { repositories: [], packages: [], vulnerabilities: [] });
  assert.deepEqual((await search('%')).repositories, []);
});

test('asking again costs a header only', async () => {
  const first = await world.send('GET', '/api/v1/repositories/team/app');
  const etag = first.headers.get('etag') as string;
  const again = await world.send('GET', '/api/v1/repositories/team/app', {
    headers: { 'if-none-match': etag },
  });
  assert.equal(again.status, 304);
  assert.equal(await again.text(), '');
});
