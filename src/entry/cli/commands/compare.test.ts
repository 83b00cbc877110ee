import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatReference } from '../../../formats/oci/reference.ts';
import { createMemoryShelf } from '../../../io/advisories/memory-shelf.ts';
import { addImage, type FixtureMember, formatLayer } from '../../../io/images/fixture-image.ts';
import { createFakeWorld, type FakeWorld, shelfWithExpat } from '../world.fixture.ts';

const MAIN = 'registry.example.org/team/app:main';
const CHANGE = 'registry.example.org/team/app:pr-1';

const OS: FixtureMember = { path: 'etc/os-release', body: 'ID=debian\nVERSION_ID="12"\n' };

function debian(...packages: readonly (readonly [name: string, version: string])[]): FixtureMember[] {
  const status = packages
    .map(([name, version]) => `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\n\n`)
    .join('');
  const licensed = packages.map(([name]) => ({
    path: `usr/share/doc/${name}/copyright`,
    body: 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: MIT\n',
  }));
  return [OS, { path: 'var/lib/dpkg/status', body: status }, ...licensed];
}

async function worldWithChange(options: Parameters<typeof createFakeWorld>[0] = {}): Promise<FakeWorld> {
  const fake = createFakeWorld({ shelf: await shelfWithExpat(), ...options });
  const add = (name: string, members: readonly FixtureMember[]) =>
    fake.place.tags.set(name, addImage(fake.place, [formatLayer([...members])]).descriptor.digest);
  add(MAIN, debian(['expat', '2.5.0-1'], ['tzdata', '1']));
  add(CHANGE, debian(['expat', '2.5.0-1+deb12u1'], ['curl', '8']));
  return fake;
}

