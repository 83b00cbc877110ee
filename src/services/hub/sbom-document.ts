// A report's inventory as an SBOM document, the same from the API and the command line. CycloneDX carries
// the findings as vulnerabilities; SPDX 2.3 has no place for them.
import type { Finding } from '../../engines/advisory/finding.ts';
import { type BomVulnerability, createCyclonedxDocument } from '../../engines/sbom/cyclonedx.ts';
import type { SbomDetails } from '../../engines/sbom/document.ts';
import { createSpdxDocument } from '../../engines/sbom/spdx.ts';
import { hashHex } from '../../kit/hash.ts';
import type { Report } from './report.ts';

export type SbomFormat = 'spdx' | 'cyclonedx';

/** IANA's names of the two. */
export const sbomMediaTypes: Readonly<Record<SbomFormat, string>> = Object.freeze({
  spdx: 'application/spdx+json',
  cyclonedx: 'application/vnd.cyclonedx+json',
});

/** What the document says of itself, beside the image's name. */
export type SbomStamp = Omit<SbomDetails, 'name' | 'kind'>;

/** JSON text, indented. */
export function formatSbom(report: Report, format: SbomFormat, stamp: SbomStamp): string {
  const { inventory, subject, matching } = report;
  const details = { name: subject.reference, kind: kindOf(report), ...stamp };
  const document =
    format === 'spdx'
      ? createSpdxDocument(inventory, details)
      : createCyclonedxDocument(inventory, details, mergeFindings(matching.findings));
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** An SBOM tells of an image where it has a platform, as ours do. */
function kindOf({ subject, inventory }: Report): NonNullable<SbomDetails['kind']> {
  if (subject.kind === 'folder') return 'file';
  return subject.kind === 'sbom' && inventory.platform === undefined ? 'application' : 'container';
}

/** A stamp that comes from what the document says, so that asking twice gives the same bytes. */
export function stampOf(report: Report, format: SbomFormat, toolVersion: string): SbomStamp {
  const { subject, createdAt } = report;
  const serial = serialOf(`${format} ${subject.digest} ${createdAt}`);
  return { createdAt: Date.parse(createdAt), serial, toolVersion };
}

/** A UUID made of a name (RFC 9562 §5.8, version 8). */
function serialOf(name: string): string {
  const hex = hashHex('sha256', name);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** One vulnerability for all packages that one feed's record names. */
function mergeFindings(findings: readonly Finding[]): readonly BomVulnerability[] {
  const merged = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = `${finding.evidence.feed} ${finding.id}`;
    const group = merged.get(key);
    if (group === undefined) merged.set(key, [finding]);
    else group.push(finding);
  }
  return [...merged.values()].map(toVulnerability);
}

function toVulnerability(group: readonly Finding[]): BomVulnerability {
  const [finding] = group as readonly [Finding];
  const { id, aliases, severity, score, vector, severityBy, summary, url, evidence } = finding;
  const fixes = [
    ...new Set(
      group.flatMap(({ fixedVersion, package: { matchedName } }) =>
        fixedVersion === undefined ? [] : [`Upgrade ${matchedName} to ${fixedVersion}`],
      ),
    ),
  ];
  return {
    id,
    source: { name: evidence.feed },
    aliases,
    severity,
    severityBy,
    ...(score === undefined ? {} : { score }),
    ...(vector === undefined ? {} : { vector }),
    ...(summary === undefined ? {} : { description: summary }),
    ...(url === undefined ? {} : { url }),
    ...(fixes.length === 0 ? {} : { recommendation: fixes.join('; ') }),
    affects: group.map(({ package: { purl, version }, evidence: { comparison } }) => ({
      purl,
      version,
      comparison,
    })),
  };
}
