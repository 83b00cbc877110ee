import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { buildGoElf } from '../../formats/binaries/go-build.fixture.ts';
import { digestOf } from '../../formats/oci/digest.ts';
import { catalog, createWish } from './catalog.ts';
import { viewOf } from './view.fixture.ts';

const subject = { digest: digestOf('manifest'), platform: 'linux/amd64' };
const DEBIAN =
  'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n';
const ALPINE = 'ID=alpine\nVERSION_ID=3.19.1\n';

function look(files: Record<string, string | Uint8Array>, links: Record<string, string> = {}) {
  return catalog(viewOf(files, links), subject);
}

function entry(name: string, more: string): string {
  return `Package: ${name}\nStatus: install ok installed\n${more}\n\n`;
}

test('deb: source with and without version, architecture, licences, package URL', () => {
  const inventory = look(
    {
      'usr/lib/os-release': DEBIAN,
      'var/lib/dpkg/status':
        entry(
          'libc6',
          'Architecture: amd64\nSource: glibc\nVersion: 2.36-9+deb12u3\nMaintainer: GNU Libc <a@b>',
        ) +
        entry('libgcc-s1', 'Architecture: amd64\nSource: gcc-12 (12.2.0-14)\nVersion: 12.2.0-14+b1') +
        entry('tzdata', 'Architecture: all\nVersion: 2024a-0+deb12u1'),
      'usr/share/doc/libc6/copyright': 'See /usr/share/common-licenses/LGPL-2.1.',
      'usr/share/doc/gcc-12-base/copyright': 'See /usr/share/common-licenses/GPL-3.',
    },
    { 'etc/os-release': 'usr/lib/os-release', 'usr/share/doc/libgcc-s1': 'usr/share/doc/gcc-12-base' },
  );
  assert.deepEqual(inventory.unknowns, []);
  assert.equal(inventory.distribution?.versionId, '12');
  const [libc, libgcc, tzdata] = inventory.packages;
  assert.equal(libc?.purl, 'pkg:deb/debian/libc6@2.36-9%2Bdeb12u3?arch=amd64&distro=debian-12');
  assert.deepEqual(libc?.source, { name: 'glibc', version: '2.36-9+deb12u3' });
  assert.deepEqual(libc?.licenses, ['LGPL-2.1']);
  assert.equal(libc?.supplier, 'GNU Libc <a@b>');
  assert.deepEqual(libgcc?.source, { name: 'gcc-12', version: '12.2.0-14' });
  assert.equal(libgcc?.licenseEvidence, 'usr/share/doc/gcc-12-base/copyright');
  assert.deepEqual(tzdata?.source, { name: 'tzdata', version: '2024a-0+deb12u1' });
});

test('deb: only what has files in the image is a package', () => {
  const states = [
    'installed',
    'half-configured',
    'triggers-awaited',
    'triggers-pending',
    'unpacked',
    'half-installed',
  ];
  const status = [...states, 'config-files', 'not-installed']
    .map((state) => `Package: p-${state}\nStatus: deinstall ok ${state}\nVersion: 1\n\n`)
    .join('');
  const inventory = look({ 'etc/os-release': DEBIAN, 'var/lib/dpkg/status': status });
  assert.deepEqual(
    inventory.packages.map(({ name }) => name),
    states.map((state) => `p-${state}`).sort(),
  );
});

test('deb: distroless entries have no Status; sums are no packages; the same package twice joins its places', () => {
  const stanza = 'Package: base-files\nVersion: 12.4\nArchitecture: amd64\n';
  const inventory = look({
    'etc/os-release': DEBIAN,
    'var/lib/dpkg/status.d/base': stanza,
    'var/lib/dpkg/status.d/base-again': stanza,
    'var/lib/dpkg/status.d/base.md5sums': 'abc  usr/bin/x\n',
  });
  assert.equal(inventory.packages.length, 1);
  assert.deepEqual(
    inventory.packages[0]?.locations.map(({ path }) => path),
    ['var/lib/dpkg/status.d/base', 'var/lib/dpkg/status.d/base-again'],
  );
  assert.deepEqual(inventory.unknowns, []);
});

