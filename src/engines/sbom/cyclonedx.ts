// An inventory as a CycloneDX 1.6 document (JSON form), with findings as `vulnerabilities` where the caller
// has some. References between the parts are package URLs. Unknowns stand in the metadata's properties and
// make the composition `incomplete`: a reader sees that something was not judged. What CycloneDX has no member for
// stands in properties (facts/), so that the document can be judged as the inventory can: see read-sbom.ts.
import { digestAlgorithm, digestHex } from '../../formats/oci/digest.ts';
import { hashHex } from '../../kit/hash.ts';
import type { SbomDetails } from './document.ts';
import type { Fact } from './facts/fact.ts';
import { distributionFacts, inventoryFacts } from './facts/inventory-facts.ts';
import { formatLayerOf, packageFacts } from './facts/package-facts.ts';
import type { Inventory, Package } from './inventory.ts';
import { toSpdxExpression } from './license.ts';

/** One vulnerability with the packages that it affects, in nobody's own terms. */
export interface BomVulnerability {
  readonly id: string;
  /** Whose record it is: `debian`, `osv-go`. */
  readonly source: { readonly name: string; readonly url?: string };
  readonly aliases?: readonly string[];
  readonly severity: 'critical' | 'high' | 'medium' | 'low' | 'negligible' | 'unknown';
  /** 0 to 10. */
  readonly score?: number;
  /** CVSS vector. */
  readonly vector?: string;
  /** Who decided the severity. */
  readonly severityBy?: string;
  readonly description?: string;
  /** What mends it: `Upgrade libc6 to 2.36-9+deb12u7`. */
  readonly recommendation?: string;
  /** Address of the advisory. */
  readonly url?: string;
  /** Package URLs as the inventory spells them. */
  readonly affects: readonly {
    readonly purl: string;
    readonly version: string;
    readonly comparison?: string;
  }[];
}

/** A document of CycloneDX 1.6, JSON form; write it with JSON.stringify. */
export interface CyclonedxDocument {
  readonly $schema: string;
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: '1.6';
  readonly serialNumber: string;
  readonly version: 1;
  readonly metadata: object;
  readonly components: readonly object[];
  readonly dependencies: readonly object[];
  readonly compositions?: readonly object[];
  readonly vulnerabilities?: readonly object[];
}

/** The bom-ref of the image itself. */
const IMAGE = 'image';

/** The document; `vulnerabilities` undefined leaves the member out, an empty list says that none was found. */
export function createCyclonedxDocument(
  inventory: Inventory,
  details: SbomDetails,
  vulnerabilities?: readonly BomVulnerability[],
): CyclonedxDocument {
  const isIncomplete = inventory.unknowns.length > 0;
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${details.serial}`,
    version: 1,
    metadata: metadataOf(inventory, details),
    components: [...systemComponent(inventory), ...inventory.packages.map(toComponent)],
    dependencies: [{ ref: IMAGE, dependsOn: inventory.packages.map(({ purl }) => purl) }],
    ...(isIncomplete && { compositions: [{ aggregate: 'incomplete', assemblies: [IMAGE] }] }),
    ...(vulnerabilities !== undefined && { vulnerabilities: vulnerabilities.map(toVulnerability) }),
  };
}

function metadataOf(inventory: Inventory, details: SbomDetails): object {
  const algorithm = digestAlgorithm(inventory.digest) === 'sha256' ? 'SHA-256' : 'SHA-512';
  return {
    timestamp: new Date(details.createdAt).toISOString(),
    tools: { components: [{ type: 'application', name: 'plimsoll', version: details.toolVersion }] },
    component: {
      type: details.kind ?? 'container',
      'bom-ref': IMAGE,
      name: details.name,
      version: inventory.digest,
      hashes: [{ alg: algorithm, content: digestHex(inventory.digest) }],
    },
    properties: inventoryFacts(inventory),
  };
}

function systemComponent({ distribution }: Inventory): readonly object[] {
  if (distribution === undefined) return [];
  const { id, versionId, prettyName } = distribution;
  const properties = distributionFacts(distribution);
  return [
    {
      type: 'operating-system',
      'bom-ref': 'operating-system',
      name: id,
      ...(versionId && { version: versionId }),
      ...(prettyName && { description: prettyName }),
      ...(properties.length > 0 && { properties }),
    },
  ];
}

function toComponent(one: Package): object {
  const licenses = licensesOf(one.licenses);
  const slash = one.type === 'npm' ? one.name.indexOf('/') : -1;
  return {
    type: one.role === 'main' ? 'application' : 'library',
    'bom-ref': one.purl,
    ...(one.supplier && { supplier: { name: one.supplier } }),
    ...(slash > 0 && { group: one.name.slice(0, slash) }),
    name: one.name.slice(slash + 1),
    ...(one.version !== '' && { version: one.version }),
    ...(licenses.length > 0 && { licenses }),
    purl: one.purl,
    evidence: {
      occurrences: one.locations.map((place) => ({
        location: place.path,
        additionalContext: formatLayerOf(place),
      })),
    },
    properties: packageFacts(one),
  };
}

/** Either one expression, or names: CycloneDX does not allow both in one list. */
function licensesOf(licenses: readonly string[]): readonly object[] {
  const expressions = licenses.map(toSpdxExpression);
  const acknowledgement = 'declared';
  if (licenses.length === 0) return [];
  if (expressions.every((one) => one !== undefined)) {
    const unique = [...new Set(expressions)];
    const expression =
      unique.length === 1
        ? unique[0]
        : unique.map((one) => (/\s/.test(one) ? `(${one})` : one)).join(' AND ');
    return [{ expression, acknowledgement }];
  }
  return licenses.map((name) => ({ license: { name, acknowledgement } }));
}

function toVulnerability(one: BomVulnerability): object {
  const { score, vector, severityBy } = one;
  const properties: Fact[] = one.affects.flatMap(({ purl, comparison }) =>
    comparison ? [{ name: 'plimsoll:comparison', value: `${purl}: ${comparison}` }] : [],
  );
  return {
    'bom-ref': `vulnerability-${hashHex('sha256', JSON.stringify([one.id, one.source.name, one.affects])).slice(0, 16)}`,
    id: one.id,
    source: one.source,
    ...(one.aliases?.length && {
      references: [...new Set(one.aliases)].map((id) => ({ id, source: { name: sourceOfAlias(id) } })),
    }),
    ratings: [
      {
        ...(severityBy && { source: { name: severityBy } }),
        ...(score !== undefined && { score }),
        severity: one.severity === 'negligible' ? 'info' : one.severity,
        ...(vector && { method: cvssMethod(vector), vector }),
      },
    ],
    ...(one.description && { description: one.description }),
    ...(one.recommendation && { recommendation: one.recommendation }),
    ...(one.url && { advisories: [{ url: one.url }] }),
    affects: one.affects.map(({ purl, version }) => ({
      ref: purl,
      ...(version !== '' && { versions: [{ version, status: 'affected' }] }),
    })),
    ...(properties.length > 0 && { properties }),
  };
}

function cvssMethod(vector: string): string {
  if (vector.startsWith('CVSS:4.')) return 'CVSSv4';
  if (vector.startsWith('CVSS:3.1')) return 'CVSSv31';
  if (vector.startsWith('CVSS:3.0')) return 'CVSSv3';
  return /^\(?AV:/.test(vector) ? 'CVSSv2' : 'other';
}

/** An alias says by its beginning whose name it is: CVE, GHSA, DSA, GO. */
function sourceOfAlias(id: string): string {
  return /^[A-Za-z]+/.exec(id)?.[0].toUpperCase() ?? 'unknown';
}
