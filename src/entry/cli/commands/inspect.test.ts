import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addImage, addIndex, formatLayer } from '../../../io/images/fixture-image.ts';
import { createMemoryLayerCache } from '../../../io/images/layer-cache-memory.ts';
import { indexImage } from '../../../services/hub/inspect.ts';
import { createTracer } from '../tracer.ts';
import { addDebianImage, createFakeWorld, type FakeWorldOptions, shelfWithExpat } from '../world.fixture.ts';

const IMAGE = 'registry.example.org/app:1.0';
const ESCAPE = '\u001b';

/** A world with one image that has one critical finding with a fix. */
async function worldWithImage(options: FakeWorldOptions = {}) {
  const fake = createFakeWorld({ shelf: await shelfWithExpat(), ...options });
  addDebianImage(fake.place, IMAGE);
  return fake;
}

test('the table says answer, rules, findings and coverage; nothing else is written', async () => {
  const { run } = await worldWithImage();
  const { exitCode, stdout, stderr } = await run('inspect', IMAGE);
  assert.deepEqual([exitCode, stderr], [0, '']);
  assert.match(stdout, /^●▲ Over the line: /);
  assert.match(stdout, /Debian GNU\/Linux 12 \(bookworm\)/);
  assert.match(stdout, /Critical {2}CVE-2024-45491 {2}libexpat1 2\.5\.0-1 {2}→ 2\.5\.0-1\+deb12u1/);
  assert.match(stdout, /What was judged {2}2 of 2 packages/);
  assert.ok(!stdout.includes(ESCAPE));
});

test('a layer that was read once is not asked for again', async () => {
  const layers = createMemoryLayerCache({ limitBytes: 1_000_000, generation: 'test' });
  const { run, place } = await worldWithImage({ world: { layers: async () => layers } });
  const first = await run('inspect', '--format', 'json', IMAGE);
  for (const { digest } of JSON.parse(first.stdout).inventory.layers) place.blobs.delete(digest);
  assert.deepEqual(await run('inspect', '--format', 'json', IMAGE), first);
});

