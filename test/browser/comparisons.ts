// Comparisons of an application's image in every mood that a pull request meets: better, worse, unchanged, with
// no advisories, with 200 changed packages, written by an enemy. Packages, versions and CVEs are Debian's and
// Go's own; the application is nobody's.
import { found, judgedOf, pkg } from '../../src/engines/compare/compare.fixture.ts';
import { compareImages, type Judged } from '../../src/engines/compare/compare.ts';
import type { Comparison } from '../../src/engines/compare/comparison.ts';
import type { Lineage } from '../../src/engines/lineage/lineage.ts';
import { evaluatePolicy } from '../../src/engines/policy/evaluate.ts';
import { digestOf } from '../../src/formats/oci/digest.ts';

const NOW = Date.parse('2026-11-20T15:00:00Z');
const MAIN = 'registry.example.org/harbour/tides:main';
const CHANGE = 'registry.example.org/harbour/tides:pr-120';
const TRACKER = 'https://security-tracker.debian.org/tracker';
const ESSENTIALS = [
  'apt 2.6.1',
  'bash 5.2.15-2+b2',
  'coreutils 9.1-1',
  'dash 0.5.12-2',
  'debconf 1.5.82',
  'dpkg 1.21.22',
  'findutils 4.9.0-4',
  'grep 3.8-5',
  'gzip 1.12-1',
  'hostname 3.23+nmu1',
  'login 1:4.13+dfsg1-1+b1',
  'mawk 1.3.4.20200120-3.1',
  'mount 2.38.1-5+b1',
  'passwd 1:4.13+dfsg1-1+b1',
  'perl-base 5.36.0-7',
  'sed 4.9-1',
  'tar 1.34+dfsg-1.2',
  'util-linux 2.38.1-5+b1',
].map((line) => {
  const [name = '', version = ''] = line.split(' ');
  return pkg('deb', name, version, 0, 'var/lib/dpkg/status');
});
const oldGo = pkg('golang', 'golang.org/x/net', 'v0.33.0', 1, 'usr/bin/tides');
const newGo = pkg('golang', 'golang.org/x/net', 'v0.38.0', 1, 'usr/bin/tides');
const oldExpat = pkg('deb', 'libexpat1', '2.5.0-1', 0, 'var/lib/dpkg/status');
const oldLibc = pkg('deb', 'libc6', '2.36-9+deb12u1', 0, 'var/lib/dpkg/status');
const newLibc = pkg('deb', 'libc6', '2.36-9+deb12u13', 0, 'var/lib/dpkg/status');
const vendored = pkg('npm', 'harbour-charts', '3.1.0', 1, 'srv/node_modules/harbour-charts');

function debian(...[id, severity, of, fixed]: Parameters<typeof found>): ReturnType<typeof found> {
  return { ...found(id, severity, of, fixed), url: `${TRACKER}/${id}` };
}

function labels(revision: string, version: string): Record<string, string> {
  return {
    'org.opencontainers.image.revision': digestOf(revision).slice(7, 47),
    'org.opencontainers.image.source': 'https://git.example.org/harbour/tides',
    'org.opencontainers.image.version': version,
  };
}

function onBase(reference: string, isCurrent: boolean, layers: number): Lineage {
  const digest = digestOf(reference);
  const current = { digest: isCurrent ? digest : digestOf(`${reference}, newer`) };
  const why = 'the annotation names it';
  return {
    base: { reference, aliases: [], digest, layers, current, method: 'layers', confidence: 'certain', why },
    unknowns: [],
  };
}

const main: Judged = judgedOf({
  name: MAIN,
  packages: [oldGo, oldExpat, oldLibc, ...ESSENTIALS],
  findings: [
    debian('CVE-2024-45491', 'critical', oldExpat, '2.5.0-1+deb12u1'),
    debian('CVE-2024-45492', 'critical', oldExpat, '2.5.0-1+deb12u1'),
    {
      ...debian('CVE-2023-4911', 'high', oldLibc, '2.36-9+deb12u3'),
      exploited: { since: '2023-11-21', isRansomware: false },
    },
    debian('CVE-2024-2961', 'high', oldLibc, '2.36-9+deb12u6'),
    { ...found('CVE-2025-22872', 'medium', oldGo, '0.38.0'), url: 'https://pkg.go.dev/vuln/GO-2025-3595' },
    debian('CVE-2010-4756', 'negligible', oldLibc),
  ],
  sizeBytes: 61_200_000,
  config: { user: '', command: ['--listen', ':8080'], labels: labels('main', '1.8.2') },
  layers: ['debian', 'tides 1.8.2', 'charts', 'settings'],
  lineage: onBase('docker.io/library/debian:12.1-slim', false, 1),
});
const slim: Judged = judgedOf({
  name: CHANGE,
  packages: [newGo, newLibc, vendored],
  findings: [debian('CVE-2010-4756', 'negligible', newLibc)],
  sizeBytes: 58_100_000,
  config: { command: ['--listen', ':8080'], labels: labels('change', '1.9.0') },
  layers: ['static', 'tides 1.9.0'],
  lineage: onBase('registry.example.org/base/static:12', true, 1),
});