test('deb: a cut or corrupt database keeps what could be read and says the rest', () => {
  const inventory = look({
    'etc/os-release': DEBIAN,
    'var/lib/dpkg/status': `${entry('good', 'Version: 1')}garbage\nPackage: bad\n\nPackage: odd\nVersion: 1 2\n\nPackage: cut\nVersion: 1.`,
  });
  assert.deepEqual(
    inventory.packages.map(({ name }) => name),
    ['cut', 'good', 'odd'],
  );
  const whys = inventory.unknowns.map(({ why }) => why).join('\n');
  assert.match(whys, /line 5 \(bad\) has no version/);
  assert.match(whys, /1 lines are not of a package database/);
  assert.match(whys, /its last line does not end/);
  assert.match(whys, /"1 2" is not a Debian version/);
});

test('deb: without os-release nothing is guessed', () => {
  const inventory = look({ 'var/lib/dpkg/status': entry('a', 'Version: 1') });
  assert.equal(inventory.packages[0]?.purl, 'pkg:deb/a@1');
  assert.deepEqual(
    inventory.unknowns.map(({ where }) => where),
    ['etc/os-release'],
  );
});

test('distribution: a rolling release has no version, a file without ID is an unknown', () => {
  const sid = look({
    'etc/os-release': 'ID=debian\nVERSION_CODENAME=trixie\n',
    'var/lib/dpkg/status': entry('a', 'Version: 1'),
  });
  assert.deepEqual(sid.distribution, { id: 'debian', codename: 'trixie' });
  assert.equal(sid.packages[0]?.purl, 'pkg:deb/debian/a@1?distro=debian-trixie');
  assert.deepEqual(look({ 'etc/os-release': 'nothing' }).unknowns, [
    { where: 'etc/os-release', why: 'It names no distribution (no readable ID).' },
  ]);
});

test('apk: origin and licence; the merged place too; cut and malformed entries are said', () => {
  const inventory = look({
    'etc/os-release': ALPINE,
    'usr/lib/apk/db/installed':
      'P:libcrypto3\nV:3.1.4-r1\nA:x86_64\nL:Apache-2.0\no:openssl\n\nP:nameless\n\nP:own\nV:1-r0\nL:MIT',
  });
  const [libcrypto, own] = inventory.packages;
  assert.equal(libcrypto?.purl, 'pkg:apk/alpine/libcrypto3@3.1.4-r1?arch=x86_64&distro=alpine-3.19.1');
  assert.deepEqual(libcrypto?.source, { name: 'openssl', version: '3.1.4-r1' });
  assert.deepEqual(libcrypto?.licenses, ['Apache-2.0']);
  assert.deepEqual(own?.source, { name: 'own', version: '1-r0' });
  assert.equal(inventory.unknowns.length, 2);
});

test('deb, apk: databases that lie behind linked folders, each read once', () => {
  const deb = look(
    { 'etc/os-release': DEBIAN, 'usr/lib/sysimage/dpkg/status': entry('a', 'Version: 1') },
    { 'var/lib/dpkg/status': 'usr/lib/sysimage/dpkg/status' },
  );
  assert.deepEqual(
    deb.packages[0]?.locations.map(({ path }) => path),
    ['usr/lib/sysimage/dpkg/status'],
  );
  const apk = look(
    { 'etc/os-release': ALPINE, 'usr/lib/apk/db/installed': 'P:a\nV:1-r0\n' },
    { 'lib/apk/db/installed': 'usr/lib/apk/db/installed' },
  );
  assert.deepEqual(
    apk.packages.map(({ locations }) => locations.length),
    [1],
  );
});

