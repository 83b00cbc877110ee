// From a stored report to what an image's page needs at once. Long lists are cut here, with their totals
// beside them; the tables have routes of their own.

import type { Finding as FoundFinding } from '../../../engines/advisory/finding.ts';
import { isFixable } from '../../../engines/advisory/group-by-fix.ts';
import type { ImageConfig } from '../../../formats/oci/config.ts';
import { formatInstant } from '../../../kit/clock.ts';
import type { ImageReport as StoredReport } from '../../../services/hub/report.ts';
import { countSeverities } from '../../../services/hub/summary.ts';
import type * as contract from '../contract.ts';

/** What the contract says: the first of each group, and of the gaps. */
const GROUP_FINDINGS = 50;
const GAPS = 200;

/** `refreshedAt`: each feed's present time, since a report stays true while its records do not change. */
export function shapeReport(
  report: StoredReport,
  refreshedAt: ReadonlyMap<string, number>,
): Omit<contract.ImageReport, 'base' | 'baseUnknowns'> {
  const { verdict, inventory, matching, fixes } = report;
  const { findings, coverage } = matching;
  const { distribution } = inventory;
  return {
    answer: verdict.answer,
    outcome: verdict.outcome,
    loadLine: verdict.loadLine,
    rules: verdict.rules.map((rule) => ({ ...rule, reasons: [...rule.reasons] })),
    ...(verdict.score === undefined ? {} : { score: { ...verdict.score, hides: [...verdict.score.hides] } }),
    ...(verdict.policy === undefined ? {} : { policy: verdict.policy }),
    fixes: fixes.map((group) => ({
      ...group,
      total: group.findings.length,
      severities: countSeverities(group.findings),
      findings: group.findings.slice(0, GROUP_FINDINGS).map(shapeFinding),
    })),
    totals: {
      packages: inventory.packages.length,
      findings: findings.length,
      severities: countSeverities(findings),
      fixable: findings.filter(isFixable).length,
      files: inventory.fileCount,
      unpackedBytes: inventory.totalBytes,
    },
    coverage: {
      packages: coverage.packages,
      judged: coverage.judged,
      gaps: coverage.gaps.slice(0, GAPS).map((gap) => ({ ...gap })),
      gapTotal: coverage.gaps.length,
      feeds: coverage.feeds.map((feed) => ({
        ...feed,
        refreshedAt: formatInstant(refreshedAt.get(feed.feed) ?? feed.refreshedAt),
        scopes: [...feed.scopes],
      })),
    },
    unknowns: inventory.unknowns.map((unknown) => ({ ...unknown })),
    ...(distribution === undefined ? {} : { distribution: shapeDistribution(distribution) }),
    layers: shapeLayers(report),
    config: shapeConfig(report.subject.config),
    createdAt: report.createdAt,
  };
}

export function shapeFinding(finding: FoundFinding): contract.Finding {
  return { ...finding, aliases: [...finding.aliases] };
}

function shapeDistribution({
  id,
  versionId,
  prettyName,
}: NonNullable<StoredReport['inventory']['distribution']>): contract.ImageReport['distribution'] {
  return {
    id,
    ...(versionId === undefined ? {} : { versionId }),
    ...(prettyName === undefined ? {} : { prettyName }),
  };
}

function shapeLayers(report: StoredReport): contract.Layer[] {
  const { inventory, matching, subject } = report;
  // History's steps that made a layer come in the layers' order (image-spec config.md, "history").
  const steps = subject.config.history.filter((step) => !step.emptyLayer);
  const packages = new Map<number, number>();
  for (const { locations } of inventory.packages) add(packages, locations[0]?.layerPosition);
  const findings = new Map<number, number>();
  for (const { package: found } of matching.findings) add(findings, found.layerPosition);
  return inventory.layers.map((layer) => {
    const createdBy = steps[layer.position]?.createdBy;
    return {
      ...layer,
      ...(createdBy === undefined ? {} : { createdBy }),
      packages: packages.get(layer.position) ?? 0,
      findings: findings.get(layer.position) ?? 0,
    };
  });
}

function add(counts: Map<number, number>, position: number | undefined): void {
  if (position !== undefined) counts.set(position, (counts.get(position) ?? 0) + 1);
}

function shapeConfig(config: ImageConfig): contract.ImageConfig {
  const { platform: _, diffIds: __, history, ...rest } = config;
  return {
    ...rest,
    entrypoint: [...config.entrypoint],
    command: [...config.command],
    env: [...config.env],
    exposedPorts: [...config.exposedPorts],
    volumes: [...config.volumes],
    labels: { ...config.labels },
    history: history.map((step) => ({ ...step })),
  };
}
