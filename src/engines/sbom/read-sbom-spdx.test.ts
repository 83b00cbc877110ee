import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../formats/oci/digest.ts';
import { read, spdx, spdxPackage, whys } from './read-sbom.fixture.ts';

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