test('npm: only installed packages count', () => {
  const manifest = (name: string, more = {}) => JSON.stringify({ name, version: '1.0.0', ...more });
  const inventory = look({
    'app/package.json': manifest('app'),
    'app/node_modules/a/package.json': manifest('a', { license: 'MIT' }),
    'app/node_modules/@s/b/package.json': manifest('@s/b', {
      licenses: [{ type: 'MIT' }, { type: 'Apache-2.0' }],
    }),
    'app/node_modules/@s/test/node_modules/in/package.json': manifest('in', { license: { type: 'ISC' } }),
    'app/node_modules/.pnpm/c@1.0.0/node_modules/c/package.json': manifest('c'),
    'app/node_modules/a/dist/esm/package.json': manifest('nested'),
    'app/node_modules/a/test/node_modules/fixture/package.json': manifest('fixture'),
    'app/node_modules/private/package.json': manifest('private', { private: true }),
    'app/node_modules/unnamed/package.json': '{"version":"1.0.0"}',
    'app/node_modules/broken/package.json': '{',
    'usr/lib/node_modules/a/package.json': manifest('a'),
    'ext/package.json': manifest('extension'),
  });
  assert.deepEqual(
    inventory.packages.map(({ purl, licenses }) => [purl, ...licenses]),
    [
      ['pkg:npm/%40s/b@1.0.0', 'MIT', 'Apache-2.0'],
      ['pkg:npm/a@1.0.0', 'MIT'],
      ['pkg:npm/c@1.0.0'],
      ['pkg:npm/in@1.0.0', 'ISC'],
    ],
  );
  assert.equal(inventory.packages[1]?.locations.length, 2);
  assert.deepEqual(inventory.unknowns, [
    { where: 'app/node_modules/broken/package.json', why: 'It is not a JSON object.' },
  ]);
});

function goElf(modules: string, goVersion = 'go1.22.3 X:boringcrypto'): Uint8Array {
  return buildGoElf({ layout: 'inline', is64Bit: true, isLittleEndian: true, goVersion, modules });
}

test('go: main module, dependencies with replacements, standard library; reduced or not', () => {
  const elf = goElf(
    'path\tx.org/m/cmd\nmod\tx.org/m\tv1.2.3\th1:=\ndep\tgithub.com/A/b\tv0.1.0\n=>\tgithub.com/c/d\tv0.2.0\th1:=\ndep\tx.org/local\tv1.0.0\n=>\t../local\t(devel)\n',
  );
  const reduced = createWish().reduce?.('usr/bin/m', elf) as Uint8Array;
  assert.ok(reduced.length < elf.length);
  const inventory = look({ 'usr/bin/m': elf });
  assert.deepEqual(look({ 'usr/bin/m': reduced }).packages, inventory.packages);
  assert.deepEqual(
    inventory.packages.map(({ purl, role }) => [purl, role]),
    [
      ['pkg:golang/github.com/c/d@v0.2.0', 'dependency'],
      ['pkg:golang/stdlib@1.22.3', 'stdlib'],
      ['pkg:golang/x.org/local', 'dependency'],
      ['pkg:golang/x.org/m@v1.2.3', 'main'],
    ],
  );
  assert.match(inventory.unknowns[0]?.why ?? '', /x.org\/local was built from a folder/);
});

test('go: a main module without a release has no version, unless the build wrote one', () => {
  for (const version of ['(devel)', 'v0.0.0-20240101000000-abcdefabcdef+dirty']) {
    const inventory = look({ 'usr/bin/m': goElf(`mod\tx.org/m\t${version}\t\n`) });
    assert.equal(inventory.packages.at(-1)?.purl, 'pkg:golang/x.org/m');
    assert.match(inventory.unknowns[0]?.why ?? '', /is not stated/);
  }
  const flagged = look({
    'usr/bin/m': goElf('mod\tx.org/m\t(devel)\t\nbuild\t-ldflags="-X main.version=1.5.0"\n'),
  });
  assert.equal(flagged.packages.at(-1)?.purl, 'pkg:golang/x.org/m@v1.5.0');
});