/** A slimmer base and a newer library: within the line. */
export function compareBetter(): Comparison {
  return compareImages(main, slim, { now: NOW });
}

/** The same contents the other way round. */
export function compareWorse(): Comparison {
  return compareImages(named(slim, MAIN), named(main, CHANGE), { now: NOW });
}

function named(judged: Judged, reference: string): Judged {
  return { ...judged, subject: { ...judged.subject, reference } };
}

export function compareSame(): Comparison {
  return compareImages(main, named(main, CHANGE), { now: NOW });
}

/** The change was looked at without advisories: nothing of it is known. */
export function compareUnknown(): Comparison {
  const { inventory, subject } = slim;
  const gaps = inventory.packages.map(({ purl, name, version }) => ({
    purl,
    name,
    version,
    why: 'no advisories here: run plimsoll advisories refresh',
  }));
  const matching = { findings: [], coverage: { packages: gaps.length, judged: 0, gaps, feeds: [] } };
  const { config } = subject;
  const verdict = evaluatePolicy({ ...(config && { config }), inventory, matching });
  return compareImages(main, { subject, inventory, matching, verdict }, { now: NOW });
}

/** 200 packages changed, 100 of them with a CVE that went, and 60 came. */
export function compareMany(): Comparison {
  const build = (version: string, count: number) =>
    Array.from({ length: count }, (_, at) =>
      pkg('npm', `@harbour/part-of-a-rather-long-name-${at}`, version, 1, `srv/node_modules/part-${at}`),
    );
  const [old, now] = [build('1.0.0', 200), build('2.0.0', 260)];
  const findings = old.slice(0, 100).map((one, at) => found(`CVE-2026-${10_000 + at}`, 'high', one, '2.0.0'));
  const before = judgedOf({ name: MAIN, packages: old, findings, layers: ['debian', 'parts'] });
  const after = judgedOf({ name: CHANGE, packages: now, layers: ['debian', 'parts, newer'] });
  return compareImages(before, after, { now: NOW });
}

/** What an enemy writes into names, versions, labels and reasons. */
export const hostileTexts: readonly string[] = [
  '<img src=x onerror=alert(1)>',
  '<script>alert(2)</script>',
  '</details></td></table><h1>owned</h1>',
  '</code><a href="https://evil.example/1">',
  '@everyone',
  '@harbour/crew',
  'a #1 and b#23 and harbour/tides#4 and GH-5',
  '[x](javascript:alert(3))',
  '[y](https://evil.example/2) ![z](https://evil.example/3.png)',
  'https://evil.example/4 and www.evil.example and ftp://evil.example',
  'mate@evil.example',
  'one | two || three \\| four \\',
  '`ticks` ``` **bold** __bold__ ~~gone~~ _thin_',
  'first\n\n# second\n- third\n<!-- fourth',
  '&lt;b&gt; &#64;everyone &colon;',
  '<https://evil.example/5>',
  '$\\color{red}{owned}$ and :tada:',
];

/** Every hostile text as a package that came, a version, a reason, a name of the image, a label. */
export function compareHostile(): Comparison {
  const hostile = hostileTexts.map((text, at) => pkg('npm', text, `1.${at}`, 0, `srv/${text}`));
  const versioned = hostileTexts.map((text, at) => pkg('deb', `versioned-${at}`, text));
  const packages = [...hostile, ...versioned];
  const old = packages.slice(0, 8).map((one) => ({ ...one, version: '0' }));
  const findings = hostile.map((one, at) => ({
    ...found(`CVE-2026-1${at} ${one.name}`, 'high', one),
    url: `https://evil.example/6 ${one.name}`,
  }));
  const lineage: Lineage = {
    base: {
      reference: hostileTexts.join(' '),
      aliases: [],
      method: 'history',
      confidence: 'guess',
      why: 'x',
    },
    unknowns: [],
  };
  const after = judgedOf({
    name: `tides:${hostileTexts.join(' ')}`,
    packages,
    findings,
    gaps: packages.map(({ name }) => name),
    config: { user: hostileTexts.join(' '), labels: Object.fromEntries(hostileTexts.map((t) => [t, t])) },
    lineage,
  });
  return compareImages(judgedOf({ name: 'tides:1', packages: old }), after, { now: NOW });
}
