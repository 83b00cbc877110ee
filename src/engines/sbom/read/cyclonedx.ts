// CycloneDX 1.4 to 1.6 in JSON (cyclonedx.org/docs/1.6/json). Components are read at every depth; services,
// vulnerabilities and what others say about them are not: Plimsoll asks its own advisories.
import { type Digest, isDigest } from '../../../formats/oci/digest.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import { sbomErrors } from '../errors.ts';
import { createFacts } from '../facts/fact.ts';
import { readDistributionFacts } from '../facts/inventory-facts.ts';
import { parseLocation } from '../facts/package-facts.ts';
import type { Distribution, PackageLocation } from '../inventory.ts';
import type { DocumentClaim, PackageClaim } from './claim.ts';
import { checkCount, objectOf, objectsOf, packageList, propertiesOf, textOf } from './member.ts';

/** Component types that are no packages. */
const NO_PACKAGES: ReadonlySet<Json | undefined> = new Set([
  'file',
  'data',
  'cryptographic-asset',
  'operating-system',
]);

export function readCyclonedx(document: JsonObject): DocumentClaim {
  const metadata = objectOf(document.metadata);
  const subject = isJsonObject(metadata.component) ? metadata.component : undefined;
  const { components, malformed } = flatten([
    ...packageList(subject?.components, 'metadata.component.components'),
    ...packageList(document.components, 'components'),
  ]);
  const name = textOf(subject?.name);
  const digest = textOf(subject?.version);
  return {
    format: `CycloneDX ${String(document.specVersion)}`,
    ...(name !== undefined && { name }),
    ...(isDigest(digest) && { digest }),
    distributions: components.flatMap(distributionOf),
    packages: [
      ...(subject === undefined ? [] : [{ ...claimOf(subject), isSubject: true }]),
      ...components.filter(isPackage).map(claimOf),
    ],
    malformed,
    facts: createFacts([...propertiesOf(metadata.properties), ...propertiesOf(document.properties)]),
  };
}

/** All components, parents first; without recursion, as the depth is the document's choice. */
function flatten(top: readonly Json[]): { components: readonly JsonObject[]; malformed: number } {
  const components: JsonObject[] = [];
  let malformed = 0;
  let level = top;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= limits.sbomDepth)
      throw sbomErrors.invalid(`components stand over ${limits.sbomDepth} deep in each other`);
    const found = level.filter(isJsonObject);
    malformed += level.length - found.length;
    for (const one of found) components.push(one);
    checkCount(components.length + malformed);
    level = found.flatMap((one) => packageList(one.components, 'components'));
  }
  return { components, malformed };
}

function isPackage(one: JsonObject): boolean {
  return !NO_PACKAGES.has(one.type) || one.purl !== undefined;
}

function distributionOf(one: JsonObject): readonly Distribution[] {
  const id = textOf(one.name)?.toLowerCase();
  if (one.type !== 'operating-system' || id === undefined) return [];
  const versionId = textOf(one.version);
  const prettyName = textOf(one.description);
  return [
    {
      id,
      ...(versionId !== undefined && { versionId }),
      ...(prettyName !== undefined && { prettyName }),
      ...readDistributionFacts(createFacts(propertiesOf(one.properties))),
    },
  ];
}

function claimOf(one: JsonObject): PackageClaim {
  const properties = propertiesOf(one.properties);
  const named = new Map(properties.map(({ name, value }) => [name, value]));
  const purl = textOf(one.purl);
  const group = textOf(one.group);
  const supplier = textOf(objectOf(one.supplier).name) ?? textOf(one.publisher) ?? textOf(one.author);
  const source = sourceOf(named);
  return {
    purls: purl === undefined ? [] : [purl],
    name: [group, textOf(one.name) ?? ''].filter((part) => part !== undefined).join('/'),
    version: textOf(one.version) ?? '',
    licenses: objectsOf(one.licenses).flatMap(licenseOf),
    ...(supplier !== undefined && { supplier }),
    locations: [...occurrencesOf(one), ...syftLocations(named)],
    ...(source !== undefined && { source }),
    facts: createFacts(properties),
  };
}

function licenseOf({ expression, license }: JsonObject): readonly string[] {
  const { id, name } = objectOf(license);
  const text = textOf(expression) ?? textOf(id) ?? textOf(name);
  return text === undefined ? [] : [text];
}

/** Only places whose layer is told, as our own writer does. */
function occurrencesOf({ evidence }: JsonObject): readonly PackageLocation[] {
  return objectsOf(objectOf(evidence).occurrences).flatMap(({ location, additionalContext }) =>
    typeof location === 'string' && typeof additionalContext === 'string'
      ? (parseLocation(additionalContext, location) ?? [])
      : [],
  );
}

/** syft numbers them: `syft:location:0:path`, `syft:location:0:layerID`. */
function syftLocations(named: ReadonlyMap<string, string>): readonly PackageLocation[] {
  const places: PackageLocation[] = [];
  for (let at = 0; ; at++) {
    const path = named.get(`syft:location:${at}:path`);
    if (path === undefined) return places;
    const layerDiffId = named.get(`syft:location:${at}:layerID`);
    if (isDigest(layerDiffId)) places.push(placeOf(path, layerDiffId));
  }
}

/** A place in a layer of which only the digest is told. */
function placeOf(path: string, layerDiffId: Digest): PackageLocation {
  return { path: path.replace(/^\/+/, ''), layerDiffId, layerPosition: -1 };
}

/** Trivy's properties; syft's stand in the package URL. */
function sourceOf(named: ReadonlyMap<string, string>): PackageClaim['source'] {
  const of = (name: string): string => named.get(`aquasecurity:trivy:Src${name}`) ?? '';
  const name = of('Name');
  if (name === '') return undefined;
  const epoch = /^[1-9]\d*$/.test(of('Epoch')) ? `${of('Epoch')}:` : '';
  const release = of('Release') === '' ? '' : `-${of('Release')}`;
  return { name, version: of('Version') === '' ? '' : `${epoch}${of('Version')}${release}` };
}
