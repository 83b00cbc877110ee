import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../../formats/oci/digest.ts';
import { formatPurl } from '../../formats/packages/purl.ts';
import { catalog, settlePackages } from './catalog.ts';
import { createCyclonedxDocument } from './cyclonedx.ts';
import { createSampleInventory, sampleDetails } from './inventory.fixture.ts';
import type { Inventory, Package } from './inventory.ts';
import { cyclonedx, read, spdx, spdxPackage, whys } from './read-sbom.fixture.ts';
import { createSpdxDocument } from './spdx.ts';
import { viewOf } from './view.fixture.ts';

const writers = [createSpdxDocument, createCyclonedxDocument];

/** As JSON gives it back: frozen or not, absent members absent. */
function plain(inventory: Inventory): unknown {
  return JSON.parse(JSON.stringify(inventory));
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