test('go: no main module, a development toolchain, a packed program are unknowns; other ELF files are nothing', () => {
  const bare = look({ 'usr/bin/m': goElf('', 'devel go1.23-abc') });
  assert.equal(bare.packages[0]?.purl, 'pkg:golang/stdlib');
  assert.equal(bare.unknowns.length, 2);
  const tool = look({ 'usr/bin/vet': goElf('path\tcmd/vet\n') });
  assert.deepEqual([tool.packages[0]?.purl, ...tool.unknowns], ['pkg:golang/stdlib@1.22.3']);
  const plain = Buffer.alloc(2048);
  plain.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  const wish = createWish();
  assert.equal(wish.reduce?.('bin/x', plain).length, 0);
  assert.deepEqual(look({ 'bin/x': plain }).unknowns, []);
  plain.write('UPX!', 0xec);
  assert.match(look({ 'bin/x': plain }).unknowns[0]?.why ?? '', /UPX/);
});

test('go: what pretends to be reduced build information is checked, not trusted', () => {
  const cases = [
    '',
    '{',
    '[]',
    '{"build":1}',
    '{"build":{"goVersion":"go1","dependencies":[{"path":""}]}}',
    '{"build":{"goVersion":"go1.2","dependencies":{}}}',
  ];
  for (const text of cases) {
    assert.deepEqual(
      look({ 'usr/share/doc/x/copyright': `go build information\n${text}` }).packages,
      [],
      text,
    );
  }
});

test('go: any module lines end in packages with package URLs', () => {
  const line = fc.string({
    unit: fc.constantFrom('mod', 'dep', '=>', 'path', 'build', '\t', '/', 'a', '.', 'v1.0.0', '"', '=', '\n'),
  });
  fc.assert(
    fc.property(line, fc.string({ maxLength: 12 }), (modules, goVersion) => {
      const { packages } = look({ 'usr/bin/m': goElf(`${modules}\n`, goVersion) });
      assert.ok(packages.every(({ purl }) => purl.startsWith('pkg:golang/')));
    }),
  );
});

test('wish: what is kept, and how much of it', () => {
  const wish = createWish();
  const wants = (path: string, mode = 0o644) => wish.wants(path, { sizeBytes: 1, mode });
  for (const path of [
    'etc/os-release',
    'var/lib/dpkg/status',
    'var/lib/dpkg/status.d/x',
    'lib/apk/db/installed',
    'a/node_modules/b/package.json',
    'usr/share/doc/x/copyright',
  ]) {
    assert.equal(wants(path), 'whole', path);
  }
  assert.ok(wish.paths?.includes('var/lib/dpkg/status'));
  assert.equal(wants('usr/bin/x', 0o755), 'peek');
  assert.equal(wants('usr/lib/x.so.1', 0o755), false);
  assert.equal(wants('etc/passwd'), false);
  assert.equal(wants('var/lib/dpkg/status.d/x.md5sums'), false);
  assert.equal(wish.keeps?.('usr/bin/x', Buffer.from('\x7fELF')), true);
  assert.equal(wish.keeps?.('usr/bin/x', Buffer.from('#!/bin/sh')), false);
  assert.equal(wish.limitBytes?.('a/node_modules/b/package.json'), 4 * 1024 * 1024);
  assert.equal(wish.limitBytes?.('usr/bin/x'), 512 * 1024 * 1024);
  assert.deepEqual(wish.reduce?.('etc/os-release', Buffer.from('ID=x')), Buffer.from('ID=x'));
});

test('catalog: never throws for what an image holds, and says the same twice', () => {
  const path = fc.constantFrom(
    'etc/os-release',
    'var/lib/dpkg/status',
    'lib/apk/db/installed',
    'a/node_modules/b/package.json',
    'bin/x',
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .string({
        unit: fc.constantFrom('P', ':', 'V', '\n', 'Package', 'Version', ' ', '1', '{"name":"x"', '}'),
      })
      .map((text) => new TextEncoder().encode(text)),
    fc.uint8Array({ maxLength: 300 }).map((tail) => Buffer.concat([Buffer.from('\x7fELF\x02\x01'), tail])),
  );
  fc.assert(
    fc.property(fc.dictionary(path, bytes), (files) => {
      assert.equal(JSON.stringify(look(files)), JSON.stringify(look(files)));
    }),
  );
});

