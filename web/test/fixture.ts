// Invented images for the fake API, typed by the contract: every state that a page must show.
import type {
  Finding,
  ImageDetail,
  ImageReport,
  ImageRow,
  PackageRow,
  ScanState,
} from '../../src/entry/http/contract.ts';
import { ago, createFindings, createPackages, createReport, digestOf } from './report-fixture.ts';

export const HOST = 'hub.example.org';

const JUDGED: ScanState = { state: 'judged', layersDone: 3, layersTotal: 3, judgedAt: ago(2) };

export interface FakeImage {
  readonly row: ImageRow;
  readonly detail: ImageDetail;
  readonly findings: readonly Finding[];
  readonly packages: readonly PackageRow[];
}

interface FakeImageParts {
  seed: number;
  repository: string;
  tag: string;
  hoursAgo: number;
  outcome?: ImageReport['outcome'];
  findings?: number;
  packages?: number;
  scan?: ScanState;
  platforms?: readonly string[];
}

export function createImage(parts: FakeImageParts): FakeImage {
  const { seed, repository, tag, outcome, scan = JUDGED, platforms = ['linux/amd64'] } = parts;
  const findings = createFindings(parts.findings ?? 0);
  const packages = createPackages(outcome ? (parts.packages ?? 212) : 0);
  const report = outcome ? createReport(outcome, findings, packages.length) : undefined;
  const summary = report
    ? {
        answer: report.answer,
        outcome: report.outcome,
        loadLine: report.loadLine,
        packages: packages.length,
        judged: report.coverage.judged,
        findings: report.totals.severities,
        fixable: report.totals.fixable,
        platform: platforms[0],
        sizeBytes: 61_200_000,
        distribution: 'debian 12',
      }
    : undefined;
  const digest = digestOf(seed);
  const pushedAt = ago(parts.hoursAgo);
  const isArtifact = scan.state === 'unsupported';
  return {
    findings,
    packages,
    row: {
      repository,
      tag,
      digest,
      pushedAt,
      ...(seed === 2 ? { pulledAt: ago(75) } : {}),
      platforms: [...platforms],
      scan,
      ...(summary ? { summary } : {}),
    },
    detail: {
      repository,
      reference: tag,
      tag,
      otherTags: seed === 2 ? ['1.4', '1', 'latest'] : [],
      digest,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      ...(isArtifact ? { artifactType: 'application/vnd.example.chart.v1' } : {}),
      imageDigest: platforms.length > 1 ? digestOf(seed + 300) : digest,
      ...(isArtifact ? {} : { platform: platforms[0] }),
      platforms: platforms.map((platform, at) => ({
        platform,
        digest: digestOf(seed + 300 + at),
        scan,
        ...(summary ? { summary } : {}),
      })),
      sizeBytes: 61_200_000,
      pushedAt,
      registryHost: HOST,
      scan,
      ...(report ? { report } : {}),
    },
  };
}

/** Every state that a list or a page must show. */
export function createImages(): FakeImage[] {
  const two = ['linux/amd64', 'linux/arm64'];
  return [
    createImage({
      seed: 1,
      repository: 'score-spec/score-k8s',
      tag: '0.9.2',
      hoursAgo: 0.07,
      outcome: 'pass',
    }),
    createImage({
      seed: 2,
      repository: 'score-spec/score-compose',
      tag: '1.4.0',
      hoursAgo: 2,
      outcome: 'fail',
      findings: 34,
      platforms: two,
    }),
    createImage({
      seed: 3,
      repository: 'score-spec/score-compose',
      tag: '1.3.2',
      hoursAgo: 900,
      outcome: 'fail',
      findings: 12,
    }),
    createImage({
      seed: 4,
      repository: 'kyverno/kyverno',
      tag: '1.17.1',
      hoursAgo: 26,
      outcome: 'pass',
      packages: 84,
    }),
    createImage({ seed: 5, repository: 'keptn/lifecycle', tag: '0.3.1', hoursAgo: 75, outcome: 'unknown' }),
    createImage({
      seed: 6,
      repository: 'big/monolith',
      tag: 'edge',
      hoursAgo: 100,
      outcome: 'fail',
      findings: 1200,
      packages: 5000,
    }),
    createImage({
      seed: 7,
      repository: 'fresh/app',
      tag: '1.0',
      hoursAgo: 0.001,
      scan: { state: 'indexing', layersDone: 3, layersTotal: 6 },
    }),
    createImage({
      seed: 8,
      repository: 'broken/app',
      tag: '2.0',
      hoursAgo: 5,
      scan: {
        state: 'failed',
        layersDone: 1,
        layersTotal: 4,
        error: 'Layer 2 ends before its gzip trailer.',
      },
    }),
    createImage({
      seed: 9,
      repository: 'charts/ingress',
      tag: '4.1.0',
      hoursAgo: 8,
      scan: {
        state: 'unsupported',
        layersDone: 0,
        layersTotal: 0,
        error: 'It is an artifact of another type.',
      },
    }),
    createImage({
      seed: 10,
      repository: `a-very-long-organisation-name/${'deeply-nested-'.repeat(6)}service`,
      tag: `release-${'2026.11.21-'.repeat(6)}rc1`,
      hoursAgo: 50,
      outcome: 'pass',
      packages: 1,
    }),
  ];
}
