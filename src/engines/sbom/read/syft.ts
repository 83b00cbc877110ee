// syft's own JSON (github.com/anchore/syft, schema/json): artifacts with package URLs, the distribution, and the
// layers by number, which its SPDX and CycloneDX do not have.
import { isDigest } from '../../../formats/oci/digest.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../kit/json.ts';
import { createFacts } from '../facts/fact.ts';
import type { Distribution, PackageLocation } from '../inventory.ts';
import type { DocumentClaim, PackageClaim } from './claim.ts';
import { listOf, objectOf, objectsOf, packageList, textOf } from './member.ts';

export function readSyft(document: JsonObject): DocumentClaim {
  const entries = packageList(document.artifacts, 'artifacts');
  const artifacts = entries.filter(isJsonObject);
  const source = objectOf(document.source);
  const image = objectOf(isJsonObject(source.metadata) ? source.metadata : source.target);
  const name = textOf(image.userInput) ?? textOf(source.name) ?? textOf(source.target);
  const digest = textOf(image.manifestDigest);
  const layers = new Map(objectsOf(image.layers).map((layer, position) => [layer.digest, position]));
  const version = textOf(objectOf(document.schema).version);
  return {
    format: version === undefined ? 'syft' : `syft ${version}`,
    ...(name !== undefined && { name }),
    ...(isDigest(digest) && { digest }),
    distributions: distributionOf(objectOf(document.distro)),
    packages: artifacts.map((one) => claimOf(one, layers)),
    malformed: entries.length - artifacts.length,
    facts: createFacts([]),
  };
}

/** Its names are those of os-release. */
function distributionOf(distro: JsonObject): readonly Distribution[] {
  const id = textOf(distro.id)?.toLowerCase();
  if (id === undefined) return [];
  const versionId = textOf(distro.versionID);
  const codename = textOf(distro.versionCodename);
  const prettyName = textOf(distro.prettyName);
  const idLike = listOf(distro.idLike).flatMap((one) => textOf(one) ?? []);
  return [
    {
      id,
      ...(versionId !== undefined && { versionId }),
      ...(codename !== undefined && { codename }),
      ...(prettyName !== undefined && { prettyName }),
      ...(idLike.length > 0 && { idLike }),
    },
  ];
}

function claimOf(one: JsonObject, layers: ReadonlyMap<Json | undefined, number>): PackageClaim {
  const metadata = objectOf(one.metadata);
  const purl = textOf(one.purl);
  const supplier = textOf(metadata.maintainer) ?? textOf(metadata.author);
  const source = textOf(metadata.source) ?? textOf(metadata.originPackage);
  return {
    purls: purl === undefined ? [] : [purl],
    name: textOf(one.name) ?? '',
    version: textOf(one.version) ?? '',
    licenses: listOf(one.licenses).flatMap(licenseOf),
    ...(supplier !== undefined && { supplier }),
    locations: objectsOf(one.locations).flatMap((place) => locationOf(place, layers)),
    ...(source !== undefined && { source: { name: source, version: textOf(metadata.sourceVersion) ?? '' } }),
    facts: createFacts([]),
  };
}

/** Older ones are texts. */
function licenseOf(license: Json): readonly string[] {
  const { spdxExpression, value } = objectOf(license);
  const text = textOf(license) ?? textOf(spdxExpression) ?? textOf(value);
  return text === undefined ? [] : [text];
}

function locationOf(
  { path, layerID }: JsonObject,
  layers: ReadonlyMap<Json | undefined, number>,
): readonly PackageLocation[] {
  if (typeof path !== 'string' || !isDigest(layerID)) return [];
  return [{ path: path.replace(/^\/+/, ''), layerDiffId: layerID, layerPosition: layers.get(layerID) ?? -1 }];
}
