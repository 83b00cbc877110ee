// A package's facts: all of it that judging or a report needs and a package URL does not say. A member that the
// package URL gives back by itself is left out. Invariant: what `packageFacts` and the package URL say, `readPackageFacts`
// makes the same package of.
import { isDigest } from '../../../formats/oci/digest.ts';
import type { Package, PackageLocation } from '../inventory.ts';
import { type Fact, type Facts, fact } from './fact.ts';
import { identityOf, readPurl } from './identity.ts';

/** Without the places: CycloneDX has a member for those, SPDX takes `locationFacts`. */
export function packageFacts(one: Package): readonly Fact[] {
  const purl = readPurl(one.purl);
  const told = purl === undefined ? undefined : identityOf(purl, one.name);
  return [
    ...fact('found-by', one.foundBy),
    ...fact('name', one.name === told?.name ? undefined : one.name),
    ...fact('version', one.version === told?.version ? undefined : one.version),
    ...fact('architecture', one.architecture === told?.architecture ? undefined : (one.architecture ?? '')),
    ...fact('source:name', one.source?.name),
    ...fact('source:version', one.source?.version),
    ...fact('go:role', one.role),
    ...one.licenses.flatMap((text) => fact('license', text)),
    ...fact('license-evidence', one.licenseEvidence),
    ...(one.excludedLicenses ?? []).flatMap((family) => fact('excluded-license', family)),
    ...fact('supplier', one.supplier),
  ];
}

export function locationFacts({ locations }: Package): readonly Fact[] {
  return locations.flatMap((place) => fact('location', formatLocation(place)));
}

/** `layer 0 sha256:…`, and the path. */
function formatLocation({ path, layerDiffId, layerPosition }: PackageLocation): string {
  return `${formatLayerOf({ layerDiffId, layerPosition })} ${path}`;
}

/** `layer 0 sha256:…`. */
export function formatLayerOf({
  layerPosition,
  layerDiffId,
}: Pick<PackageLocation, 'layerPosition' | 'layerDiffId'>): string {
  return `layer ${layerPosition} ${layerDiffId}`;
}

/** The inverse of `formatLocation`, or of `formatLayerOf` where the path is given. */
export function parseLocation(text: string, path?: string): PackageLocation | undefined {
  const match = /^layer (-1|\d{1,9}) (\S+)(?: (.*))?$/s.exec(text);
  const [, position, layerDiffId, ownPath] = match ?? [];
  const place = path ?? ownPath;
  if (!isDigest(layerDiffId) || place === undefined) return undefined;
  return { path: place, layerDiffId, layerPosition: Number(position) };
}

/** All that the facts say; members that they do not have are absent. */
export function readPackageFacts(facts: Facts): Partial<Package> {
  const sourceName = facts.one('source:name');
  const role = facts.one('go:role');
  const foundBy = facts.one('found-by');
  const licenseEvidence = facts.one('license-evidence');
  const supplier = facts.one('supplier');
  const name = facts.one('name');
  const version = facts.one('version');
  const architecture = facts.one('architecture');
  return {
    ...(name && { name }),
    ...(version !== undefined && { version }),
    ...(architecture !== undefined && { architecture }),
    ...(sourceName && { source: { name: sourceName, version: facts.one('source:version') ?? '' } }),
    licenses: facts.all('license'),
    ...(licenseEvidence !== undefined && { licenseEvidence }),
    ...(facts.all('excluded-license').includes('AGPL') && { excludedLicenses: ['AGPL'] as const }),
    ...(supplier !== undefined && { supplier }),
    ...(foundBy && { foundBy }),
    ...(isRole(role) && { role }),
  };
}

function isRole(text: string | undefined): text is NonNullable<Package['role']> {
  return text === 'main' || text === 'stdlib' || text === 'dependency';
}
