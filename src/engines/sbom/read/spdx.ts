// SPDX 2.2 and 2.3 in JSON (spdx.github.io/spdx-spec/v2.3). Packages are read with their package URLs; files and
// snippets are not packages and say nothing that is judged.
import { isDigest } from '../../../formats/oci/digest.ts';
import { isJsonObject, type JsonObject } from '../../../kit/json.ts';
import { createFacts, type Facts, parseFactComment } from '../facts/fact.ts';
import { readDistributionFacts } from '../facts/inventory-facts.ts';
import { parseLocation } from '../facts/package-facts.ts';
import type { Distribution } from '../inventory.ts';
import type { DocumentClaim, PackageClaim } from './claim.ts';
import { listOf, objectOf, objectsOf, packageList, textOf } from './member.ts';

export function readSpdx(document: JsonObject): DocumentClaim {
  const subjects = subjectsOf(document);
  const entries = packageList(document.packages, 'packages');
  const packages = entries.filter(isJsonObject);
  const texts = licenseTextsOf(document);
  const image = packages.find(({ SPDXID }) => typeof SPDXID === 'string' && subjects.has(SPDXID));
  const digest = textOf(image?.versionInfo);
  const name = textOf(document.name);
  return {
    format: String(document.spdxVersion).replace('-', ' '),
    ...(name !== undefined && { name }),
    ...(isDigest(digest) && { digest }),
    distributions: packages.flatMap(distributionOf),
    packages: packages.flatMap((one) => claimOf(one, texts, subjects)),
    malformed: entries.length - packages.length,
    facts: factsOf(document),
  };
}

/** What the document describes: SPDX 2.3 §11.1 DESCRIBES, and the older `documentDescribes`. */
function subjectsOf({ SPDXID, documentDescribes, relationships }: JsonObject): ReadonlySet<unknown> {
  const described = objectsOf(relationships).flatMap((one) => {
    if (one.relationshipType === 'DESCRIBES' && one.spdxElementId === SPDXID) return [one.relatedSpdxElement];
    return one.relationshipType === 'DESCRIBED_BY' && one.relatedSpdxElement === SPDXID
      ? [one.spdxElementId]
      : [];
  });
  return new Set<unknown>([...listOf(documentDescribes), ...described]);
}

function distributionOf(one: JsonObject): readonly Distribution[] {
  const id = textOf(one.name)?.toLowerCase();
  if (one.primaryPackagePurpose !== 'OPERATING-SYSTEM' || id === undefined) return [];
  const versionId = textOf(one.versionInfo);
  return [{ id, ...(versionId !== undefined && { versionId }), ...readDistributionFacts(factsOf(one)) }];
}

function claimOf(
  one: JsonObject,
  texts: ReadonlyMap<string, string>,
  subjects: ReadonlySet<unknown>,
): readonly PackageClaim[] {
  if (one.primaryPackagePurpose === 'OPERATING-SYSTEM') return [];
  const facts = factsOf(one);
  const supplier = supplierOf(textOf(one.supplier));
  const source = sourceOf(textOf(one.sourceInfo));
  return [
    {
      purls: objectsOf(one.externalRefs).flatMap((reference) =>
        reference.referenceType === 'purl' ? (textOf(reference.referenceLocator) ?? []) : [],
      ),
      name: textOf(one.name) ?? '',
      version: said(textOf(one.versionInfo)) ?? '',
      licenses: licensesOf(one, texts),
      ...(supplier !== undefined && { supplier }),
      locations: facts.all('location').flatMap((text) => parseLocation(text) ?? []),
      ...(source !== undefined && { source }),
      facts,
      isSubject: subjects.has(one.SPDXID) || one.primaryPackagePurpose === 'CONTAINER',
    },
  ];
}

function factsOf(element: JsonObject): Facts {
  return createFacts(
    objectsOf(element.annotations).flatMap(({ comment }) =>
      typeof comment === 'string' ? parseFactComment(comment) : [],
    ),
  );
}

/** NOASSERTION and NONE say nothing that could be judged. */
function said(text: string | undefined): string | undefined {
  return text === 'NOASSERTION' || text === 'NONE' ? undefined : text;
}

/** `Organization: Somebody (mail)`. */
function supplierOf(text: string | undefined): string | undefined {
  return said(text)?.replace(/^(?:Organization|Person): */, '');
}

/** Trivy: `built package from: glibc 2.36-9+deb12u3`. */
function sourceOf(text: string | undefined): PackageClaim['source'] {
  const match = /^built package from: (\S+) (\S+)$/.exec(text ?? '');
  return match === null ? undefined : { name: match[1] as string, version: match[2] as string };
}

/** What the package declares, else what somebody concluded; a lone reference is read as its text. */
function licensesOf(one: JsonObject, texts: ReadonlyMap<string, string>): readonly string[] {
  const text = said(textOf(one.licenseDeclared)) ?? said(textOf(one.licenseConcluded));
  return text === undefined ? [] : [texts.get(text) ?? text];
}

/** By `LicenseRef-…`. */
function licenseTextsOf(document: JsonObject): ReadonlyMap<string, string> {
  return new Map(
    objectsOf(document.hasExtractedLicensingInfos).flatMap((one) => {
      const { licenseId, extractedText, name } = objectOf(one);
      const text = said(textOf(extractedText)) ?? said(textOf(name));
      return typeof licenseId === 'string' && text !== undefined ? [[licenseId, text] as const] : [];
    }),
  );
}
