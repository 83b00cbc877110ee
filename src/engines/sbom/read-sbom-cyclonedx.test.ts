import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../formats/oci/digest.ts';
import { cyclonedx, read, whys } from './read-sbom.fixture.ts';

test('sbom: CycloneDX of others: nested components, Trivy’s sources and epochs, syft’s places', () => {
  const { inventory, name } = read(
    cyclonedx(
      [
        { type: 'operating-system', name: 'debian', version: '12.5' },
        { type: 'file', name: '/bin/sh' },
        {
          type: 'library',
          group: 'org.x',
          name: 'outer',
          purl: 'pkg:maven/org.x/outer@1',
          components: [
            {
              type: 'library',
              name: 'openssl',
              version: '1:3.0.11-1',
              purl: 'pkg:deb/debian/openssl@3.0.11-1?distro=debian-12.5&epoch=1',
              licenses: [{ license: { id: 'MIT' } }, { license: { name: 'free' } }, { expression: 'A OR B' }],
              properties: [
                { name: 'aquasecurity:trivy:SrcName', value: 'ssl' },
                { name: 'aquasecurity:trivy:SrcVersion', value: '3.0.11' },
                { name: 'aquasecurity:trivy:SrcRelease', value: '2' },
                { name: 'aquasecurity:trivy:SrcEpoch', value: '1' },
                { name: 'syft:location:0:path', value: '/var/lib/dpkg/status' },
                { name: 'syft:location:0:layerID', value: digestOf('l') },
              ],
            },
          ],
        },
      ],
      { metadata: { component: { type: 'container', name: 'app', purl: 'pkg:oci/app@sha256%3Aab' } } },
    ),
  );
  assert.equal(name, 'app');
  const [openssl] = inventory.packages;
  assert.deepEqual(openssl?.source, { name: 'ssl', version: '1:3.0.11-2' });
  assert.equal(openssl?.version, '1:3.0.11-1');
  assert.deepEqual(openssl?.licenses, ['MIT', 'free', 'A OR B']);
  assert.deepEqual(openssl?.locations, [
    { path: 'var/lib/dpkg/status', layerDiffId: digestOf('l'), layerPosition: -1 },
  ]);
  assert.deepEqual(inventory.distribution, { id: 'debian', versionId: '12.5' });
  assert.deepEqual(whys(inventory), ['1 package of type maven cannot be judged yet.']);
});

test('sbom: Go modules, their standard library and what has no version', () => {
  const module = (purl: string, name: string, version?: string) => ({
    type: 'library',
    name,
    purl,
    ...(version && { version }),
  });
  const long = 'github.com/aws/aws-sdk-go-v2/service/s3';
  const { inventory } = read(
    cyclonedx([
      module('pkg:golang/github.com/aws/aws-sdk-go-v2@v1.0.0#service/s3', long),
      module('pkg:golang/stdlib@go1.22.3', 'stdlib', 'go1.22.3'),
      module('pkg:golang/x.org/m@%28devel%29', 'x.org/m', '(devel)'),
      module('pkg:golang/x.org/later', 'x.org/later', 'v1.1.0'),
    ]),
  );
  assert.deepEqual(
    inventory.packages.map(({ name, version, role }) => [name, version, role]),
    [
      [long, 'v1.0.0', undefined],
      ['stdlib', '1.22.3', 'stdlib'],
      ['x.org/later', 'v1.1.0', undefined],
      ['x.org/m', '', undefined],
    ],
  );
});

test('sbom: the distribution from qualifiers, in every spelling; conflict and silence are unknown', () => {
  const of = (...purls: readonly string[]) =>
    read(cyclonedx(purls.map((purl) => ({ type: 'library', name: 'x', purl })))).inventory;
  const cases: readonly [string, object | undefined][] = [
    ['pkg:deb/debian/x@1?upstream=y&distro=debian-12', { id: 'debian', versionId: '12' }],
    [
      'pkg:deb/debian/x@1?upstream=y&distro=bookworm',
      { id: 'debian', versionId: '12', codename: 'bookworm' },
    ],
    ['pkg:deb/x@1?upstream=y&distro=noble', { id: 'ubuntu', versionId: '24.04', codename: 'noble' }],
    ['pkg:apk/alpine/x@1?upstream=y&distro=alpine-3.19.1', { id: 'alpine', versionId: '3.19.1' }],
    ['pkg:apk/alpine/x@1?upstream=y&distro=3.19.1', { id: 'alpine', versionId: '3.19.1' }],
    ['pkg:apk/alpine/x@1?upstream=y&distro=alpine-edge', { id: 'alpine', codename: 'edge' }],
    ['pkg:deb/debian/x@1?upstream=y&os_name=debian&os_version=12', { id: 'debian', versionId: '12' }],
    ['pkg:deb/debian/x@1?upstream=y', { id: 'debian' }],
    ['pkg:deb/x@1?upstream=y', undefined],
    ['pkg:deb/ubuntu/x@1?upstream=y&distro=debian-12', undefined],
  ];
  for (const [purl, distribution] of cases) assert.deepEqual(of(purl).distribution, distribution, purl);
  assert.match(whys(of('pkg:deb/x@1?upstream=y'))[0] ?? '', /does not say of which/);
  const twelve = 'pkg:deb/debian/x@1?upstream=y&distro=debian-12';
  const joined = of(twelve, 'pkg:deb/debian/z@1?distro=debian-12.5').distribution;
  assert.deepEqual(joined, { id: 'debian', versionId: '12.5' });
  const torn = of(twelve, 'pkg:deb/debian/z@1?distro=debian-11');
  assert.equal(torn.distribution, undefined);
  assert.deepEqual(whys(torn), [
    'The SBOM says debian 12 and debian 11: which one its packages are of is not known.',
  ]);
  assert.deepEqual(whys(of('pkg:npm/x@1')), []);
});

test('sbom: system packages of a maker who names no source are not taken for their own silently', () => {
  const of = (purl: string) => read(cyclonedx([{ type: 'library', name: 'x', purl }])).inventory;
  const silent = of('pkg:deb/debian/libc6@1?distro=debian-12');
  assert.match(whys(silent)[0] ?? '', /^No system package names the source/);
  assert.deepEqual(silent.packages[0]?.source, { name: 'libc6', version: '1' });
  const upstream = of('pkg:deb/debian/libc6@1?distro=debian-12&upstream=glibc%402');
  assert.deepEqual([whys(upstream), upstream.packages[0]?.source], [[], { name: 'glibc', version: '2' }]);
});
