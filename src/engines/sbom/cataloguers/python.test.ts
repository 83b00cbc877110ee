import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../../../formats/oci/digest.ts';
import { limits } from '../../../kit/limits.ts';
import { catalog, createWish } from '../catalog.ts';
import { viewOf } from '../view.fixture.ts';

const DEBIAN = 'ID=debian\nVERSION_ID="12"\n';
const ALPINE = 'ID=alpine\nVERSION_ID=3.19.1\n';
const SITE = 'usr/local/lib/python3.12/site-packages';
const DIST = 'usr/lib/python3/dist-packages';

/** As an image is read: what is wanted, reduced. */
function look(files: Readonly<Record<string, string | Uint8Array>>) {
  const wish = createWish();
  const kept = Object.entries(files).flatMap(([path, content]): [string, Uint8Array][] => {
    const bytes = Buffer.from(content as string);
    const wants = wish.wants(path, { sizeBytes: bytes.length, mode: 0o644 });
    return wants === 'whole' ? [[path, wish.reduce?.(path, bytes) ?? bytes]] : [];
  });
  return catalog(viewOf(Object.fromEntries(kept)), { digest: digestOf('manifest') });
}

function names(files: Readonly<Record<string, string>>): readonly string[] {
  return look(files).packages.flatMap(({ type, name, version }) =>
    type === 'pypi' ? [`${name} ${version}`] : [],
  );
}

function metadata(name: string, version: string, ...more: readonly string[]): string {
  return [`Metadata-Version: 2.1`, `Name: ${name}`, `Version: ${version}`, ...more, '', '# Readme', ''].join(
    '\n',
  );
}

test('python: the three ways of recording an installed package, names normalised', () => {
  const inventory = look({
    [`${SITE}/Zope.Interface-6.1.dist-info/METADATA`]: metadata(
      'Zope.Interface',
      '6.1',
      'Author: Zope Foundation',
      'License: ZPL-2.1',
    ),
    [`${SITE}/old_style-1.0.egg-info/PKG-INFO`]: metadata('old_style', '1.0'),
    [`${SITE}/single-2.0-py3.12.egg-info`]: metadata('single', '2.0'),
    [`${SITE}/zipped-3.0-py3.12.egg/EGG-INFO/PKG-INFO`]: metadata('zipped', '3.0'),
    [`${SITE}/setuptools/_vendor/wheel-0.43.0.dist-info/METADATA`]: metadata('wheel', '0.43.0'),
    [`${SITE}/pkg/tests/fixtures/fake-9.dist-info/METADATA`]: metadata('fake', '9'),
    'home/me/src/thing.egg-info/PKG-INFO': metadata('thing', '1'),
  });
  assert.deepEqual(inventory.unknowns, []);
  assert.deepEqual(
    inventory.packages.map(({ purl }) => purl),
    [
      'pkg:pypi/old-style@1.0',
      'pkg:pypi/single@2.0',
      'pkg:pypi/wheel@0.43.0',
      'pkg:pypi/zipped@3.0',
      'pkg:pypi/zope-interface@6.1',
    ],
  );
  const zope = inventory.packages.at(-1);
  assert.deepEqual(
    [zope?.type, zope?.name, zope?.supplier, zope?.licenses, zope?.foundBy],
    ['pypi', 'zope-interface', 'Zope Foundation', ['ZPL-2.1'], 'python'],
  );
  assert.equal(zope?.locations[0]?.path, `${SITE}/Zope.Interface-6.1.dist-info/METADATA`);
});

test('python: a licence expression, else what is certain, else the words', () => {
  const osi = 'Classifier: License :: OSI Approved ::';
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [['License-Expression: MIT OR Apache-2.0', 'License: other'], ['MIT OR Apache-2.0']],
    [['License: BSD-3-Clause', `${osi} BSD License`], ['BSD-3-Clause']],
    [['License: Dual', `${osi} MIT License`], ['MIT']],
    [['License: MIT License', '        Copyright …', `${osi} MIT License`], ['MIT']],
    [[`${osi} GNU Affero General Public License v3 or later (AGPLv3+)`], ['AGPL-3.0-or-later']],
    [[`${osi} Apache Software License`], ['Apache Software License']],
    [['License: see LICENSE', `${osi} BSD License`], ['see LICENSE']],
    [['Classifier: License :: OSI Approved', 'License: UNKNOWN'], []],
  ];
  for (const [lines, licenses] of cases) {
    const { packages } = look({ [`${SITE}/a-1.dist-info/METADATA`]: metadata('a', '1', ...lines) });
    assert.deepEqual(packages[0]?.licenses, licenses, lines.join('; '));
  }
});

