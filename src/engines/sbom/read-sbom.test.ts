import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../../formats/oci/digest.ts';
import { formatPurl } from '../../formats/packages/purl.ts';
import { isPlimsollError } from '../../kit/error.ts';
import type { Json } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { catalog, settlePackages } from './catalog.ts';
import { createCyclonedxDocument } from './cyclonedx.ts';
import { createSampleInventory, sampleDetails } from './inventory.fixture.ts';
import type { Inventory, Package } from './inventory.ts';
import { readSbom } from './read-sbom.ts';
import { createSpdxDocument } from './spdx.ts';
import { viewOf } from './view.fixture.ts';

const writers = [createSpdxDocument, createCyclonedxDocument];
const FOREIGN = /^What the maker of this .* document could not read is not told\.$/;

function read(document: unknown) {
  return readSbom(Buffer.from(JSON.stringify(document)));
}

/** As JSON gives it back: frozen or not, absent members absent. */
function plain(inventory: Inventory): unknown {
  return JSON.parse(JSON.stringify(inventory));
}

function spdx(packages: readonly object[], more: object = {}): object {
  return { spdxVersion: 'SPDX-2.3', SPDXID: 'SPDXRef-DOCUMENT', name: 'thing', packages, ...more };
}

function spdxPackage(purl: string, more: object = {}): object {
  const externalRefs = [
    { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl },
  ];
  return { SPDXID: `SPDXRef-${purl}`, name: 'x', externalRefs, ...more };
}

function cyclonedx(components: readonly object[], more: object = {}): object {
  return { bomFormat: 'CycloneDX', specVersion: '1.5', components, ...more };
}

/** Unknowns but for the one that every foreign document has. */
function whys({ unknowns }: Inventory): readonly string[] {
  assert.match(unknowns[0]?.why ?? '', FOREIGN);
  return unknowns.slice(1).map(({ why }) => why);
}

test('sbom: what we wrote of an inventory gives the same inventory back, unknowns and all', () => {
  const inventory = createSampleInventory();
  assert.ok(inventory.unknowns.length > 0 && inventory.packages.length > 4);
  for (const write of writers) {
    const { inventory: again, name } = read(write(inventory, sampleDetails));
    assert.deepEqual(plain(again), plain(inventory));
    assert.equal(name, sampleDetails.name);
  }
});

test('sbom: what we wrote of any view gives the same inventory back', () => {
  const path = fc.constantFrom(
    'etc/os-release',
    'var/lib/dpkg/status',
    'lib/apk/db/installed',
    'a/node_modules/b/package.json',
    'usr/share/doc/a/copyright',
    'bin/x',
  );
  const content = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc
      .array(
        fc.constantFrom('Package: A', 'Version: 1', 'Source: s (2)', 'ID=debian', 'VERSION_ID=" 12"', ''),
        {
          maxLength: 9,
        },
      )
      .map((lines) => lines.join('\n')),
    fc
      .array(fc.constantFrom('P:a', 'V:1-r0', 'L:AGPL-3.0', 'o:s', 'ID=alpine', 'VERSION_CODENAME=x', ''), {
        maxLength: 9,
      })
      .map((lines) => lines.join('\n')),
    fc.constantFrom(
      '{"name":"@A/b","version":"1","license":["MIT","odd: one"],"author":" A (b) "}',
      'go build information\n{"build":{"goVersion":"go1.2.3","main":{"path":"x//y","version":"v1"},"dependencies":[]}}',
      'License: AGPL-3.0',
    ),
  );
  fc.assert(
    fc.property(fc.dictionary(path, content), (files) => {
      const inventory = catalog(viewOf(files), { digest: digestOf('m') });
      for (const write of writers)
        assert.deepEqual(plain(read(write(inventory, sampleDetails)).inventory), plain(inventory));
    }),
    { numRuns: 300 },
  );
});