const shared = new URL('../../../../shared/fixtures/', import.meta.url);
const skip = existsSync(shared) ? false : 'no ../shared/fixtures';

test('real: a Debian status with hundreds of packages names its sources', { skip }, () => {
  const text = readFileSync(new URL('dpkg/texlive.status', shared));
  const { packages, unknowns } = look({
    'etc/os-release': 'ID=ubuntu\nVERSION_ID="18.04"\n',
    'var/lib/dpkg/status': text,
  });
  assert.deepEqual(unknowns, []);
  assert.equal(packages.length, text.toString().match(/^Status: install ok installed$/gm)?.length);
  const quadmath = packages.find(({ name }) => name === 'libquadmath0');
  assert.deepEqual(quadmath?.source, { name: 'gcc-8', version: '8.4.0-1ubuntu1~18.04' });
});

test('real: distroless entries, whole, empty and corrupt', { skip }, () => {
  const folder = new URL('dpkg/syft/var/lib/dpkg/status.d/', shared);
  const files = Object.fromEntries(
    readdirSync(folder).map((name) => [`var/lib/dpkg/status.d/${name}`, readFileSync(new URL(name, folder))]),
  );
  const inventory = look({ 'etc/os-release': DEBIAN, ...files });
  const names = inventory.packages.map(({ name }) => name);
  assert.ok(names.includes('tzdata') && names.includes('linux-image-6.14.0-1012-aws'));
  assert.ok(!names.includes('linux-image-6.8.0-1029-aws') && !names.includes('no-version'));
  assert.ok(inventory.unknowns.some(({ where }) => where.endsWith('/corrupt')));
});

test('real: Go programs', { skip }, () => {
  const inventory = look({
    'bin/a': readFileSync(new URL('go/main-version-via-ldflags.elf', shared)),
    'bin/b': readFileSync(new URL('go/binary_with_module_replacement-linux-amd64', shared)),
  });
  assert.deepEqual(
    inventory.packages.map(({ purl }) => purl),
    [
      'pkg:golang/binary_with_module_replacement',
      'pkg:golang/github.com/aquasecurity/test@v1.0.0',
      'pkg:golang/github.com/golang/xerrors@v0.0.0-20220907171357-04be3eba64a2',
      'pkg:golang/stdlib@1.22.0',
      'pkg:golang/stdlib@1.22.1',
    ],
  );
});

for (const [archive, version, count] of [
  ['alpine-310.tar.gz', '3.10.', 14],
  ['alpine-311.tar.gz', '3.11.', 14],
] as const) {
  test(`real: ${archive}`, { skip }, () => {
    const layer = memberOf(gunzipSync(readFileSync(new URL(`images/${archive}`, shared))), '/layer.tar');
    const inventory = look({
      'etc/os-release': memberOf(layer, 'etc/os-release'),
      'lib/apk/db/installed': memberOf(layer, 'lib/apk/db/installed'),
    });
    assert.ok(inventory.distribution?.versionId?.startsWith(version));
    assert.equal(inventory.packages.length, count);
    assert.deepEqual(inventory.unknowns, []);
    assert.equal(inventory.packages.find(({ name }) => name === 'libcrypto1.1')?.source?.name, 'openssl');
  });
}

/** The first member of a plain tar whose name ends so: enough for two known archives. */
function memberOf(tar: Buffer, suffix: string): Buffer {
  for (let at = 0; at + 512 <= tar.length; ) {
    const name = tar
      .subarray(at, at + 100)
      .toString('latin1')
      .replace(/\0.*$/s, '');
    const sizeBytes = Number.parseInt(tar.subarray(at + 124, at + 136).toString('latin1'), 8) || 0;
    if (name.endsWith(suffix)) return tar.subarray(at + 512, at + 512 + sizeBytes);
    at += 512 + Math.ceil(sizeBytes / 512) * 512;
  }
  throw new Error(`no ${suffix}`);
}
