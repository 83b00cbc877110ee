import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { formatTar } from '../../formats/archive/tar-writer.ts';
import { buildGoElf } from '../../formats/binaries/go-build.fixture.ts';
import { digestOf } from '../../formats/oci/digest.ts';
import { createMemoryShelf } from '../../io/advisories/memory-shelf.ts';
import type { AdvisoryStore } from '../../io/advisories/store.ts';
import { addImage } from '../../io/images/fixture-image.ts';
import { readFolder } from '../../io/images/folder.ts';
import { createMemoryPlace } from '../../io/images/memory.ts';
import { inspectImage, judgeImage } from './inspect.ts';
import type { Report } from './report.ts';
import { formatSbom } from './sbom-document.ts';
import { indexFolder, indexSbom } from './subject.ts';

const clock = { now: () => Date.parse('2026-03-01T12:00:00Z') };
const stamp = { createdAt: clock.now(), serial: '3e671687-395b-41f5-a30f-a58921a69b79', toolVersion: '1' };
const work = mkdtempSync(join(tmpdir(), 'plimsoll-subject-'));
after(() => rmSync(work, { recursive: true, force: true }));

/** Paths to contents; a link's begins with `-> `. */
type Files = Readonly<Record<string, string | Uint8Array>>;

const modules = 'path\tx.org/m\nmod\tx.org/m\t(devel)\t\ndep\tx.org/dep\tv1.0.0\n';
const program = buildGoElf({
  layout: 'inline',
  is64Bit: true,
  isLittleEndian: true,
  goVersion: 'go1.22.3',
  modules,
});
const status =
  'Package: libc6\nStatus: install ok installed\nVersion: 2.36-9+deb12u3\nArchitecture: amd64\nSource: glibc\nMaintainer: GNU <a@b>\n\n' +
  'Package: libgcc-s1\nStatus: install ok installed\nVersion: 12.2.0-14+b1\nArchitecture: amd64\nSource: gcc-12 (12.2.0-14)\n\n' +
  'Package: Odd\nStatus: install ok installed\nVersion: 1 2\n\n';

const images: Readonly<Record<string, Files>> = {
  debian: {
    'usr/lib/os-release': 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian 12"\n',
    'etc/os-release': '-> ../usr/lib/os-release',
    'var/lib/dpkg/status': status,
    'usr/share/doc/libc6/copyright': 'License: LGPL-2.1+\n\nLicense: some, odd one\n',
    'usr/share/doc/libgcc-s1/copyright':
      'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: AGPL-3+\n',
    'app/node_modules/@s/n/package.json': '{"name":"@s/n","version":"1.0.0","license":"free words"}',
    'app/node_modules/broken/package.json': '{',
    'usr/bin/m': program,
  },
  alpine: {
    'etc/os-release': 'ID=alpine\nVERSION_ID=3.19.1\n',
    'lib/apk/db/installed':
      'P:libcrypto3\nV:3.1.4-r1\nA:x86_64\nL:Apache-2.0\no:openssl\n\nP:x\nV:1-r0\nL:custom\n\n',
  },
  'a rolling release': {
    'etc/os-release': 'ID=debian\nVERSION_CODENAME=trixie\n',
    'var/lib/dpkg/status': status,
  },
  'no distribution': { 'var/lib/dpkg/status': status },
  'nothing that is known': { 'opt/thing': 'thing' },
  'no file': {},
};

async function advisories(): Promise<AdvisoryStore> {
  const shelf = createMemoryShelf();
  await using writer = await shelf.write();
  const records: readonly [string, string, string, string][] = [
    ['debian:12', 'glibc', 'deb', '2.36-9+deb12u7'],
    ['debian:12', 'gcc-12', 'deb', '12.2.0-14'],
    ['debian:12', 'Odd', 'deb', '2'],
    ['alpine:v3.19', 'openssl', 'apk', '3.1.4-r5'],
    ['npm', '@s/n', 'semver', '1.0.1'],
    ['go', 'stdlib', 'semver', '1.22.5'],
    ['go', 'x.org/dep', 'semver', '1.0.1'],
    ['go', 'x.org/m', 'semver', '9.0.0'],
  ];
  writer.beginFeed('test');
  for (const [scope, name, order, fixed] of records) {
    const body = {
      id: `CVE-${name}`,
      aliases: [],
      severity: { level: 'high', by: 'test' },
      order,
      ranges: [{ events: [{ introduced: '0' }, { fixed }] }],
      versions: [],
    };
    writer.add({ feed: 'test', scope, name, id: body.id, body: JSON.stringify(body) });
  }
  await writer.endFeed({
    feed: 'test',
    source: 'test',
    refreshedAt: clock.now(),
    records: records.length,
    sizeBytes: 1,
    coverage: 'affected',
    scopes: [...new Set(records.map(([scope]) => scope))],
  });
  await writer.finish();
  return shelf.open();
}

