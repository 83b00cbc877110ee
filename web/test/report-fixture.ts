// An invented report for the fake API, with its findings and packages, typed by the contract.
import type { Finding, ImageReport, PackageRow } from '../../src/entry/http/contract.ts';

const HOUR_MS = 3_600_000;

/** The same hex for the same seed; 64 digits. */
export function digestOf(seed: number): string {
  let state = seed * 2_654_435_761 + 97;
  const digits = Array.from({ length: 64 }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor(state / 134_217_728).toString(16);
  });
  return `sha256:${digits.join('')}`;
}

export function ago(hours: number): string {
  return new Date(Date.now() - hours * HOUR_MS).toISOString();
}

const NAMES = [
  'libexpat1',
  'libc6',
  'libnghttp2-14',
  'libssl3',
  'perl-base',
  'zlib1g',
  'libtasn1-6',
  'libgnutls30',
];
const SEVERITIES = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'] as const;

export function createFindings(count: number): Finding[] {
  return Array.from({ length: count }, (_, at) => {
    const name = NAMES[at % NAMES.length] as string;
    const severity =
      at === 0
        ? 'critical'
        : at < 8
          ? 'high'
          : at < count - 3
            ? 'medium'
            : ((['low', 'negligible', 'unknown'] as const)[count - 1 - at] ?? 'low');
    return {
      id: `CVE-2024-${String(2000 + at * 37)}`,
      aliases: at % 5 === 0 ? [`DSA-${5000 + at}-1`] : [],
      severity,
      severityBy: 'Debian',
      summary: 'A crafted document reads past the end of a buffer.',
      url: `https://security.example.org/CVE-2024-${2000 + at * 37}`,
      package: {
        purl: `pkg:deb/debian/${name}@2.${at}-1?arch=amd64&distro=debian-12`,
        type: 'deb',
        name,
        version: `2.${at}-1`,
        matchedName: name === 'libc6' ? 'glibc' : name,
        matchedVersion: `2.${at}-1`,
        path: 'var/lib/dpkg/status',
        layerDiffId: digestOf(500),
        layerPosition: 0,
      },
      ...(at < count - 3 ? { fixedVersion: `2.${at}-1+deb12u${(at % 6) + 1}` } : { note: 'minor, deferred' }),
      evidence: {
        feed: 'debian',
        recordId: `CVE-2024-${2000 + at * 37}`,
        scope: 'Debian:12',
        comparison: `2.${at}-1 < 2.${at}-1+deb12u${(at % 6) + 1} (deb)`,
      },
    };
  });
}

export function createPackages(count: number): PackageRow[] {
  return Array.from({ length: count }, (_, at) => ({
    type: at % 9 === 8 ? 'golang' : 'deb',
    name: at < NAMES.length ? (NAMES[at] as string) : `package-${String(at).padStart(5, '0')}`,
    version: `1.${at % 40}.${at % 7}-1`,
    purl: `pkg:deb/debian/package-${at}@1.${at % 40}.${at % 7}-1`,
    architecture: 'amd64',
    sourceName: `source-${at % 90}`,
    sourceVersion: `1.${at % 40}.${at % 7}-1`,
    licenses: at % 4 === 0 ? [] : ['MIT', 'GPL-2.0-only', 'BSD-3-Clause'].slice(0, (at % 3) + 1),
    locations: [{ path: 'var/lib/dpkg/status', layerDiffId: digestOf(500), layerPosition: at % 3 }],
    foundBy: 'deb-status',
    findings: at < NAMES.length ? { ...NONE, high: at % 3, medium: (at % 4) + 1 } : NONE,
    ...(at % 42 === 41 ? { gap: 'No feed covers vendored C libraries.' } : {}),
  }));
}

const NONE = { critical: 0, high: 0, medium: 0, low: 0, negligible: 0, unknown: 0 };

function countSeverities(findings: readonly Finding[]): Record<(typeof SEVERITIES)[number], number> {
  const counts = { ...NONE };
  for (const { severity } of findings) counts[severity] += 1;
  return counts;
}