test('sbom: any inventory of packages survives both formats', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
  const diffId = fc.constantFrom(digestOf('a'), digestOf('b'));
  const one = fc
    .record({
      type: fc.constantFrom('deb', 'apk', 'npm', 'golang', 'pypi' as const),
      name: text,
      version: fc.oneof(text, fc.constant('')),
      licenses: fc.array(text, { maxLength: 3 }),
      foundBy: fc.constant('deb'),
      locations: fc.array(
        fc.record({ path: text, layerDiffId: diffId, layerPosition: fc.integer({ min: -1, max: 500 }) }),
        { maxLength: 2 },
      ),
      more: fc.record(
        {
          supplier: text,
          architecture: text,
          licenseEvidence: text,
          source: fc.record({ name: text, version: fc.string({ maxLength: 5 }) }),
          excludedLicenses: fc.constant(['AGPL'] as const),
          role: fc.constantFrom('main', 'stdlib', 'dependency' as const),
        },
        { requiredKeys: [] },
      ),
    })
    .map(({ more, ...known }): Package => {
      const { type, name, version } = known;
      return { ...known, ...more, purl: formatPurl({ type, name, ...(version && { version }) }) };
    });
  const unknown = fc.record({ where: text, why: text });
  fc.assert(
    fc.property(
      fc.uniqueArray(one, { selector: ({ purl }) => purl }),
      fc.array(unknown),
      (packages, unknowns) => {
        const inventory: Inventory = {
          schema: 1,
          digest: digestOf('m'),
          packages: settlePackages(packages),
          layers: [],
          unknowns: [...new Map(unknowns.map((each) => [`${each.where}\n${each.why}`, each])).values()],
          fileCount: 7,
          totalBytes: 9,
        };
        for (const write of writers)
          assert.deepEqual(plain(read(write(inventory, sampleDetails)).inventory), plain(inventory));
      },
    ),
  );
});

test('sbom: our facts that somebody broke are an unknown', () => {
  const document = JSON.parse(
    JSON.stringify(createCyclonedxDocument(createSampleInventory(), sampleDetails)),
  );
  for (const property of document.metadata.properties)
    if (property.name === 'plimsoll:unknown' || property.name === 'plimsoll:layer') property.value = '{';
  assert.match(read(document).inventory.unknowns[0]?.why ?? '', /^3 of the facts that Plimsoll wrote/);
});

test('sbom: syft’s JSON has the distribution, sources, places and licences', () => {
  const layer = digestOf('layer');
  const { inventory, name, format } = read({
    schema: { version: '16.0.0', url: 'https://raw.githubusercontent.com/anchore/syft/main/schema' },
    descriptor: { name: 'syft', version: '1.0.0' },
    source: {
      type: 'image',
      metadata: { userInput: 'debian:12', manifestDigest: digestOf('m'), layers: [{ digest: layer }] },
    },
    distro: {
      id: 'debian',
      versionID: '12',
      versionCodename: 'bookworm',
      prettyName: 'Debian 12',
      idLike: [],
    },
    artifacts: [
      {
        name: 'libssl3',
        version: '3.0.11-1~deb12u2',
        type: 'deb',
        purl: 'pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&upstream=openssl&distro=debian-12',
        locations: [{ path: '/var/lib/dpkg/status', layerID: layer }],
        licenses: [{ value: 'Apache-2.0', spdxExpression: 'Apache-2.0' }, 'Artistic'],
        metadata: { source: 'openssl', sourceVersion: '', maintainer: 'Somebody' },
      },
      { name: 'jackson', version: '2', type: 'java-archive', purl: 'pkg:maven/com.x/jackson@2' },
      { name: 'log4j', version: '2', type: 'java-archive', purl: 'pkg:maven/org.x/log4j@2' },
      { name: 'node', version: '20', type: 'binary' },
      7,
    ],
  });
  assert.deepEqual([name, format, inventory.digest], ['debian:12', 'syft 16.0.0', digestOf('m')]);
  assert.deepEqual(inventory.distribution, {
    id: 'debian',
    versionId: '12',
    codename: 'bookworm',
    prettyName: 'Debian 12',
  });
  assert.deepEqual(inventory.packages, [
    {
      type: 'deb',
      name: 'libssl3',
      version: '3.0.11-1~deb12u2',
      architecture: 'amd64',
      purl: 'pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl',
      source: { name: 'openssl', version: '3.0.11-1~deb12u2' },
      licenses: ['Apache-2.0', 'Artistic'],
      supplier: 'Somebody',
      locations: [{ path: 'var/lib/dpkg/status', layerDiffId: layer, layerPosition: 0 }],
      foundBy: 'sbom',
    },
  ]);
  assert.deepEqual(whys(inventory), [
    '2 packages of type maven cannot be judged yet.',
    '1 package without a package URL cannot be judged yet.',
    '1 of its packages cannot be read: no JSON object.',
  ]);
});

