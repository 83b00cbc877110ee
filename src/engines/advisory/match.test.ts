import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inventoryOf, NOW, packageOf, recordOf, storeOf } from './advisory.fixture.ts';
import { matchInventory } from './match.ts';
import { mergeMatches } from './merge.ts';

const CURL = packageOf('deb', 'libcurl4', '7.88.1-10+deb12u5+b1', {
  source: { name: 'curl', version: '7.88.1-10+deb12u5' },
});

test('match: a finding with its evidence, from the source package', async () => {
  await using store = await storeOf({
    debian: {
      'debian:12 curl': [
        recordOf('CVE-2026-1', '7.88.1-10+deb12u7', {
          summary: 'a flaw',
          note: 'postponed',
          publishedAt: '2026-01-02T00:00:00Z',
          url: 'https://x.invalid/',
        }),
        recordOf('CVE-2026-2', '7.88.1-10+deb12u5'),
        recordOf('CVE-2026-3'),
      ],
      'debian:11 curl': [recordOf('CVE-2026-4')],
      'debian:12 libcurl4': [recordOf('CVE-2026-5')],
    },
  });
  const { findings, coverage } = matchInventory(inventoryOf([CURL]), store);
  assert.deepEqual(
    findings.map(({ id, fixedVersion }) => [id, fixedVersion]),
    [
      ['CVE-2026-1', '7.88.1-10+deb12u7'],
      ['CVE-2026-3', undefined],
    ],
  );
  assert.deepEqual(findings[0], {
    id: 'CVE-2026-1',
    aliases: [],
    severity: 'high',
    severityBy: 'test',
    summary: 'a flaw',
    url: 'https://x.invalid/',
    note: 'postponed',
    publishedAt: '2026-01-02T00:00:00Z',
    package: {
      purl: 'pkg:deb/libcurl4@7.88.1-10+deb12u5+b1',
      type: 'deb',
      name: 'libcurl4',
      version: '7.88.1-10+deb12u5+b1',
      matchedName: 'curl',
      matchedVersion: '7.88.1-10+deb12u5',
      path: 'some/libcurl4',
      layerDiffId: CURL.locations[0]?.layerDiffId,
      layerPosition: 1,
    },
    fixedVersion: '7.88.1-10+deb12u7',
    evidence: {
      feed: 'debian',
      recordId: 'CVE-2026-1',
      scope: 'debian:12',
      comparison: '7.88.1-10+deb12u5 < 7.88.1-10+deb12u7 (deb)',
    },
  });
  assert.deepEqual(coverage, {
    packages: 1,
    judged: 1,
    gaps: [],
    feeds: [
      {
        feed: 'debian',
        refreshedAt: NOW,
        coverage: 'affected',
        scopes: ['debian:12', 'debian:11'],
      },
    ],
  });
});

test('match: a covered package without a record is judged; an uncovered one is a gap, never clean', async () => {
  await using store = await storeOf({ debian: { 'debian:12 curl': [recordOf('CVE-1', '1')] } });
  const packages = [
    packageOf('deb', 'bash', '5.2'),
    packageOf('npm', 'lodash', '4.0.0'),
    packageOf('golang', 'example.org/app', '', { role: 'main' }),
  ];
  const { findings, coverage } = matchInventory(inventoryOf(packages), store);
  assert.deepEqual(findings, []);
  assert.equal(coverage.judged, 1);
  assert.deepEqual(
    coverage.gaps.map(({ name, why }) => [name, why]),
    [
      ['lodash', 'no advisory feed covers npm'],
      ['example.org/app', 'example.org/app was built without a version'],
    ],
  );
});

test('match: what cannot be compared or is undetermined is a gap, beside what was found', async () => {
  await using store = await storeOf({
    debian: {
      'debian:12 curl': [
        recordOf('CVE-1', '99'),
        recordOf('CVE-2', 'not a version'),
        recordOf('CVE-3', undefined, { ranges: [], isUndetermined: true }),
      ],
      'debian:12 bash': [recordOf('CVE-3', undefined, { ranges: [], isUndetermined: true })],
    },
  });
  const packages = [CURL, packageOf('deb', 'bash', '5.2')];
  const { findings, coverage } = matchInventory(inventoryOf(packages), store);
  assert.deepEqual(
    findings.map(({ id }) => id),
    ['CVE-1'],
  );
  assert.equal(coverage.judged, 0);
  assert.match(coverage.gaps[0]?.why ?? '', /^CVE-2: .*, and 1 more$/);
  assert.equal(coverage.gaps[1]?.why, 'debian has not determined whether CVE-3 affects it');
});

