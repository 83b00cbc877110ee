// An inventory as an SPDX 2.3 document (JSON form). The image is the described package and contains the
// others; every package has its package URL as an external reference. A licence field holds a valid
// expression, NOASSERTION, or a LicenseRef whose text stands in the document: never free text. What SPDX has no
// member for stands in annotations (facts/), so that the document can be judged as the inventory can: read-sbom.ts.
import { digestAlgorithm, digestHex } from '../../formats/oci/digest.ts';
import { hashHex } from '../../kit/hash.ts';
import type { SbomDetails } from './document.ts';
import { type Fact, formatFactComment } from './facts/fact.ts';
import { distributionFacts, inventoryFacts } from './facts/inventory-facts.ts';
import { locationFacts, packageFacts } from './facts/package-facts.ts';
import type { Inventory, Package } from './inventory.ts';
import { toSpdxExpression } from './license.ts';

export interface SpdxPackage {
  readonly SPDXID: string;
  readonly name: string;
  readonly versionInfo?: string;
  readonly supplier?: string;
  readonly downloadLocation: string;
  readonly filesAnalyzed: false;
  readonly primaryPackagePurpose?: 'CONTAINER' | 'OPERATING-SYSTEM' | 'APPLICATION' | 'FILE';
  readonly sourceInfo?: string;
  readonly licenseConcluded: string;
  readonly licenseDeclared: string;
  readonly copyrightText: string;
  readonly checksums?: readonly { readonly algorithm: string; readonly checksumValue: string }[];
  readonly externalRefs?: readonly {
    readonly referenceCategory: 'PACKAGE-MANAGER';
    readonly referenceType: 'purl';
    readonly referenceLocator: string;
  }[];
  readonly annotations?: readonly SpdxAnnotation[];
}

export interface SpdxAnnotation {
  readonly annotationType: 'OTHER';
  readonly annotationDate: string;
  readonly annotator: string;
  readonly comment: string;
}

export interface SpdxDocument {
  readonly spdxVersion: 'SPDX-2.3';
  readonly dataLicense: 'CC0-1.0';
  readonly SPDXID: 'SPDXRef-DOCUMENT';
  readonly name: string;
  readonly documentNamespace: string;
  readonly creationInfo: {
    readonly created: string;
    readonly creators: readonly string[];
    readonly comment?: string;
  };
  readonly packages: readonly SpdxPackage[];
  readonly relationships: readonly {
    readonly spdxElementId: string;
    readonly relatedSpdxElement: string;
    readonly relationshipType: 'DESCRIBES' | 'CONTAINS';
  }[];
  readonly hasExtractedLicensingInfos?: readonly {
    readonly licenseId: string;
    readonly extractedText: string;
  }[];
  readonly annotations: readonly SpdxAnnotation[];
}

const DOCUMENT = 'SPDXRef-DOCUMENT';
const IMAGE = 'SPDXRef-Image';
const NOTHING_SAID = 'NOASSERTION';
const UNASSERTED = Object.freeze({
  downloadLocation: NOTHING_SAID,
  filesAnalyzed: false,
  licenseConcluded: NOTHING_SAID,
  licenseDeclared: NOTHING_SAID,
  copyrightText: NOTHING_SAID,
});

/** The document; write it with JSON.stringify. The same input gives the same document. */
export function createSpdxDocument(inventory: Inventory, details: SbomDetails): SpdxDocument {
  const texts = new Map<string, string>();
  const annotate = annotator(details);
  const packages = [
    ...systemPackage(inventory, annotate),
    ...inventory.packages.map((one) => toSpdxPackage(one, texts, annotate)),
  ];
  const comment = inventory.unknowns.map(({ where, why }) => `Unknown: ${where}: ${why}`).join('\n');
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: DOCUMENT,
    name: details.name,
    documentNamespace: `urn:uuid:${details.serial}`,
    creationInfo: {
      created: formatDate(details),
      creators: [formatTool(details)],
      ...(comment !== '' && { comment }),
    },
    packages: [imagePackage(inventory, details), ...packages],
    relationships: [
      { spdxElementId: DOCUMENT, relatedSpdxElement: IMAGE, relationshipType: 'DESCRIBES' },
      ...packages.map(
        ({ SPDXID }) =>
          ({ spdxElementId: IMAGE, relatedSpdxElement: SPDXID, relationshipType: 'CONTAINS' }) as const,
      ),
    ],
    ...(texts.size > 0 && {
      hasExtractedLicensingInfos: [...texts].map(([licenseId, extractedText]) => ({
        licenseId,
        extractedText,
      })),
    }),
    annotations: [annotate(inventoryFacts(inventory))],
  };
}