test('compare: what the change fixes, adds and removes, in every format', async () => {
  const { run, files } = await worldWithChange();
  const { exitCode, stdout, stderr } = await run(
    'compare',
    CHANGE,
    '--to',
    MAIN,
    '--write',
    'markdown=c.md',
    '--write',
    'json=c.json',
    '--write',
    'sarif=c.sarif',
  );
  assert.equal(exitCode, 0, stderr);
  assert.match(stdout, /^●▲ Still over the line, but less\n {3}1 critical fewer, 1 package more, 1 fewer/);
  assert.match(
    stdout,
    /Fixed here: 1 CVE\n Critical {2}CVE-2024-45491 {2}expat 2\.5\.0-1 {2}→ 2\.5\.0-1\+deb12u1/,
  );
  assert.match(stdout, / ~ {2}deb {2}expat {3}2\.5\.0-1 → 2\.5\.0-1\+deb12u1/);
  assert.match(files.get('c.md') ?? '', /^### Plimsoll: still over the line, but less\n/);
  const comparison = JSON.parse(files.get('c.json') ?? '');
  assert.deepEqual(
    comparison.findings.fixed.map(({ id }: { id: string }) => id),
    ['CVE-2024-45491'],
  );
  assert.deepEqual(JSON.parse(files.get('c.sarif') ?? '').runs[0].results, []);
});

test('compare: what gets worse is a no, with the reason', async () => {
  const { run, files } = await worldWithChange();
  const back = await run(
    'compare',
    MAIN,
    '--to',
    CHANGE,
    '--exit-on',
    'vulnerability,policy,package',
    '--write',
    'sarif=c.sarif',
    '--quiet',
  );
  assert.equal(back.exitCode, 2);
  assert.match(back.stderr, /--exit-on: 1 CVE more: CVE-2024-45491\n/);
  assert.match(
    back.stderr,
    /--exit-on: 1 rule worse than before: No critical or high vulnerability that has a fix\n/,
  );
  assert.match(back.stderr, /--exit-on: 3 packages changed: expat, curl and tzdata\n/);
  const [result] = JSON.parse(files.get('c.sarif') ?? '').runs[0].results;
  assert.deepEqual([result.ruleId, result.baselineState], ['CVE-2024-45491', 'new']);
  const same = await run('compare', MAIN, '--to', MAIN, '--exit-on', 'vulnerability,policy,package');
  assert.equal(same.exitCode, 0, same.stderr);
});

test('compare: switches narrow what is counted, and the answer says so', async () => {
  const { run } = await worldWithChange();
  const lesser = await run(
    'compare',
    MAIN,
    '--to',
    CHANGE,
    '--only-severity',
    'low',
    '--exit-on',
    'vulnerability',
  );
  assert.equal(lesser.exitCode, 0);
  assert.match(lesser.stdout, /Counted are only CVEs low\./);
  const markdown = await run(
    'diff',
    MAIN,
    '--to',
    CHANGE,
    '--format',
    'markdown',
    '--hide-policies',
    '--ignore-unchanged',
  );
  assert.doesNotMatch(markdown.stdout, /<summary>Policies/);
});

test('compare: with the newest other tag, and with what runs in an environment', async () => {
  const { run, place } = await worldWithChange();
  const nothing = await run('compare', CHANGE, '--to-latest');
  assert.equal(nothing.exitCode, 3);
  assert.match(nothing.stderr, /cli\.nothing_to_compare/);
  place.tags.set('registry.example.org/team/app:1.9.0', place.tags.get(CHANGE) as never);
  place.tags.set('registry.example.org/team/app:1.10.0', place.tags.get(MAIN) as never);
  place.tags.set('registry.example.org/team/app:2.0.0-rc.1', place.tags.get(CHANGE) as never);
  assert.match(
    (await run('compare', CHANGE, '--to-latest')).stdout,
    /against memory:registry\.example\.org\/team\/app:1\.10\.0\n/,
  );
  const recorded = await run('environment', 'production', MAIN);
  assert.equal(recorded.exitCode, 0, recorded.stderr);
  const answer = await run('compare', CHANGE, '--to-env', 'production');
  assert.match(answer.stdout, /against memory:registry\.example\.org\/team\/app@sha256:[0-9a-f]{64}\n/);
  assert.match(answer.stdout, /Fixed here: 1 CVE/);
});

test('compare: what it is compared with is named exactly once, and a file has no latest', async () => {
  const { run } = await worldWithChange();
  for (const argv of [[CHANGE], [CHANGE, '--to', MAIN, '--to-latest']])
    assert.match((await run('compare', ...argv)).stderr, /exactly one of --to, --to-latest and --to-env/);
  assert.match(
    (await run('compare', 'archive://x.tar', '--to-latest')).stderr,
    /names no repository in a registry/,
  );
  assert.match(
    (await run('compare', CHANGE, '--to', MAIN, '--write', 'x')).stderr,
    /--write takes FORMAT=FILE/,
  );
  assert.match(
    (await run('compare', CHANGE, '--to', MAIN, '--to-ref', 'x')).stderr,
    /choose in an archive or a layout/,
  );
});

test('environment: lists what is recorded, of all or of one', async () => {
  const { run } = await worldWithChange();
  assert.equal((await run('environment', '--in', 'registry.example.org/team/app')).exitCode, 0);
  assert.equal((await run('env', 'production', '--in', 'registry.example.org/team/app')).exitCode, 3);
  await run('environment', 'production', MAIN);
  await run('environment', 'staging', CHANGE);
  const all = await run('environment', '--in', 'registry.example.org/team/app', '--format', 'json');
  assert.deepEqual(
    JSON.parse(all.stdout).map((one: { environment: string }) => one.environment),
    ['production', 'staging'],
  );
  const one = await run('environment', 'staging', '--in', 'registry.example.org/team/app');
  assert.match(one.stdout, /^staging {2}2026-03-01T12:00:00\.000Z {2}sha256:/);
  const local = await run('environment', 'production', 'local://app:1');
  assert.match(local.stderr, /is not in a registry: push it/);
  assert.match((await run('environment')).stderr, /--in HOST\/REPOSITORY to list/);
});

test('cves: by package, with what counts and what does not', async () => {
  const { run, files } = await worldWithChange();
  const text = await run(
    'cves',
    MAIN,
    '--details',
    '--locations',
    '--epss',
    '--exit-code',
    '--write',
    'markdown=c.md',
    '--write',
    'gitlab=g.json',
  );
  assert.equal(text.exitCode, 2);
  assert.match(text.stdout, /^1 critical in 1 package, 2 of 2 packages judged\n/);
  assert.match(
    text.stdout,
    /expat 2\.5\.0-1 {2}deb, 1 critical\n {2}\/var\/lib\/dpkg\/status in layer sha256:/,
  );
  assert.match(text.stdout, /CVE-2024-45491 {2}no EPSS/);
  assert.match(text.stdout, /2\.5\.0-1 < 2\.5\.0-1\+deb12u1 \(deb\), says debian/);
  assert.match(files.get('c.md') ?? '', /### Plimsoll: 1 critical in <code>/);
  const [vulnerability] = JSON.parse(files.get('g.json') ?? '').vulnerabilities;
  assert.deepEqual(
    [vulnerability.severity, vulnerability.location.dependency.package.name],
    ['Critical', 'expat'],
  );
  const none = await run('cves', MAIN, '--only-unfixed', '--exit-code');
  assert.equal(none.exitCode, 0);
  assert.match(none.stdout, /^No known CVE, 2 of 2 packages judged\n/);
  const counts = await run('cves', MAIN, '--format', 'only-packages', '--only-vuln-packages');
  assert.equal(counts.stdout, 'deb  expat  2.5.0-1  1 critical\n');
  await run('environment', 'production', MAIN);
  assert.match((await run('cves', CHANGE, '--env', 'production')).stdout, /^1 critical in 1 package/);
});

test('cves: a switch that cannot be read is refused with what would be right', async () => {
  const { run } = await worldWithChange();
  for (const [argv, message] of [
    [['--only-severity', 'grave'], /--only-severity is critical, high/],
    [['--only-fixed', '--only-unfixed'], /--only-fixed and --only-unfixed leave nothing/],
    [['--only-package', '('], /is no regular expression/],
    [['--epss-score', '7'], /is a number from 0 to 1/],
    [['--only-policy', 'x'], /the policy has no rule x; it has no-fixable-critical-or-high/],
  ] as const) {
    const { exitCode, stderr } = await run('cves', MAIN, ...argv);
    assert.equal(exitCode, 1);
    assert.match(stderr, message);
  }
});

test('sbom: a list of packages, and documents', async () => {
  const { run, files } = await worldWithChange();
  const list = await run('sbom', MAIN, '--format', 'list');
  assert.equal(list.stdout, 'deb  expat   2.5.0-1  MIT\ndeb  tzdata  1        MIT\n2 packages\n');
  assert.match(
    (await run('sbom', MAIN, '--format', 'list', '--only-package-type', 'npm')).stdout,
    /^0 packages/,
  );
  await run('sbom', MAIN, '--write', 'spdx=a.spdx.json', '--write', 'cyclonedx=a.cdx.json');
  assert.equal(JSON.parse(files.get('a.spdx.json') ?? '').spdxVersion, 'SPDX-2.3');
  assert.equal(JSON.parse(files.get('a.cdx.json') ?? '').bomFormat, 'CycloneDX');
  assert.match((await run('sbom', MAIN, '--only-package-type', 'deb')).stderr, /is for --format list/);
});

/** A base with two newer ones beside it, and an image built upon it. */
async function worldWithBase(options: Parameters<typeof createFakeWorld>[0] = {}): Promise<FakeWorld> {
  const fake = createFakeWorld({ shelf: await shelfWithExpat(), ...options });
  const { place } = fake;
  const old = formatLayer(debian(['expat', '2.5.0-1']));
  const used = addImage(place, [old]).descriptor.digest;
  const name = 'registry.example.org/base';
  place.tags.set(
    `${name}:1.0`,
    addImage(place, [formatLayer(debian(['expat', '2.5.0-1+deb12u1']))]).descriptor.digest,
  );
  place.tags.set(`${name}:1.1`, addImage(place, [formatLayer(debian(['expat', '2.6']))]).descriptor.digest);
  const annotations = {
    'org.opencontainers.image.base.name': `${name}:1.0`,
    'org.opencontainers.image.base.digest': used,
  };
  const app = addImage(place, [old, formatLayer([{ path: 'app', body: 'app' }])], { annotations });
  place.tags.set(CHANGE, app.descriptor.digest);
  return fake;
}

test('recommendations: the refreshed and the newer base, with what they would change and the line to write', async () => {
  const { run } = await worldWithBase();
  const { exitCode, stdout, stderr } = await run('recommendations', CHANGE);
  assert.equal(exitCode, 0, stderr);
  assert.match(stdout, /Base {2}registry\.example\.org\/base:1\.0, behind its tag: 1 critical/);
  assert.match(
    stdout,
    /Refresh: the same tag as it is now\n {2}FROM registry\.example\.org\/base:1\.0@sha256:[0-9a-f]{64}\n {2}1 CVE fewer, 0 more \(none left\)/,
  );
  assert.match(
    stdout,
    /Update: newer of the same major version\n {2}FROM registry\.example\.org\/base:1\.1@sha256:/,
  );
  const refresh = await run('recommendations', CHANGE, '--only-refresh', '--format', 'json');
  assert.deepEqual(
    JSON.parse(refresh.stdout).list.map(({ kind }: { kind: string }) => kind),
    ['refresh'],
  );
  const update = await run('recommendations', CHANGE, '--only-update', '--format', 'markdown');
  assert.match(update.stdout, /\| Update: newer of the same major version \| <code>FROM registry/);
});

test('recommendations: without a known base that is said, and nothing is made up', async () => {
  const { run } = await worldWithChange();
  const { stdout } = await run('recommendations', CHANGE);
  assert.match(stdout, /^Base {2}not known\n/);
  assert.match(stdout, /so there is nothing to compare\./);
});

test('quickview: the image, its base, the base as it is now, and the rules', async () => {
  const { run } = await worldWithBase();
  const { stdout } = await run('qv', CHANGE);
  assert.match(stdout, /Image {11}memory:registry\.example\.org\/team\/app:pr-1 {2,}1 critical/);
  assert.match(stdout, /Refreshed base {2}registry\.example\.org\/base:1\.0 .*none {2,}1 fewer/);
  assert.match(stdout, /▲ No critical or high vulnerability that has a fix: 1 fixable critical or high/);
  const markdown = await run('quickview', CHANGE, '--format', 'markdown');
  assert.match(markdown.stdout, /\| Refreshed base \| <code>registry/);
  const json = JSON.parse(
    (await run('quickview', CHANGE, '--format', 'json', '--only-policy', 'non-root-user')).stdout,
  );
  assert.deepEqual(
    json.verdict.rules.map(({ rule }: { rule: string }) => rule),
    ['non-root-user'],
  );
  const latest = await run('quickview', CHANGE, '--latest', '--env', 'x');
  assert.match(latest.stderr, /one of --env and --latest/);
});

test('where no feed covers an image, every command says that its CVEs are not known, never that there are none', async () => {
  const { run } = await worldWithBase({ shelf: createMemoryShelf() });
  const quickview = await run('quickview', CHANGE);
  assert.match(quickview.stdout, /Image .* not known\s/);
  assert.match(quickview.stdout, /Refreshed base .* not known {2,}not known\s/);
  assert.match((await run('cves', CHANGE)).stdout, /^CVEs not known, 0 of 1 package judged/);
  const markdown = await run('cves', CHANGE, '--format', 'markdown');
  assert.match(markdown.stdout, /^### Plimsoll: CVEs not known in /);
  const { stdout } = await run('recommendations', CHANGE);
  assert.match(stdout, /base:1\.0, behind its tag: not known/);
  assert.match(stdout, /^ {2}CVEs not known, 1 package instead of 1/m);
  for (const said of [quickview.stdout, markdown.stdout, stdout])
    assert.doesNotMatch(said, /\bnone\b|no known/);
});

test('compare: two images of one base ask its registry once', async () => {
  const fake = await worldWithBase();
  const { place, world } = fake;
  const digest = place.tags.get(CHANGE);
  assert.ok(digest !== undefined);
  place.tags.set(MAIN, digest);
  const opened: string[] = [];
  const { openSource } = world;
  world.openSource = async (reference) => {
    opened.push(formatReference(reference));
    return openSource(reference);
  };
  assert.equal((await fake.run('compare', CHANGE, '--to', MAIN)).exitCode, 0);
  const bases = opened.filter((name) => name.includes('/base'));
  assert.deepEqual(
    bases.map((name) => name.split('@')[0]),
    ['registry.example.org/base:1.0', 'registry.example.org/base:1.0'],
    'what was used, and what its tag means now',
  );
  assert.equal(new Set(bases).size, 2);
});