export function createReport(
  outcome: ImageReport['outcome'],
  findings: readonly Finding[],
  packages: number,
): ImageReport {
  const fixable = findings.filter(({ fixedVersion }) => fixedVersion !== undefined);
  const rest = findings.filter(({ fixedVersion }) => fixedVersion === undefined);
  const judged = outcome === 'pass' ? packages : packages - 5;
  const answers = {
    pass: 'Within the line: all 3 rules are met',
    fail: 'Over the line: 2 of 3 rules are not met',
    unknown: 'Unknown: 1 of 3 rules could not be judged',
  };
  const levels = { pass: [0.22, 0.22], fail: [0.74, 0.88], unknown: [0.3, 0.72] }[outcome] as [
    number,
    number,
  ];
  return {
    answer: answers[outcome],
    outcome,
    loadLine: { water: levels[0], band: levels[1], outcome },
    rules: createRules(outcome),
    score: SCORES[outcome],
    policy: 'standard',
    fixes: [
      ...(fixable.length > 0
        ? [
            {
              key: 'deb-upgrade',
              title: 'Upgrade 8 Debian packages',
              detail: `fixes ${fixable.length} in 8 packages of debian 12, all in layer 1`,
              command:
                'apt-get update && apt-get install --only-upgrade -y libexpat1 libc6 libnghttp2-14 libssl3',
              fixable: true,
              total: fixable.length,
              severities: countSeverities(fixable),
              findings: fixable.slice(0, 50),
            },
          ]
        : []),
      ...(rest.length > 0
        ? [
            {
              key: 'none',
              title: 'No fix yet',
              detail: `${rest.length} in libraries of the base. Debian says: minor, deferred`,
              fixable: false,
              total: rest.length,
              severities: countSeverities(rest),
              findings: rest.slice(0, 50),
            },
          ]
        : []),
    ],
    totals: {
      packages,
      findings: findings.length,
      severities: countSeverities(findings),
      fixable: fixable.length,
      files: 8214,
      unpackedBytes: 171_300_000,
    },
    coverage: {
      packages,
      judged,
      gaps: Array.from({ length: packages - judged }, (_, at) => ({
        purl: `pkg:generic/vendored-${at}@1.${at}`,
        name: `vendored-${at}`,
        version: `1.${at}`,
        why: at < 3 ? 'No feed covers vendored C libraries.' : 'Its version names no Debian release.',
      })),
      gapTotal: packages - judged,
      feeds: [
        {
          feed: 'debian',
          refreshedAt: ago(outcome === 'unknown' ? 9 * 24 + 2 : 3),
          coverage: 'affected',
          scopes: ['Debian:12'],
        },
        { feed: 'osv-go', refreshedAt: ago(2), coverage: 'affected', scopes: ['Go'] },
      ],
    },
    unknowns:
      outcome === 'pass' ? [] : [{ where: 'opt/vendor.tar.xz', why: 'An archive that is not looked into.' }],
    distribution: { id: 'debian', versionId: '12', prettyName: 'Debian GNU/Linux 12 (bookworm)' },
    layers: [0, 1, 2].map((position) => ({
      position,
      digest: digestOf(400 + position),
      diffId: digestOf(500 + position),
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      sizeBytes: [48_200_000, 11_900_000, 1_100_000][position] as number,
      unpackedBytes: [140_400_000, 28_800_000, 2_100_000][position] as number,
      entries: [6120, 2010, 84][position] as number,
      deletions: position,
      ...(position === 1
        ? {}
        : {
            createdBy:
              'RUN /bin/sh -c apt-get update && apt-get install -y ca-certificates tzdata curl && rm -rf /var/lib/apt/lists/* # buildkit',
          }),
      packages: [packages - 20, 14, 6][position] as number,
      findings: position === 0 ? findings.length : 0,
    })),
    config: {
      createdAt: ago(30),
      entrypoint: ['/score-compose'],
      command: ['run', '--file', 'a file.yaml'],
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin', 'LANG=C.UTF-8'],
      workingDir: '/work',
      exposedPorts: ['8080/tcp'],
      volumes: [],
      labels: {
        'org.opencontainers.image.source': 'https://github.com/score-spec/score-compose',
        'org.opencontainers.image.revision': '3f9c1e2b7a5d4c8e9f0a1b2c3d4e5f6a7b8c9d0e',
      },
      history: [
        { createdAt: ago(90), createdBy: '/bin/sh -c #(nop) ADD file:1f2e in / ', emptyLayer: false },
        { createdAt: ago(30), createdBy: 'ENTRYPOINT ["/score-compose"]', emptyLayer: true },
      ],
      ...(outcome === 'pass' ? { user: 'nonroot' } : {}),
    },
    ...BASES[outcome],
    createdAt: ago(2),
  };
}