test('python: what Debian or Alpine brought is theirs, and nothing else is', () => {
  const deb = {
    'etc/os-release': DEBIAN,
    'var/lib/dpkg/status':
      'Package: python3-requests\nStatus: install ok installed\nVersion: 2.28.1+dfsg-1\nArchitecture: all\n\n',
    'var/lib/dpkg/info/python3-requests.list': `/.\n/${DIST}\n/${DIST}/requests-2.28.1.egg-info\n/${DIST}/requests-2.28.1.egg-info/PKG-INFO\n`,
    [`${DIST}/requests-2.28.1.egg-info/PKG-INFO`]: metadata('requests', '2.28.1'),
    [`${DIST}/idna-3.3.dist-info/METADATA`]: metadata('idna', '3.3'),
    'usr/local/lib/python3.11/dist-packages/requests-2.31.0.dist-info/METADATA': metadata(
      'requests',
      '2.31.0',
    ),
  };
  assert.deepEqual(names(deb), ['idna 3.3', 'requests 2.31.0']);
  const { 'var/lib/dpkg/info/python3-requests.list': list, ...unlisted } = deb;
  assert.deepEqual(names(unlisted), ['idna 3.3', 'requests 2.28.1', 'requests 2.31.0']);
  const removed = { ...deb, 'var/lib/dpkg/status': 'Package: other\nVersion: 1\n\n' };
  assert.deepEqual(names(removed), names(unlisted), 'a list whose package is gone hides nothing');
  const byArchitecture = { ...unlisted, 'var/lib/dpkg/info/python3-requests:amd64.list': list };
  assert.deepEqual(names(byArchitecture), names(deb));

  const apkSite = 'usr/lib/python3.11/site-packages';
  const apk = {
    'etc/os-release': ALPINE,
    'lib/apk/db/installed': `P:py3-idna\nV:3.6-r0\nF:usr\nF:${apkSite}/idna-3.6.dist-info\nR:METADATA\nR:WHEEL\n\nF:${apkSite}/lost-1.dist-info\nR:METADATA\n\n`,
    [`${apkSite}/idna-3.6.dist-info/METADATA`]: metadata('idna', '3.6'),
    [`${apkSite}/jinja2-3.1.2.dist-info/METADATA`]: metadata('Jinja2', '3.1.2'),
    [`${apkSite}/lost-1.dist-info/METADATA`]: metadata('lost', '1'),
  };
  assert.deepEqual(names(apk), ['jinja2 3.1.2', 'lost 1']);
});

test('python: metadata that says too little is an unknown, a legacy version is kept and said', () => {
  const at = (name: string) => `${SITE}/${name}.dist-info/METADATA`;
  const { packages, unknowns } = look({
    [at('a')]: 'Version: 1\n',
    [at('b')]: 'Name: b\n',
    [at('c')]: 'Name: ../../etc\nVersion: 1\n',
    [at('d')]: metadata('d', '2004d'),
    [at('e')]: Buffer.from([0xff, 0xfe, 0x00]),
  });
  assert.deepEqual(
    packages.map(({ purl }) => purl),
    ['pkg:pypi/d@2004d'],
  );
  assert.deepEqual(
    unknowns.map(({ where, why }) => [where, why.replace(/ of b/, '')]),
    [
      [at('a'), 'The metadata names no package.'],
      [at('b'), 'The metadata has no version that can be read.'],
      [at('c'), 'The metadata has a name that no Python package can have.'],
      ['pkg:pypi/d@2004d', '"2004d" is not a version of PEP 440, so it cannot be compared.'],
      [at('e'), 'The metadata names no package.'],
    ],
  );
});

test('python: of a package only the headers are kept, of a list only what matters', () => {
  const wish = createWish();
  const path = `${SITE}/a-1.dist-info/METADATA`;
  const reduced = wish.reduce?.(path, Buffer.from(metadata('a', '1'))) ?? Buffer.from('');
  assert.doesNotMatch(Buffer.from(reduced).toString(), /Readme/);
  const list = Buffer.from(`/usr/bin/x\n/${path}\n/usr/share/doc/x/copyright\n`);
  assert.equal(Buffer.from(wish.reduce?.('var/lib/dpkg/info/x.list', list) ?? '').toString(), `/${path}`);
  assert.equal(wish.limitBytes?.(path), limits.pythonMetadataBytes);
  assert.equal(wish.wants('var/lib/dpkg/info/x.md5sums', { sizeBytes: 1, mode: 0o644 }), false);
});

test('python: hostile metadata, lists and databases never throw', () => {
  const path = fc.constantFrom(
    `${SITE}/a-1.dist-info/METADATA`,
    `${SITE}/a-1.egg-info`,
    'var/lib/dpkg/info/a.list',
    'var/lib/dpkg/status',
    'lib/apk/db/installed',
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 120 }),
    fc
      .string({
        unit: fc.constantFrom(
          'Name: a',
          'Version: ',
          '1',
          '\n',
          '\r\n',
          ' ',
          'F:',
          'R:',
          'P:a',
          'V:1',
          `/${SITE}`,
        ),
      })
      .map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.dictionary(path, bytes), (files) => {
      assert.deepEqual(look(files), look(files));
    }),
  );
});
