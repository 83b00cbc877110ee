// Invented comparisons for the fake API, typed by the contract: between any two of the invented images.
import { compareSizes } from '../../src/engines/compare/size.ts';
import type {
  ComparedSide,
  Comparison,
  ComparisonAnswer,
  FindingNote,
  PackageChange,
  TagChange,
} from '../../src/entry/http/contract-comparison.ts';
import type { FakeImage } from './fixture.ts';
import { ago, digestOf } from './report-fixture.ts';

/** Undefined where either is not there. */
export function compareImages(
  images: readonly FakeImage[],
  query: URLSearchParams,
): ComparisonAnswer | undefined {
  const before = findNamed(images, query.get('before') ?? '');
  const after = findNamed(images, query.get('after') ?? '');
  if (!before || !after) return undefined;
  const both = new Set(after.row.platforms);
  const platforms = before.row.platforms.filter((platform) => both.has(platform));
  const platform = query.get('platform') ?? platforms[0];
  const isJudged = before.detail.report && after.detail.report;
  return {
    before: describe(before),
    after: describe(after),
    ...(platform ? { platform } : {}),
    platforms,
    ...(isJudged ? { comparison: createComparison(before, after) } : {}),
  };
}

/** The tag 1.4.0 of score-compose moved, twice; so did those of what is large, long or not judged yet. */
export function listChanges(
  images: readonly FakeImage[],
  repository: string,
  query: URLSearchParams,
): TagChange[] {
  const tag = query.get('tag');
  const digest = query.get('after');
  const own = images.filter(({ row }) => row.repository === repository && (!tag || row.tag === tag));
  const all = listAll(own).filter(({ after }) => !digest || after === digest);
  return all.slice(0, Number(query.get('limit') ?? 10));
}

function listAll(own: readonly FakeImage[]): TagChange[] {
  return own.flatMap(({ row }): TagChange[] => {
    if (row.repository === 'score-spec/score-k8s' || row.tag === '1.3.2') return [];
    const place = { tag: row.tag ?? '', after: row.digest, movedAt: row.pushedAt, beforeTag: '1.3.2' };
    const before = digestOf(3);
    if (!row.summary)
      return [{ ...place, before, state: 'pending', why: 'the image after is not judged yet' }];
    const { loadLine } = row.summary;
    const told: TagChange = {
      ...place,
      before,
      state: 'compared',
      answer: 'over the line now',
      summary:
        '3 high fewer and 1 critical more, 1 package more, 2 fewer, 3.1 MB smaller; over the line because of: runs as root.',
      trend: 'worse',
      loadLine,
    };
    const { beforeTag: _, ...unnamed } = place;
    const gone = { ...unnamed, after: before, before: digestOf(77), movedAt: ago(1000) };
    const why = `the image before, sha256:${digestOf(77).slice(7, 19)}, is no longer here`;
    return [told, { ...gone, state: 'incomparable', why }];
  });
}

function findNamed(images: readonly FakeImage[], text: string): FakeImage | undefined {
  return images.find(
    ({ row }) => text === `${row.repository}:${row.tag}` || text === `${row.repository}@${row.digest}`,
  );
}

function describe({ row, detail }: FakeImage): ComparisonAnswer['before'] {
  return {
    repository: row.repository,
    ...(row.tag ? { tag: row.tag } : {}),
    digest: row.digest,
    imageDigest: detail.imageDigest,
    pushedAt: row.pushedAt,
    scan: row.scan,
    ...(row.summary ? { loadLine: row.summary.loadLine } : {}),
  };
}

function createComparison(before: FakeImage, after: FakeImage): Comparison {
  const isSame = before === after;
  const names = new Set(before.findings.map(({ id }) => id));
  const introduced = isSame ? [] : after.findings.filter(({ id }) => !names.has(id)).map(noteOf);
  const fixed = isSame
    ? []
    : [noteOf({ ...sample(before), id: 'CVE-2023-45853', severity: 'critical' as const })];
  const unchanged = after.findings.filter(({ id }) => names.has(id)).map(noteOf);
  const changes = isSame ? [] : createChanges(after, introduced, fixed);
  const count = (kind: string) => changes.filter((change) => change.kind === kind).length;
  const sides = { before: sideOf(before), after: sideOf(after) };
  return {
    schema: 1,
    createdAt: ago(0),
    ...sides,
    answer: isSame ? 'still over the line' : 'still over the line, and further',
    summary: isSame
      ? 'No CVE more or fewer and the same packages; over the line because of: runs as root.'
      : '1 critical fewer and 6 high more, 1 package more, 2 fewer, 3.1 MB smaller; over the line because of: runs as root and 8 fixable critical or high.',
    trend: isSame ? 'same' : 'worse',
    sizes: compareSizes(sides.before, sides.after),
    packages: {
      changes: { rows: changes, total: changes.length },
      added: count('added'),
      removed: count('removed'),
      changed: count('changed'),
      unchanged: 204,
    },
    findings: {
      introduced: cutNotes(introduced),
      fixed: cutNotes(fixed),
      unchanged: cutNotes(unchanged),
      unjudged: cutNotes([]),
    },
    newGaps: isSame
      ? { rows: [], total: 0 }
      : { rows: [{ name: 'libpq', version: '15.2', why: 'No feed covers vendored C libraries.' }], total: 1 },
    rules: (after.detail.report?.rules ?? []).map(({ rule, title, outcome, label, reasons }, at) => {
      const state = { outcome, label, reason: reasons[0] ?? label };
      const was = at === 1 && !isSame ? { ...state, label: '2 fixable critical or high' } : state;
      return { rule, title, trend: was === state ? 'same' : 'worse', before: was, after: state };
    }),
    configuration: isSame
      ? { rows: [], total: 0 }
      : {
          rows: [
            { name: 'User', group: 'run', before: 'nonroot', after: 'root' },
            { name: 'Env SCORE_HOME', group: 'environment', after: 'set' },
            {
              name: 'Label org.opencontainers.image.revision',
              group: 'label',
              before: '3f9c1e2b7a5d4c8e9f0a1b2c3d4e5f6a7b8c9d0e',
              after: '9d0e8c7b6a5f4e3d2c1b0a9f8e7d6c5b4a3f2e1d',
            },
          ],
          total: 3,
        },
    base: isSame ? 'same' : 'rebuilt',
    layers: { before: 3, after: 3, shared: isSame ? 3 : 1 },
    advisories: { oldestAt: ago(3), newestAt: ago(2) },
  };
}

