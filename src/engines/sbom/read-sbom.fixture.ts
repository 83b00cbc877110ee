// For tests: SBOMs as others write them, and what reading one came to.
import assert from 'node:assert/strict';
import type { Inventory } from './inventory.ts';
import { readSbom } from './read-sbom.ts';

const FOREIGN = /^What the maker of this .* document could not read is not told\.$/;

export function read(document: unknown) {
  return readSbom(Buffer.from(JSON.stringify(document)));
}

export function spdx(packages: readonly object[], more: object = {}): object {
  return { spdxVersion: 'SPDX-2.3', SPDXID: 'SPDXRef-DOCUMENT', name: 'thing', packages, ...more };
}

export function spdxPackage(purl: string, more: object = {}): object {
  const externalRefs = [
    { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl },
  ];
  return { SPDXID: `SPDXRef-${purl}`, name: 'x', externalRefs, ...more };
}

export function cyclonedx(components: readonly object[], more: object = {}): object {
  return { bomFormat: 'CycloneDX', specVersion: '1.5', components, ...more };
}

/** Unknowns but for the one that every foreign document has. */
export function whys({ unknowns }: Inventory): readonly string[] {
  assert.match(unknowns[0]?.why ?? '', FOREIGN);
  return unknowns.slice(1).map(({ why }) => why);
}