test('match: several records of one vulnerability are one finding, named by its CVE, with the best evidence', async () => {
  const semver = { order: 'semver' } as const;
  await using store = await storeOf({
    'osv-go': {
      'go example.org/a': [
        recordOf('GO-2026-1', '1.5.0', {
          ...semver,
          aliases: ['GHSA-1'],
          severity: { level: 'unknown', by: 'osv-go' },
        }),
        recordOf('GHSA-1', undefined, { ...semver, aliases: ['CVE-2026-1'] }),
        recordOf('GHSA-2', '1.5.0', { ...semver, aliases: ['CVE-2026-2'] }),
      ],
    },
  });
  const { findings } = matchInventory(inventoryOf([packageOf('golang', 'example.org/a', 'v1.4.0')]), store);
  assert.deepEqual(
    findings.map(({ id, aliases, severity, fixedVersion, evidence }) => [
      id,
      aliases,
      severity,
      fixedVersion,
      evidence.recordId,
    ]),
    [
      ['CVE-2026-1', ['GO-2026-1', 'GHSA-1'], 'high', '1.5.0', 'GO-2026-1'],
      ['CVE-2026-2', ['GHSA-2'], 'high', '1.5.0', 'GHSA-2'],
    ],
  );
});

test('match: sorted by severity, then fixable first, then id, then package', async () => {
  const level = (name: 'low' | 'critical') => ({ severity: { level: name, by: 'test' } });
  await using store = await storeOf({
    debian: {
      'debian:12 curl': [
        recordOf('CVE-1', '99', level('low')),
        recordOf('CVE-2', undefined, level('critical')),
        recordOf('CVE-4', '99', level('critical')),
        recordOf('CVE-3', '99', level('critical')),
      ],
    },
  });
  const other = { ...CURL, name: 'curl', purl: 'pkg:deb/curl' };
  const { findings } = matchInventory(inventoryOf([CURL, other]), store);
  assert.deepEqual(
    findings.map(({ id, package: { name } }) => `${id} ${name}`),
    [
      'CVE-3 curl',
      'CVE-3 libcurl4',
      'CVE-4 curl',
      'CVE-4 libcurl4',
      'CVE-2 curl',
      'CVE-2 libcurl4',
      'CVE-1 curl',
      'CVE-1 libcurl4',
    ],
  );
});

test('merge: one bulletin of two CVEs stays two; names join transitively, in any order', () => {
  const match = (id: string, aliases: readonly string[]) => ({
    feed: 'f',
    record: recordOf(id, '1', { aliases }),
    comparison: id,
  });
  const names = (list: ReturnType<typeof match>[]) =>
    mergeMatches(list).map(({ record }) => [record.id, ...record.aliases].sort().join(' '));
  assert.deepEqual(names([match('CVE-1', ['XSA-1']), match('CVE-2', ['XSA-1'])]), [
    'CVE-1 XSA-1',
    'CVE-2 XSA-1',
  ]);
  const chain = [match('GO-1', ['GHSA-1']), match('CVE-1', []), match('GHSA-1', ['CVE-1'])];
  for (const list of [chain, chain.toReversed(), [chain[1]!, chain[2]!, chain[0]!]]) {
    assert.deepEqual(names(list), ['CVE-1 GHSA-1 GO-1']);
  }
});

test('merge: a vulnerability is as old as the first record of it', () => {
  const match = (id: string, publishedAt?: string, fixedVersion?: string) => ({
    feed: 'test',
    record: recordOf(id, fixedVersion, { aliases: ['CVE-1'], ...(publishedAt && { publishedAt }) }),
    comparison: '',
    ...(fixedVersion && { fixedVersion }),
  });
  const merged = mergeMatches([
    match('GHSA-1', '2026-02-01T00:00:00Z', '2'),
    match('GO-1', '2026-01-01T00:00:00Z'),
    match('CVE-1'),
  ]);
  assert.deepEqual(
    merged.map(({ record }) => [record.id, record.publishedAt]),
    [['GHSA-1', '2026-01-01T00:00:00Z']],
  );
});

test('match: a record ordered as this version does not know counts as a gap, never as clean', async () => {
  const store = await storeOf({
    debian: { 'debian:12 curl': [recordOf('CVE-1', '2', { order: 'constructor' as never })] },
  });
  const { findings, coverage } = matchInventory(inventoryOf([packageOf('deb', 'curl', '1')]), store);
  assert.deepEqual(findings, []);
  assert.equal(coverage.judged, 0);
  assert.match(
    coverage.gaps[0]?.why ?? '',
    /cannot be placed in the range by the order of constructor versions/,
  );
});
