// GitLab's container scanning report, schema 15 (gitlab-org/security-products/security-report-schemas): what
// GitLab shows in a merge request and in its vulnerability report.
import type { Finding } from '../../../engines/advisory/finding.ts';
import type { Severity } from '../../../engines/advisory/record.ts';
import { formatInstant } from '../../../kit/clock.ts';
import { hashHex } from '../../../kit/hash.ts';
import type { Report } from '../../../services/hub/report.ts';

const SEVERITIES: Readonly<Record<Severity, string>> = Object.freeze({
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  negligible: 'Info',
  unknown: 'Unknown',
});

/** The schema's own limits for texts. */
const NAME_CHARS = 255;
const TEXT_CHARS = 1_048_576;

export function formatGitlab(
  report: Report,
  findings: readonly Finding[],
  version: string,
  now: number,
): string {
  const tool = { id: 'plimsoll', name: 'Plimsoll', version, vendor: { name: 'Plimsoll' } };
  // Seconds, without a zone, as the schema has them.
  const moment = formatInstant(now).slice(0, 19);
  const document = {
    version: '15.2.1',
    scan: {
      analyzer: tool,
      scanner: tool,
      type: 'container_scanning',
      start_time: moment,
      end_time: moment,
      status: 'success',
    },
    vulnerabilities: findings.map((finding) => formatVulnerability(report, finding)),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function formatVulnerability({ subject, inventory }: Report, finding: Finding): object {
  const { id, aliases, severity, summary, url, fixedVersion, package: of } = finding;
  const { distribution } = inventory;
  return {
    id: hashHex('sha256', `${id} ${of.purl} ${of.path}`),
    name: (summary ?? id).slice(0, NAME_CHARS),
    description: (summary ?? `${of.name} ${of.version} is affected by ${id}.`).slice(0, TEXT_CHARS),
    severity: SEVERITIES[severity],
    solution: fixedVersion === undefined ? 'No fix is known.' : `Upgrade ${of.name} to ${fixedVersion}.`,
    identifiers: [id, ...aliases].map((name) => ({
      type: name.startsWith('CVE-') ? 'cve' : name.startsWith('GHSA-') ? 'ghsa' : 'plimsoll',
      name,
      value: name,
      ...(name === id && url !== undefined ? { url } : {}),
    })),
    links: url === undefined ? [] : [{ url }],
    location: {
      dependency: { package: { name: of.name }, version: of.version },
      operating_system:
        distribution === undefined ? 'unknown' : `${distribution.id} ${distribution.versionId ?? ''}`.trim(),
      image: subject.reference,
    },
  };
}
