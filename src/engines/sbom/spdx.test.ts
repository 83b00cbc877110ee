// No published validator of SPDX 2.3 JSON runs in Node: the rules of its JSON schema that this writer can
// break are checked here one by one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePurl } from '../../formats/packages/purl.ts';
import { createSampleInventory, sampleDetails } from './inventory.fixture.ts';
import { toSpdxExpression } from './license.ts';
import { createSpdxDocument, type SpdxDocument } from './spdx.ts';

test('spdx: keeps the rules of the 2.3 schema', () => {
  assert.deepEqual(violations(createSpdxDocument(createSampleInventory(), sampleDetails)), []);
});

test('spdx: the check itself sees what is wrong', () => {
  const good = createSpdxDocument(createSampleInventory(), sampleDetails);
  const one = good.packages[1] as (typeof good.packages)[number];
  const with_ = (change: object) =>
    violations({ ...good, packages: [good.packages[0], { ...one, ...change }] } as never);
  assert.ok(with_({ SPDXID: 'SPDXRef-a b' }).some((text) => text.includes('SPDXID')));
  assert.ok(with_({ licenseDeclared: 'free text' }).some((text) => text.includes('licence')));
  assert.ok(with_({ licenseDeclared: 'LicenseRef-missing' }).some((text) => text.includes('licence')));
  assert.ok(
    violations({ ...good, creationInfo: { ...good.creationInfo, created: '2026-01-01' } }).length > 0,
  );
  assert.ok(violations({ ...good, packages: [] }).some((text) => text.includes('relationship')));
});

test('spdx: says what was found, with licences as expressions or texts, and what is unknown', () => {
  const document = createSpdxDocument(createSampleInventory(), sampleDetails);
  assert.equal(document.creationInfo.created, '2026-01-02T03:04:05Z');
  assert.match(
    document.creationInfo.comment ?? '',
    /Unknown: var\/lib\/dpkg\/status: .*\(broken\) has no version/,
  );
  const named = (name: string) => document.packages.find((one) => one.name === name);
  assert.equal(named('@s/n')?.licenseDeclared, '(MIT OR Apache-2.0)');
  assert.equal(named('m')?.licenseDeclared, 'MIT AND ISC');
  assert.match(
    named('libc6')?.licenseDeclared ?? '',
    /^LGPL-2.1-only AND LicenseRef-[0-9a-f]{12}$|^LGPL-2.1 AND LicenseRef-[0-9a-f]{12}$/,
  );
  assert.equal(
    named('libc6')?.supplier,
    'Organization: GNU Libc Maintainers (debian-glibc@lists.debian.org)',
  );
  assert.match(named('libc6')?.sourceInfo ?? '', /built from glibc 2\.36-9\+deb12u3/);
  assert.equal(named('x.org/m')?.versionInfo, undefined);
  assert.deepEqual(document.hasExtractedLicensingInfos?.map(({ extractedText }) => extractedText).sort(), [
    'GPL',
    'LicenseRef-x',
    'SEE LICENSE IN LICENSE.md',
  ]);
});

test('spdx: the same inventory gives the same document', () => {
  const [a, b] = [createSampleInventory(), createSampleInventory()].map((one) =>
    JSON.stringify(createSpdxDocument(one, sampleDetails)),
  );
  assert.equal(a, b);
});

function violations(document: SpdxDocument): readonly string[] {
  const found: string[] = [];
  const check = (isRight: boolean, what: string) => {
    if (!isRight) found.push(what);
  };
  check(document.spdxVersion === 'SPDX-2.3' && document.dataLicense === 'CC0-1.0', 'version or data licence');
  check(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(document.creationInfo.created), 'created');
  check(
    document.creationInfo.creators.every((one) => /^(?:Tool|Organization|Person): ./.test(one)),
    'creators',
  );
  check(URL.canParse(document.documentNamespace) && !document.documentNamespace.includes('#'), 'namespace');
  const ids = new Set<string>(['SPDXRef-DOCUMENT']);
  const references = new Set((document.hasExtractedLicensingInfos ?? []).map(({ licenseId }) => licenseId));
  for (const id of references) check(/^LicenseRef-[A-Za-z0-9.-]+$/.test(id), `licence id ${id}`);
  const isLicense = (text: string) =>
    text === 'NOASSERTION' ||
    (toSpdxExpression(text) === text &&
      [...text.matchAll(/LicenseRef-[A-Za-z0-9.-]+/g)].every(([id]) => references.has(id)));
  for (const one of document.packages) {
    check(/^SPDXRef-[A-Za-z0-9.-]+$/.test(one.SPDXID) && !ids.has(one.SPDXID), `SPDXID ${one.SPDXID}`);
    ids.add(one.SPDXID);
    check(one.name !== '' && one.downloadLocation !== '', `required members of ${one.SPDXID}`);
    check(isLicense(one.licenseDeclared) && isLicense(one.licenseConcluded), `licence of ${one.SPDXID}`);
    check(
      one.supplier === undefined || /^(?:Organization|Person): [^()]+(?: \([^()]+\))?$/.test(one.supplier),
      'supplier',
    );
    for (const reference of one.externalRefs ?? []) {
      check(
        reference.referenceCategory === 'PACKAGE-MANAGER' && reference.referenceType === 'purl',
        'reference',
      );
      parsePurl(reference.referenceLocator);
    }
  }
  for (const { spdxElementId, relatedSpdxElement, relationshipType } of document.relationships) {
    const isKnown = ids.has(spdxElementId) && ids.has(relatedSpdxElement);
    check(
      isKnown && ['DESCRIBES', 'CONTAINS'].includes(relationshipType),
      `relationship to ${relatedSpdxElement}`,
    );
  }
  check(
    document.relationships.some((one) => one.relationshipType === 'DESCRIBES'),
    'relationship DESCRIBES',
  );
  return found;
}
