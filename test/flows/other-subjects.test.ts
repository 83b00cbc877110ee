// Promise: what is no image is judged like one. A folder of files and an SBOM (ours, or another maker's, from a file
// or standard input) get the findings, the unknowns and the exit codes of the image they stand for.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { createCliWorld } from '../../src/app/cli-world.ts';
import { readConfig, readPlaces } from '../../src/app/config.ts';
import { runCli } from '../../src/entry/cli/run.ts';
import { openArchiveTarget } from '../../src/io/images/archive.ts';
import { copyImage } from '../../src/io/images/copy.ts';
import { addImage, formatLayer } from '../../src/io/images/fixture-image.ts';
import { createMemoryPlace } from '../../src/io/images/memory.ts';
import { systemClock, systemRandom } from '../../src/kit/clock.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Report } from '../../src/services/hub/report.ts';
import { writeFeeds } from '../world/feeds.ts';

const work = mkdtempSync(join(tmpdir(), 'plimsoll-subjects-'));
after(() => rmSync(work, { recursive: true, force: true }));
const at = (name: string): string => join(work, name);

const files: Readonly<Record<string, string>> = {
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
  'var/lib/dpkg/status':
    'Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl\nVersion: 3.0.11-1\n\n' +
    'Package: tzdata\nStatus: install ok installed\nArchitecture: all\nVersion: 2026a-0+deb12u1\n\n',
  'usr/share/doc/libssl3/copyright': 'License: Apache-2.0\n',
  'app/node_modules/left-pad/package.json': '{"name":"left-pad","version":"1.2.0","license":"WTFPL"}',
  'app/node_modules/torn/package.json': '{',
};
const found = ['CVE-2026-0101', 'CVE-2026-0303'];
const torn = { where: 'app/node_modules/torn/package.json', why: 'It is not a JSON object.' };

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function plimsoll(argv: readonly string[], stdin = ''): Promise<Ended> {
  const stream = (): PassThrough => new PassThrough({ highWaterMark: 16 * 1024 * 1024 });
  const streams = { stdout: stream(), stderr: stream() };
  const world = createCliWorld({
    config: await readConfig(new Map([['--advisories', at('advisories')]]), {}),
    places: readPlaces({ HOME: work }),
    surroundings: { clock: systemClock, random: systemRandom, log: silentLog, version: '1.2.3' },
    signal: new AbortController().signal,
    stdin: Readable.from([stdin], { objectMode: false }),
    ...streams,
    serve: async () => 0,
  });
  const exitCode = await runCli(argv, world);
  const [stdout, stderr] = [streams.stdout, streams.stderr].map((stream) => String(stream.read() ?? ''));
  return { exitCode, stdout: stdout as string, stderr: stderr as string };
}

async function inspect(subject: string, stdin = ''): Promise<Report> {
  const { exitCode, stdout, stderr } = await plimsoll(['inspect', '--format', 'json', subject], stdin);
  assert.deepEqual([exitCode, stderr], [0, '']);
  return JSON.parse(stdout) as Report;
}

/** What was found, sorted, and whether it came with the same coverage. */
function told({ matching }: Report) {
  return { findings: matching.findings.map(({ id }) => id).sort(), coverage: matching.coverage };
}

before(async () => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(at(`rootfs/${path}`)), { recursive: true });
    writeFileSync(at(`rootfs/${path}`), content);
  }
  const place = createMemoryPlace();
  const members = Object.entries(files).map(([path, body]) => ({ path, body }));
  place.tags.set('x', addImage(place, [formatLayer(members)]).descriptor.digest);
  const archive = { kind: 'oci-archive', file: at('image.tar'), tag: 'app' } as const;
  await using target = await openArchiveTarget(archive);
  await copyImage(place.source('x'), target, { referrers: false });
  writeFeeds(at('feeds'));
  const refreshed = await plimsoll(['advisories', 'refresh', '--quiet', '--from', at('feeds')]);
  assert.equal(refreshed.exitCode, 0, refreshed.stderr);
});

const image = (): string => `oci-archive:${at('image.tar')}:app`;

test('a folder is judged like the image that was made of it', async () => {
  const [folder, made] = await Promise.all([inspect(`fs://${at('rootfs')}`), inspect(image())]);
  assert.deepEqual(told(folder), told(made));
  assert.deepEqual(told(folder).findings, found);
  assert.deepEqual(folder.inventory.unknowns, [torn]);
  assert.equal(folder.subject.kind, 'folder');
  assert.equal((await inspect(`fs://${at('rootfs')}`)).subject.digest, folder.subject.digest);
  writeFileSync(at('rootfs/etc/os-release'), `${files['etc/os-release']}VERSION_CODENAME=bookworm\n`);
  const changed = await inspect(`fs://${at('rootfs')}`);
  assert.notEqual(changed.subject.digest, folder.subject.digest);
  writeFileSync(at('rootfs/etc/os-release'), files['etc/os-release'] as string);
});