async function inspect(files: Files): Promise<Report> {
  const place = createMemoryPlace();
  const members = Object.entries(files).map(([path, content]) => {
    const isLink = typeof content === 'string' && content.startsWith('-> ');
    return {
      kind: isLink ? ('symlink' as const) : ('file' as const),
      path,
      linkPath: isLink ? content.slice(3) : '',
      mode: path.startsWith('usr/bin/') ? 0o755 : 0o644,
      mtimeSeconds: 0,
      body: isLink ? new Uint8Array() : Buffer.from(content as string),
    };
  });
  place.tags.set('x', addImage(place, [formatTar(members)]).descriptor.digest);
  return inspectImage({ source: place.source('x'), advisories: await advisories(), clock });
}

function unpack(files: Files): string {
  const folder = mkdtempSync(join(work, 'f-'));
  for (const [path, content] of Object.entries(files)) {
    const full = join(folder, path);
    mkdirSync(dirname(full), { recursive: true });
    if (typeof content === 'string' && content.startsWith('-> ')) symlinkSync(content.slice(3), full);
    else writeFileSync(full, content, { mode: path.startsWith('usr/bin/') ? 0o755 : 0o644 });
  }
  return folder;
}

/** The answers of all rules that need no configuration. */
function answers({ verdict }: Report) {
  return verdict.rules.filter(({ rule }) => rule !== 'non-root-user');
}

const judge = async (document: string): Promise<Report> =>
  judgeImage({ image: indexSbom(Buffer.from(document), 'sbom://x'), advisories: await advisories(), clock });

for (const [name, files] of Object.entries(images))
  test(`subject: judging the SBOM of an image is judging the image: ${name}`, async () => {
    const image = await inspect(files);
    for (const format of ['spdx', 'cyclonedx'] as const) {
      const document = formatSbom(image, format, stamp);
      const report = await judge(document);
      assert.deepEqual(report.inventory, image.inventory);
      assert.deepEqual(report.matching, image.matching);
      assert.deepEqual(report.fixes, image.fixes);
      assert.deepEqual(answers(report), answers(image));
      assert.deepEqual(report.subject, {
        kind: 'sbom',
        reference: image.subject.reference,
        digest: digestOf(document),
        platform: 'linux/amd64',
      });
      for (const other of ['spdx', 'cyclonedx'] as const)
        assert.deepEqual((await judge(formatSbom(report, other, stamp))).inventory, image.inventory);
    }
  });

test('subject: the cases above have findings, gaps, unknowns and rules that fail', async () => {
  const { matching, inventory, verdict } = await inspect(images.debian as Files);
  assert.deepEqual(
    matching.findings.map(({ id }) => id),
    ['CVE-@s/n', 'CVE-glibc', 'CVE-stdlib', 'CVE-x.org/dep'],
  );
  assert.ok(matching.coverage.gaps.length >= 2 && inventory.unknowns.length >= 3);
  assert.deepEqual(
    verdict.rules.map(({ outcome }) => outcome),
    ['fail', 'fail', 'fail'],
  );
});

for (const [name, files] of Object.entries(images))
  test(`subject: a folder is judged like the image that holds it: ${name}`, async () => {
    const image = await inspect(files);
    const folder = unpack(files);
    const indexed = await indexFolder({
      reference: `fs://${folder}`,
      read: (wish) => readFolder(folder, wish),
    });
    const report = await judgeImage({ image: indexed, advisories: await advisories(), clock });
    const unplaced = ({ inventory }: Report) =>
      inventory.packages.map((one) => ({ ...one, locations: one.locations.map(({ path }) => path) }));
    assert.deepEqual(unplaced(report), unplaced(image));
    assert.deepEqual(report.inventory.distribution, image.inventory.distribution);
    assert.deepEqual(report.inventory.unknowns, image.inventory.unknowns);
    assert.deepEqual(report.matching.coverage, image.matching.coverage);
    assert.deepEqual(
      report.matching.findings.map(({ id, package: { purl } }) => [id, purl]),
      image.matching.findings.map(({ id, package: { purl } }) => [id, purl]),
    );
    assert.deepEqual(answers(report), answers(image));
    const { subject, verdict } = report;
    assert.equal(subject.digest, report.inventory.layers[0]?.digest);
    assert.equal(subject.sizeBytes, image.inventory.totalBytes);
    const user = verdict.rules.find(({ rule }) => rule === 'non-root-user');
    assert.equal(user?.outcome, 'unknown');
    assert.match(user?.reasons[0] ?? '', /a folder and an SBOM have none/);
    const again = await judge(formatSbom(report, 'spdx', stamp));
    assert.deepEqual(again.matching, report.matching);
  });

test('subject: an SBOM that names nothing is called as the user wrote it', () => {
  const document = { bomFormat: 'CycloneDX', specVersion: '1.6' };
  const { subject, inventory } = indexSbom(Buffer.from(JSON.stringify(document)), 'sbom://x.json');
  assert.equal(subject.reference, 'sbom://x.json');
  assert.equal(subject.digest, inventory.digest);
  assert.throws(() => indexSbom(Buffer.from('{'), 'sbom://x'), { code: 'sbom.invalid' });
});