/** SPDX 2.3 §6.9 has no fraction of a second. */
function formatDate({ createdAt }: SbomDetails): string {
  return new Date(createdAt).toISOString().replace(/\.\d+Z$/, 'Z');
}

function formatTool({ toolVersion }: SbomDetails): string {
  return `Tool: plimsoll-${toolVersion}`;
}

/** SPDX 2.3 §12: what the document has no member for. */
function annotator(details: SbomDetails): (facts: readonly Fact[]) => SpdxAnnotation {
  return (facts) => ({
    annotationType: 'OTHER',
    annotationDate: formatDate(details),
    annotator: formatTool(details),
    comment: formatFactComment(facts),
  });
}

type Annotate = ReturnType<typeof annotator>;

const PURPOSES = Object.freeze({ container: 'CONTAINER', file: 'FILE', application: 'APPLICATION' });

function imagePackage(inventory: Inventory, details: SbomDetails): SpdxPackage {
  return {
    ...UNASSERTED,
    SPDXID: IMAGE,
    name: details.name,
    versionInfo: inventory.digest,
    primaryPackagePurpose: PURPOSES[details.kind ?? 'container'],
    checksums: [
      {
        algorithm: digestAlgorithm(inventory.digest).toUpperCase(),
        checksumValue: digestHex(inventory.digest),
      },
    ],
  };
}

function systemPackage({ distribution }: Inventory, annotate: Annotate): readonly SpdxPackage[] {
  if (distribution === undefined) return [];
  const { id, versionId } = distribution;
  return [
    {
      ...UNASSERTED,
      SPDXID: 'SPDXRef-OperatingSystem',
      name: id,
      ...(versionId && { versionInfo: versionId }),
      primaryPackagePurpose: 'OPERATING-SYSTEM',
      annotations: [annotate(distributionFacts(distribution))],
    },
  ];
}

function toSpdxPackage(one: Package, texts: Map<string, string>, annotate: Annotate): SpdxPackage {
  const supplier = supplierOf(one.supplier);
  return {
    ...UNASSERTED,
    SPDXID: `SPDXRef-Package-${one.type}-${one.name.replace(/[^A-Za-z0-9.-]+/g, '-')}-${hashHex('sha256', one.purl).slice(0, 12)}`,
    name: one.name,
    ...(one.version !== '' && { versionInfo: one.version }),
    ...(supplier && { supplier }),
    ...(one.role === 'main' && { primaryPackagePurpose: 'APPLICATION' }),
    sourceInfo: sourceInfoOf(one),
    licenseDeclared: declared(one.licenses, texts),
    externalRefs: [
      { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: one.purl },
    ],
    annotations: [annotate([...packageFacts(one), ...locationFacts(one)])],
  };
}

/** §7.5: who distributes it; maintainers of packages are groups more often than persons. */
function supplierOf(text: string | undefined): string | undefined {
  const match = /^([^<>()\n]+?)\s*(?:<([^<>()\s]+)>)?\s*(?:\(.*\))?$/.exec(text?.trim() ?? '');
  if (match === null) return undefined;
  return `Organization: ${match[1]}${match[2] ? ` (${match[2]})` : ''}`;
}

function sourceInfoOf(one: Package): string {
  const places = one.locations.map(
    ({ path, layerPosition, layerDiffId }) => `${path} in layer ${layerPosition} (${layerDiffId})`,
  );
  const source = one.source ? `; built from ${one.source.name} ${one.source.version}` : '';
  return `found by ${one.foundBy} in ${places.join(', ')}${source}`;
}

/** All licences apply: joined by AND. What is no expression becomes a reference to its text. */
function declared(licenses: readonly string[], texts: Map<string, string>): string {
  if (licenses.length === 0) return NOTHING_SAID;
  const parts = [...new Set(licenses.map((text) => expressionOf(text, texts)))];
  return parts.length === 1
    ? (parts[0] as string)
    : parts.map((part) => (/\s/.test(part) ? `(${part})` : part)).join(' AND ');
}

function expressionOf(text: string, texts: Map<string, string>): string {
  const expression = toSpdxExpression(text);
  // A reference that came with the evidence has no text here: it is kept as text itself.
  if (expression !== undefined && !/(?:License|Document)Ref-/.test(expression)) return expression;
  const id = `LicenseRef-${hashHex('sha256', text).slice(0, 12)}`;
  texts.set(id, text);
  return id;
}