test('each format is what its name says, on standard output alone', async () => {
  const { run } = await worldWithImage();
  const read = async (format: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await run('inspect', '--format', format, IMAGE);
    assert.deepEqual([exitCode, stderr], [0, ''], format);
    return stdout;
  };
  const report = JSON.parse(await read('json'));
  assert.deepEqual(
    report.inventory.packages.map((one: { name: string }) => one.name),
    ['libexpat1', 'tzdata'],
  );
  assert.equal(report.createdAt, '2026-03-01T12:00:00.000Z');
  const spdx = JSON.parse(await read('spdx'));
  assert.equal(spdx.spdxVersion, 'SPDX-2.3');
  assert.ok(spdx.packages.some((one: { name: string }) => one.name === 'libexpat1'));
  const cyclonedx = JSON.parse(await read('cyclonedx'));
  assert.deepEqual([cyclonedx.bomFormat, cyclonedx.specVersion], ['CycloneDX', '1.6']);
  assert.deepEqual(
    cyclonedx.vulnerabilities.map((one: { id: string }) => one.id),
    ['CVE-2024-45491'],
  );
  const sarif = JSON.parse(await read('sarif'));
  assert.equal(sarif.runs[0].tool.driver.version, '1.2.3');
  assert.equal(sarif.runs[0].results[0].ruleId, 'CVE-2024-45491');
  assert.match(await read('markdown'), /^## 🔴 Over the line/);
});

test('--output writes the file and nothing to standard output, without colour codes', async () => {
  const { run, files } = await worldWithImage({ stdout: { isTty: true, isColour: true } });
  for (const format of ['cyclonedx', 'table']) {
    const { exitCode, stdout, stderr } = await run('inspect', '-f', format, '-o', `image.${format}`, IMAGE);
    assert.deepEqual([exitCode, stdout, stderr], [0, '', '']);
  }
  assert.equal(JSON.parse(files.get('image.cyclonedx') as string).bomFormat, 'CycloneDX');
  assert.match(files.get('image.table') as string, /^●▲ Over the line/);
  assert.ok(!files.get('image.table')?.includes(ESCAPE));
  const { stdout } = await run('inspect', IMAGE);
  assert.ok(stdout.includes(ESCAPE), 'a terminal that takes colour gets it');
});

test('--fail-on exits with 2 and says why on standard error; the report comes all the same', async () => {
  const { run, place } = await worldWithImage();
  const { exitCode, stdout, stderr } = await run('inspect', '--fail-on', 'high', '-f', 'json', IMAGE);
  assert.equal(exitCode, 2);
  assert.equal(stderr, '▲ --fail-on high: 1 finding is high or worse, or not rated\n');
  assert.equal(JSON.parse(stdout).schema, 1);
  assert.equal((await run('inspect', '--fail-on', 'policy', IMAGE)).exitCode, 2);
  const clean = createFakeWorld();
  clean.place.tags.set(IMAGE, addDebianImage(clean.place, IMAGE).descriptor.digest);
  assert.equal((await clean.run('inspect', '--fail-on', 'low', IMAGE)).exitCode, 0, 'nothing was found');
  assert.equal(
    (await clean.run('inspect', '--fail-on', 'policy', IMAGE)).exitCode,
    2,
    'what no feed covers is unknown, and unknown is not a pass',
  );
  assert.equal(place.tags.size, 1);
});

test('an option that takes no such value lists what it takes, before anything is opened', async () => {
  const { run } = createFakeWorld({
    world: {
      openSource: async () => {
        throw new Error('opened');
      },
    },
  });
  const bad = await run('inspect', '--format', 'xml', IMAGE);
  assert.equal(bad.exitCode, 1);
  assert.match(
    bad.stderr,
    /--format is table, json, spdx, cyclonedx, sarif, markdown; "xml" is none of them\n.*\[cli\.option_invalid\]/,
  );
  assert.match(
    (await run('inspect', '--fail-on', 'severe', IMAGE)).stderr,
    /critical, high, .*policy; "severe"/,
  );
  assert.match((await run('inspect', '--platform', 'linux', IMAGE)).stderr, /\[oci\.platform_invalid\]/);
  assert.match((await run('inspect', 'Not A Name')).stderr, /\[oci\./);
});

test('--platform chooses from an index; without it the machine’s; a platform that is not there is said', async () => {
  const { run, place } = await worldWithImage();
  const amd64 = addDebianImage(place, 'unused', 'amd64');
  const arm64 = addDebianImage(place, 'unused', 'arm64');
  const index = addIndex(place, [
    ['linux/amd64', amd64],
    ['linux/arm64', arm64],
  ]);
  place.tags.set(IMAGE, index.descriptor.digest);
  const read = async (...argv: string[]) =>
    JSON.parse((await run('inspect', '-f', 'json', ...argv, IMAGE)).stdout);
  assert.equal((await read()).subject.digest, amd64.descriptor.digest);
  const chosen = (await read('--platform', 'linux/arm64')).subject;
  assert.deepEqual(
    [chosen.digest, chosen.platform, chosen.indexDigest],
    [arm64.descriptor.digest, 'linux/arm64', index.descriptor.digest],
  );
  const absent = await run('inspect', '--platform', 'linux/s390x', IMAGE);
  assert.match(absent.stderr, /\[oci\.platform_missing\]/);
  assert.equal(absent.exitCode, 3);
});

test('an image that is not there exits with 3', async () => {
  const { exitCode, stdout, stderr } = await createFakeWorld().run('inspect', IMAGE);
  assert.deepEqual([exitCode, stdout], [3, '']);
  assert.match(stderr, /\[images\.missing\]/);
});

test('progress is drawn on a terminal’s standard error only, and wiped at the end', async () => {
  const onTerminal = await worldWithImage({ stderr: { isTty: true } });
  const drawn = await onTerminal.run('inspect', '-f', 'json', IMAGE);
  assert.match(drawn.stderr, /Layers \[.*\] 0 of 1\n/);
  assert.ok(drawn.stderr.endsWith(`${ESCAPE}[1A${ESCAPE}[0J`));
  assert.equal(JSON.parse(drawn.stdout).schema, 1);
  assert.equal((await onTerminal.run('inspect', '--quiet', IMAGE)).stderr, '');
  const inPipe = await (await worldWithImage()).run('inspect', IMAGE);
  assert.equal(inPipe.stderr, '');
});

test('the base that an image names is compared with what its registry has, and told with its state', async () => {
  const { place, run } = createFakeWorld();
  const [system, app] = [formatLayer([{ path: 'system' }]), formatLayer([{ path: 'app' }])];
  const base = addImage(place, [system]);
  const name = 'registry.example.org/base:1';
  place.tags.set(`${name}@${base.descriptor.digest}`, base.descriptor.digest);
  place.tags.set(name, addImage(place, [formatLayer([{ path: 'newer' }])]).descriptor.digest);
  const annotations = {
    'org.opencontainers.image.base.name': name,
    'org.opencontainers.image.base.digest': base.descriptor.digest,
  };
  place.tags.set(IMAGE, addImage(place, [system, app], { annotations }).descriptor.digest);
  const text = (await run('inspect', IMAGE)).stdout;
  assert.match(
    text,
    /Built on {2}registry\.example\.org\/base:1 {2}certain, behind: its name has moved on\n/,
  );
  assert.match(text, /its lowest\s+layer is that image’s/);
  const { lineage, subject } = JSON.parse((await run('inspect', '--format', 'json', IMAGE)).stdout);
  assert.deepEqual([lineage.base.layers, lineage.base.confidence, subject.attestations], [1, 'certain', []]);
  const offline = (await run('inspect', '--offline', IMAGE)).stdout;
  assert.match(offline, /Built on {2}registry\.example\.org\/base:1 {2}likely\n/);
  place.tags.delete(name);
  place.tags.delete(`${name}@${base.descriptor.digest}`);
  place.manifests.delete(base.descriptor.digest);
  const { exitCode, stdout } = await run('inspect', IMAGE);
  assert.equal(exitCode, 0);
  assert.match(stdout, /Built on {2}registry\.example\.org\/base:1 {2}likely\n/);
  assert.match(stdout, /memory has no image\s+registry\.example\.org\/base:1/);
});

test('a registry that does not answer in time is said in the report, and ends nothing', async () => {
  const { place, world } = createFakeWorld();
  const annotations = { 'org.opencontainers.image.base.name': 'silent.example.org/base:1' };
  const { descriptor } = addImage(place, [formatLayer([{ path: 'a' }])], { annotations });
  place.tags.set(IMAGE, descriptor.digest);
  const trace = createTracer({ ...world, openSource: () => new Promise(() => {}) }, { timeoutMs: 1 });
  const image = await indexImage({ source: place.source(IMAGE) });
  const { base, unknowns } = await trace(image);
  assert.equal(base?.confidence, 'likely');
  assert.deepEqual(unknowns, ['silent.example.org/base:1: there was no answer within 0.001 seconds.']);
});

test('where nothing tells the base, that is said; docker save leaves out what would hang on it', async () => {
  const { run } = await worldWithImage();
  assert.match(
    (await run('inspect', IMAGE)).stdout,
    /Built on {2}not known\n {4}Its provenance, annotations/,
  );
  const archive = 'docker-archive:app.tar';
  const { place, run: runOnArchive } = createFakeWorld();
  addDebianImage(place, archive);
  const report = JSON.parse((await runOnArchive('inspect', '--format', 'json', archive)).stdout);
  assert.equal(report.subject.attestations, undefined);
});