function sideOf({ row, detail }: FakeImage): ComparedSide {
  const { summary } = row;
  const { report } = detail;
  if (!summary || !report) throw new Error('only judged images are compared');
  const count = (outcome: string) => report.rules.filter((rule) => rule.outcome === outcome).length;
  return {
    reference: `${row.repository}:${row.tag}`,
    digest: row.digest,
    platform: 'linux/amd64',
    sizeBytes: detail.sizeBytes - (row.tag === '1.4.0' ? 3_100_000 : 0),
    createdAt: row.pushedAt,
    source: {
      uri: 'https://github.com/score-spec/score-compose',
      revision: '3f9c1e2b7a5d4c8e9f0a1b2c3d4e5f6a7b8c9d0e',
    },
    distribution: 'Debian GNU/Linux 12 (bookworm)',
    packages: summary.packages,
    judged: summary.judged,
    unknowns: report.unknowns.length,
    findings: summary.findings,
    exploited: row.tag === '1.4.0' ? 1 : 0,
    outcome: report.outcome,
    rules: { fail: count('fail'), unknown: count('unknown'), total: report.rules.length },
    answer: report.answer,
    ...(report.score ? { score: report.score } : {}),
    loadLine: row.tag === '1.3.2' ? { water: 0.6, band: 0.66, outcome: report.outcome } : report.loadLine,
  };
}

function cutNotes(notes: FindingNote[]) {
  const cves = new Set(notes.map(({ id }) => id)).size;
  return { rows: notes.slice(0, 500), total: notes.length, cves };
}

function sample({ findings }: FakeImage) {
  const [first] = findings;
  if (!first) throw new Error('an image with findings is needed');
  return first;
}

function noteOf(finding: FakeImage['findings'][number]): FindingNote {
  const { id, severity, url, fixedVersion, package: of } = finding;
  return {
    id,
    severity,
    isExploited: id === 'CVE-2024-2444',
    ...(url ? { url } : {}),
    ...(fixedVersion ? { fixedVersion } : {}),
    name: of.name,
    type: of.type,
    version: of.version,
  };
}

function createChanges(
  after: FakeImage,
  introduced: readonly FindingNote[],
  fixed: readonly FindingNote[],
): PackageChange[] {
  const none = { rows: [], total: 0 };
  const changed = after.packages.slice(0, 70).map(
    ({ type, name, version }, at): PackageChange => ({
      kind: 'changed',
      type,
      name,
      before: at === 3 ? [version, '0.8.1', '0.9.0-rc.1'] : ['1.0.0-1'],
      after: [`${version}+deb12u1`],
      direction: at === 5 ? 'downgrade' : 'upgrade',
      ...(type === 'golang' ? { path: 'usr/local/bin/score-compose' } : {}),
      isFromBase: at < 4,
      fixed: at === 0 ? { rows: [...fixed], total: fixed.length } : none,
      introduced: at === 0 ? { rows: introduced.slice(0, 20), total: introduced.length } : none,
    }),
  );
  return [
    ...changed,
    {
      kind: 'added',
      type: 'deb',
      name: 'curl',
      before: [],
      after: ['8.5.0-2'],
      fixed: none,
      introduced: none,
    },
    {
      kind: 'removed',
      type: 'npm',
      name: '@score/a-package-with-a-very-long-scoped-name-indeed',
      before: ['1.2.3'],
      after: [],
      fixed: none,
      introduced: none,
    },
    {
      kind: 'removed',
      type: 'deb',
      name: 'perl-base',
      before: ['5.36.0-7'],
      after: [],
      fixed: none,
      introduced: none,
    },
  ];
}