test('sbom: SPDX of others: licences, references to texts, what it describes, sources', () => {
  const { inventory } = read(
    spdx(
      [
        { SPDXID: 'SPDXRef-Root', name: 'image', externalRefs: [], versionInfo: digestOf('m') },
        spdxPackage('pkg:deb/debian/libc6@2.36-9?distro=debian-12', {
          licenseDeclared: 'LicenseRef-a',
          supplier: 'Organization: GNU (a@b)',
          sourceInfo: 'built package from: glibc 2.36-8',
        }),
        spdxPackage('pkg:npm/%40s/n@1', { licenseDeclared: 'NOASSERTION', licenseConcluded: 'MIT' }),
        spdxPackage('pkg:cargo/serde@1'),
        spdxPackage('no package url'),
      ],
      {
        spdxVersion: 'SPDX-2.2',
        documentDescribes: ['SPDXRef-Root'],
        hasExtractedLicensingInfos: [{ licenseId: 'LicenseRef-a', extractedText: 'free text' }],
      },
    ),
  );
  const [libc, n] = inventory.packages;
  assert.deepEqual(libc?.source, { name: 'glibc', version: '2.36-8' });
  assert.deepEqual([libc?.licenses, libc?.supplier], [['free text'], 'GNU (a@b)']);
  assert.deepEqual([n?.name, n?.licenses], ['@s/n', ['MIT']]);
  assert.equal(inventory.digest, digestOf('m'));
  assert.deepEqual(whys(inventory), [
    '1 package of type cargo cannot be judged yet.',
    '1 package with a malformed package URL cannot be judged yet.',
  ]);
});

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

test('sbom: in-toto statements, in DSSE envelopes and bundles too', () => {
  const npm = { type: 'library', name: 'x', version: '1', purl: 'pkg:npm/x@1' };
  const statement = (predicateType: string, predicate: unknown) => ({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'app', digest: { sha256: digestOf('image').slice(7) } }],
    predicateType,
    predicate,
  });
  const envelope = (payload: unknown, payloadType = 'application/vnd.in-toto+json') => ({
    payloadType,
    payload: Buffer.from(JSON.stringify(payload)).toString('base64'),
    signatures: [],
  });
  const inner = statement('https://cyclonedx.org/bom', cyclonedx([npm]));
  const documents = [
    inner,
    envelope(inner),
    { mediaType: 'x', dsseEnvelope: envelope(inner) },
    statement('https://spdx.dev/Document', spdx([spdxPackage('pkg:npm/x@1')])),
    statement('https://spdx.dev/Document/v2.3', JSON.stringify(spdx([spdxPackage('pkg:npm/x@1')]))),
  ];
  for (const document of documents) {
    const { inventory, name } = read(document);
    assert.deepEqual(
      inventory.packages.map(({ purl }) => purl),
      ['pkg:npm/x@1'],
    );
    assert.equal(inventory.digest, digestOf('image'));
    assert.ok(name === 'app' || name === 'thing');
  }
  const unsupported = { code: 'sbom.unsupported' };
  assert.throws(() => read(statement('https://slsa.dev/provenance/v1', {})), unsupported);
  assert.throws(() => read(envelope(inner, 'text/plain')), unsupported);
  const invalid = { code: 'sbom.invalid' };
  assert.throws(() => read(envelope('text')), invalid);
  assert.throws(() => read(statement('https://spdx.dev/Document', 7)), invalid);
  let matryoshka: object = inner;
  for (let depth = 0; depth < 6; depth++) matryoshka = envelope(matryoshka);
  assert.throws(() => read(matryoshka), { ...invalid, message: /wrapped more than 4 times/ });
});