for (const format of ['spdx', 'cyclonedx'])
  test(`our own ${format} is judged like the image, from a file and from standard input`, async () => {
    const file = at(`image.${format}.json`);
    const written = await plimsoll(['inspect', '--format', format, '--output', file, image()]);
    assert.equal(written.exitCode, 0, written.stderr);
    const made = await inspect(image());
    const text = readFileSync(file, 'utf8');
    for (const report of [await inspect(`sbom://${file}`), await inspect('sbom://-', text)]) {
      assert.deepEqual(told(report), told(made));
      assert.deepEqual(report.inventory, made.inventory);
      assert.equal(report.subject.reference, made.subject.reference);
      const rules = ({ verdict }: Report) => verdict.rules.filter(({ rule }) => rule !== 'non-root-user');
      assert.deepEqual(rules(report), rules(made));
    }
    const fail = await plimsoll(['inspect', '--fail-on', 'high', `sbom://${file}`]);
    assert.equal(fail.exitCode, 2);
  });

const syft = {
  schema: { version: '16.0.0', url: 'https://example.org/schema-16.0.0.json' },
  source: { type: 'image', metadata: { userInput: 'registry.example.org/app:1' } },
  distro: { id: 'debian', versionID: '12', prettyName: 'Debian GNU/Linux 12 (bookworm)' },
  artifacts: [
    { name: 'libssl3', purl: 'pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&upstream=openssl&distro=debian-12' },
    { name: 'left-pad', purl: 'pkg:npm/left-pad@1.2.0', licenses: ['WTFPL'] },
    { name: 'log4j-core', purl: 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1' },
  ],
};

test('syft’s JSON on standard input is judged, and says what it leaves open', async () => {
  const report = await inspect('sbom://-', JSON.stringify(syft));
  assert.deepEqual(told(report).findings, found);
  assert.equal(report.subject.reference, 'registry.example.org/app:1');
  assert.deepEqual(
    report.inventory.unknowns.map(({ why }) => why),
    [
      'What the maker of this syft 16.0.0 document could not read is not told.',
      '1 package of type maven cannot be judged yet.',
    ],
  );
  assert.ok(report.verdict.rules.every(({ outcome }) => outcome !== 'pass'));
});

test('every format reads well for a folder and an SBOM: no layers, no size that is not known', async () => {
  const show = async (format: string, subject: string) => {
    const { exitCode, stdout } = await plimsoll(['inspect', '-f', format, subject], JSON.stringify(syft));
    assert.equal(exitCode, 0);
    assert.doesNotMatch(
      stdout,
      /\b0 B\b|no size|no platform|0 layers|0 files|undefined/,
      `${format} ${subject}`,
    );
    return stdout;
  };
  const folder = `fs://${at('rootfs')}`;
  const table = await show('table', folder);
  assert.match(table, /sha256:[0-9a-f]{12} {2}folder {2}\d+ B {2}Debian GNU\/Linux 12/);
  assert.match(table, /What it holds {2}3 packages \(2 deb, 1 npm\), 5 files, \d+ B\n/);
  assert.match(table, /Next: plimsoll inspect --format cyclonedx --output folder\.cdx\.json fs:/);
  const document = await show('table', 'sbom://-');
  assert.match(document, /sha256:[0-9a-f]{12} {2}SBOM {2}Debian GNU\/Linux 12/);
  assert.match(document, /What it holds {2}2 packages \(1 deb, 1 npm\)\n/);
  assert.match(document, /1 package of type maven cannot be judged yet/);
  assert.match(await show('markdown', folder), /<\/code> · folder · \d+ B\n/);
  assert.match(await show('markdown', 'sbom://-'), /<\/code> · SBOM\n/);
  for (const subject of [folder, 'sbom://-']) {
    const { results } = JSON.parse(await show('sarif', subject)).runs[0];
    assert.equal(results.length, found.length);
    for (const { locations } of results)
      assert.notEqual(locations[0].physicalLocation.artifactLocation.uri, '');
    const [spdx, cyclonedx] = [await show('spdx', subject), await show('cyclonedx', subject)].map((text) =>
      JSON.parse(text),
    );
    assert.equal(spdx.packages[0].primaryPackagePurpose, subject === folder ? 'FILE' : 'APPLICATION');
    assert.equal(cyclonedx.metadata.component.type, subject === folder ? 'file' : 'application');
  }
});

test('what cannot be read is said with a code, and the exit code tells a missing subject from a broken one', async () => {
  writeFileSync(at('cut.json'), '{"spdxVersion":');
  writeFileSync(at('old.json'), '{"spdxVersion":"SPDX-2.1"}');
  const cases: readonly [string, number, string][] = [
    [`sbom://${at('absent.json')}`, 3, 'app.file_unreadable'],
    [`sbom://${work}`, 3, 'app.file_unreadable'],
    [`sbom://${at('cut.json')}`, 1, 'sbom.invalid'],
    [`sbom://${at('old.json')}`, 1, 'sbom.unsupported'],
    [`fs://${at('absent')}`, 1, 'images.place_unreadable'],
    ['fs://', 1, 'oci.reference_invalid'],
    ['sbom://', 1, 'sbom.invalid'],
  ];
  for (const [subject, code, name] of cases) {
    const { exitCode, stdout, stderr } = await plimsoll(['inspect', subject]);
    assert.deepEqual([exitCode, stdout], [code, ''], subject);
    assert.ok(stderr.includes(`[${name}]`), stderr);
  }
  const { stderr } = await plimsoll(['inspect', '--platform', 'linux/amd64', `fs://${at('rootfs')}`]);
  assert.match(stderr, /--platform chooses among images, and fs:.* is none/);
});