/** One of each kind: stated and behind, found by layers and current, not known. */
const BASES: Record<ImageReport['outcome'], Pick<ImageReport, 'base' | 'baseUnknowns'>> = {
  fail: {
    base: {
      reference: 'docker.io/library/debian:12-slim',
      aliases: [],
      digest: digestOf(600),
      layers: 1,
      method: 'provenance',
      confidence: 'certain',
      why: 'Its provenance names it, and its lowest layer is that image’s.',
      isCurrent: false,
    },
    baseUnknowns: [],
  },
  pass: {
    base: {
      reference: 'hub.example.org/bases/debian:12.5-slim',
      aliases: ['hub.example.org/bases/debian:12'],
      digest: digestOf(601),
      layers: 2,
      method: 'layers',
      confidence: 'certain',
      why: 'All its layers are the 2 lowest of this image; no image known here has more of them.',
      isCurrent: true,
    },
    baseUnknowns: [],
  },
  unknown: {
    baseUnknowns: [
      'Its provenance, annotations, layers and history do not tell which image it was built upon.',
    ],
  },
};

/** Of three rules of one weight. */
const SCORES: Record<ImageReport['outcome'], NonNullable<ImageReport['score']>> = {
  fail: {
    grade: 'F',
    percent: 0,
    hides: [
      '1 rule could not be judged and counts as not met',
      '“No critical or high vulnerability that has a fix” is broken 8 times and would weigh the same broken once',
      '“No image of an unapproved registry” (fail) weighs 0 and is left out',
    ],
  },
  unknown: { grade: 'C', percent: 200 / 3, hides: ['1 rule could not be judged and counts as not met'] },
  pass: { grade: 'A', percent: 100, hides: [] },
};

function createRules(outcome: ImageReport['outcome']): ImageReport['rules'] {
  const fails = outcome === 'fail';
  return [
    {
      rule: 'runs-as-not-root',
      title: 'Runs as a user that is not root',
      outcome: fails ? 'fail' : 'pass',
      label: fails ? 'Runs as root' : 'Not root',
      reasons: [fails ? 'The configuration sets no user, so it runs as root.' : 'It runs as nonroot.'],
      excess: fails ? 1 : 0,
      unjudged: 0,
    },
    {
      rule: 'no-fixable-critical-or-high',
      title: 'No critical or high vulnerability that has a fix',
      outcome,
      label: {
        pass: 'No fixable critical or high',
        fail: '8 fixable critical or high',
        unknown: '5 packages could not be judged',
      }[outcome],
      reasons: [
        'CVE-2024-2000 in libexpat1 2.0-1 is critical and fixed in 2.0-1+deb12u1.',
        '7 more are high and have a fix.',
      ],
      excess: fails ? 8 : 0,
      unjudged: outcome === 'unknown' ? 5 : 0,
    },
    {
      rule: 'no-agpl',
      title: 'No AGPL-licensed package',
      outcome: fails ? 'unknown' : 'pass',
      label: fails ? '5 licences not named' : 'No AGPL',
      reasons: [fails ? '5 packages name no licence.' : 'None of the named licences is an AGPL.'],
      excess: 0,
      unjudged: fails ? 5 : 0,
    },
  ];
}
