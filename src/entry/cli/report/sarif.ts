// SARIF 2.1.0 (OASIS), as GitHub code scanning reads it: one rule per vulnerability, one result per package
// and vulnerability, what could not be judged as tool notifications, so that an empty result is never "clean"
// by silence.
import type { Finding } from '../../../engines/advisory/finding.ts';
import type { Severity } from '../../../engines/advisory/record.ts';
import { hashHex } from '../../../kit/hash.ts';
import type { Report } from '../../../services/hub/report.ts';

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  negligible: 'note',
  unknown: 'warning',
};

/** GitHub sorts by this number where no CVSS score is known: the middle of each CVSS v3 band. */
const SCORES: Readonly<Record<Severity, number>> = {
  critical: 9.5,
  high: 8,
  medium: 5.5,
  low: 2.5,
  negligible: 0.1,
  unknown: 5.5,
};

/** Which findings become results, and how each stands against another image (§3.27.24 `baselineState`). */
export interface SarifBaseline {
  readonly isShown: (finding: Finding) => boolean;
  readonly stateOf?: (finding: Finding) => 'new' | 'unchanged';
}

export function formatReportSarif(report: Report, version: string, baseline?: SarifBaseline): string {
  const { coverage } = report.matching;
  const findings = report.matching.findings.filter(baseline?.isShown ?? (() => true));
  const rules = new Map<string, Finding>();
  for (const finding of findings) if (!rules.has(finding.id)) rules.set(finding.id, finding);
  const positions = new Map([...rules.keys()].map((id, position) => [id, position]));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Plimsoll',
            version,
            semanticVersion: version,
            rules: [...rules.values()].map(formatRule),
          },
        },
        automationDetails: { id: `plimsoll/${report.subject.reference}` },
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: [
              ...coverage.gaps.map((gap) => notification(`${gap.name} ${gap.version}: ${gap.why}`)),
              ...report.inventory.unknowns.map((unknown) => notification(`${unknown.where}: ${unknown.why}`)),
            ],
          },
        ],
        results: findings.map((finding) => ({
          ...formatResult(finding, positions.get(finding.id) as number),
          ...(baseline?.stateOf === undefined ? {} : { baselineState: baseline.stateOf(finding) }),
        })),
        properties: {
          digest: report.subject.digest,
          ...(report.subject.platform === undefined ? {} : { platform: report.subject.platform }),
          packages: coverage.packages,
          judged: coverage.judged,
          outcome: report.verdict.outcome,
        },
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function formatRule(finding: Finding): object {
  const title = finding.summary ?? finding.id;
  return {
    id: finding.id,
    name: finding.id,
    shortDescription: { text: title },
    fullDescription: { text: title },
    ...(finding.url === undefined ? {} : { helpUri: finding.url }),
    help: { text: `${title}\n${finding.url ?? ''}`.trim() },
    properties: {
      'security-severity': (finding.score ?? SCORES[finding.severity]).toFixed(1),
      tags: [
        'security',
        'vulnerability',
        finding.severity,
        ...(finding.exploited === undefined ? [] : ['exploited']),
      ],
    },
  };
}

function formatResult(finding: Finding, ruleIndex: number): object {
  const { package: one } = finding;
  const fix = finding.fixedVersion === undefined ? 'No fix is known.' : `Fixed in ${finding.fixedVersion}.`;
  return {
    ruleId: finding.id,
    ruleIndex,
    level: LEVELS[finding.severity],
    message: {
      text: `${one.name} ${one.version} is affected by ${finding.id} (${finding.severity}${finding.exploited === undefined ? '' : ', exploited'}). ${fix} ${finding.evidence.comparison}`,
    },
    locations: [
      {
        physicalLocation: {
          // Code scanning takes no empty place, and an SBOM need not name any.
          artifactLocation: { uri: encodeURI((one.path || one.name).toWellFormed()), uriBaseId: 'ROOTPATH' },
          region: { startLine: 1 },
        },
        logicalLocations: [{ fullyQualifiedName: one.purl, kind: 'module' }],
      },
    ],
    partialFingerprints: { 'plimsoll/v1': hashHex('sha256', `${finding.id} ${one.purl} ${one.path}`) },
    properties: {
      purl: one.purl,
      layer: one.layerDiffId,
      feed: finding.evidence.feed,
      ...(finding.exploited && { exploited: finding.exploited }),
      ...(finding.epss && { epss: finding.epss }),
    },
  };
}

function notification(text: string): object {
  return { level: 'note', message: { text } };
}