test('sbom: another kind, another version, a cut or a hostile document are coded errors', () => {
  const text = (content: string) => () => readSbom(Buffer.from(content));
  const unsupported = [
    '<?xml version="1.0"?><bom/>',
    'SPDXVersion: SPDX-2.3\n',
    '{"spdxVersion":"SPDX-2.1"}',
    '{"bomFormat":"CycloneDX","specVersion":"1.3"}',
    '{"bomFormat":"CycloneDX"}',
    '{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[]}',
    JSON.stringify(cyclonedx(new Array(limits.sbomPackages + 1).fill(0))),
    JSON.stringify(spdx(new Array(limits.sbomPackages + 1).fill(0))),
  ];
  for (const content of unsupported)
    assert.throws(text(content), { code: 'sbom.unsupported' }, content.slice(0, 60));
  const whole = JSON.stringify(createSpdxDocument(createSampleInventory(), sampleDetails));
  const invalid = [
    '',
    'null',
    '[]',
    '{}',
    'hello',
    '{"Results":[]}',
    whole.slice(0, -1),
    '['.repeat(1_000_000),
    `{"spdxVersion":"SPDX-2.3","x":${'['.repeat(256)}${']'.repeat(256)}}`,
    '{"spdxVersion":"SPDX-2.3","packages":{}}',
    '{"bomFormat":"CycloneDX","specVersion":"1.6","components":7}',
    `{"bomFormat":"CycloneDX","specVersion":"1.6","components":${'[{"components":'.repeat(70)}[]${'}]'.repeat(70)}}`,
  ];
  for (const content of invalid) assert.throws(text(content), { code: 'sbom.invalid' }, content.slice(0, 60));
  assert.throws(() => readSbom(Buffer.from([0xff, 0xfe])), { code: 'sbom.invalid' });
  assert.throws(() => readSbom(new Uint8Array(limits.sbomBytes + 1)), {
    code: 'sbom.unsupported',
    message: /67\.1 MB, over the limit of 67\.1 MB/,
  });
  const deepest = `{"spdxVersion":"SPDX-2.3","x\\"[":${'['.repeat(255)}"${'['.repeat(300)}"${']'.repeat(255)}}`;
  assert.equal(readSbom(Buffer.from(deepest)).format, 'SPDX 2.3');
  const most = read(spdx(new Array(limits.sbomPackages).fill(0))).inventory;
  assert.match(whys(most)[0] ?? '', /^250000 of its packages cannot be read/);
});

test('sbom: no JSON makes anything but an inventory or a coded error', () => {
  const seeds: Json[] = [
    ...writers.map((write) => JSON.parse(JSON.stringify(write(createSampleInventory(), sampleDetails)))),
    {
      artifacts: [{ purl: 'pkg:npm/x@1', locations: [{}], licenses: [{}] }],
      distro: {},
      source: {},
      schema: {},
    },
    { predicateType: 'https://spdx.dev/Document', subject: [{}], predicate: {} },
    { payloadType: 'application/vnd.in-toto+json', payload: 'e30=' },
  ];
  const members = [
    'purl',
    'name',
    'version',
    'components',
    'packages',
    'licenses',
    'properties',
    'spdxVersion',
  ];
  const value = fc.jsonValue() as fc.Arbitrary<Json>;
  const mutated = fc.tuple(fc.constantFrom(...seeds), fc.infiniteStream(fc.nat(40)), value).map(spoil);
  const invented = fc.dictionary(fc.constantFrom(...members, 'bomFormat', 'specVersion', 'artifacts'), value);
  fc.assert(
    fc.property(fc.oneof(mutated, mutated, invented, value), (document) => {
      try {
        const { inventory } = read(document);
        assert.ok(inventory.packages.every(({ purl }) => purl.startsWith('pkg:')));
      } catch (error) {
        if (!isPlimsollError(error)) throw error;
        assert.match(error.code, /^sbom\./);
      }
    }),
    { numRuns: 1000 },
  );
});

/** One member somewhere in the document becomes another value, or goes. */
function spoil([seed, choices, value]: [Json, Iterator<number>, Json]): Json {
  const next = (below: number): number => (choices.next().value as number) % below;
  const walk = (node: Json): Json => {
    if (typeof node !== 'object' || node === null) return value;
    const keys = Object.keys(node);
    if (keys.length === 0 || next(12) === 0) return value;
    const key = keys[next(keys.length)] as string;
    const child = walk((node as Record<string, Json>)[key] as Json);
    if (Array.isArray(node)) return node.map((one, at) => (String(at) === key ? child : one)) as Json;
    return { ...(node as Record<string, Json>), [key]: child };
  };
  return walk(seed);
}
