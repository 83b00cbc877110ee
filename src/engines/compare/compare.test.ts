import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../../formats/oci/digest.ts';
import type { Finding } from '../advisory/finding.ts';
import { type Severity, severities } from '../advisory/record.ts';
import type { Lineage } from '../lineage/lineage.ts';
import type { Package } from '../sbom/inventory.ts';
import { found, judgedOf, pkg } from './compare.fixture.ts';
import { compareImages, type Judged } from './compare.ts';
import type { FindingFilter } from './filter.ts';
import { judgeGates } from './gate.ts';

const compare = (before: Judged, after: Judged, filter?: FindingFilter) =>
  compareImages(before, after, { now: 0, ...(filter === undefined ? {} : { filter }) });

test('compare: an image against itself differs in nothing, and passes every gate', () => {
  const curl = pkg('deb', 'curl', '7.0');
  const image = judgedOf({ packages: [curl], findings: [found('CVE-1', 'high', curl, '8')] });
  const comparison = compare(image, image);
  assert.equal(comparison.answer, 'still over the line');
  assert.deepEqual(comparison.packages, { changes: [], unchanged: 1 });
  assert.deepEqual(comparison.findings.introduced, []);
  assert.deepEqual(comparison.findings.fixed, []);
  assert.deepEqual(
    comparison.findings.unchanged.map(({ id }) => id),
    ['CVE-1'],
  );
  assert.deepEqual(comparison.configuration, []);
  assert.deepEqual(comparison.layers, { before: 1, after: 1, shared: 1 });
  assert.deepEqual(judgeGates(comparison, ['vulnerability', 'policy', 'package']), []);
});

test('compare: an upgrade that fixes brings the image within the line again, and the header says how', () => {
  const old = pkg('deb', 'curl', '7.0');
  const now = pkg('deb', 'curl', '8.0');
  const before = judgedOf({
    packages: [old, pkg('deb', 'apt', '2')],
    findings: [found('CVE-1', 'critical', old, '8.0'), found('CVE-2', 'low', old)],
    sizeBytes: 3_000_000,
  });
  const after = judgedOf({ packages: [now], findings: [found('CVE-2', 'low', now)], sizeBytes: 2_000_000 });
  const comparison = compare(before, after);
  assert.equal(comparison.answer, 'within the line again');
  assert.equal(comparison.summary, '1 critical fewer, 1 package fewer and 1.0 MB smaller.');
  assert.equal(comparison.trend, 'better');
  assert.deepEqual(
    comparison.packages.changes.map(({ kind, name, before: was, after: is, direction, fixed }) => ({
      kind,
      name,
      was,
      is,
      direction,
      fixed: fixed.map(({ id }) => id),
    })),
    [
      { kind: 'changed', name: 'curl', was: ['7.0'], is: ['8.0'], direction: 'upgrade', fixed: ['CVE-1'] },
      { kind: 'removed', name: 'apt', was: ['2'], is: [], direction: undefined, fixed: [] },
    ],
  );
  // The version changed and still has it: nothing was fixed.
  assert.deepEqual(
    comparison.findings.unchanged.map(({ id, version }) => `${id} ${version}`),
    ['CVE-2 8.0'],
  );
  assert.equal(comparison.rules[0]?.trend, 'better');
});

test('compare: where no package could be judged, CVEs are not known rather than the same', () => {
  const one = { packages: [pkg('deb', 'curl', '1')], gaps: ['curl'] };
  assert.match(compare(judgedOf(one), judgedOf(one)).summary, /^CVEs not known and the same packages/);
});

test('compare: what a change brings is told, with the reason why it is over the line', () => {
  const bad = pkg('npm', 'left-pad', '1.0.0', 1, 'app/node_modules/left-pad/package.json');
  const before = judgedOf({ packages: [pkg('deb', 'curl', '8')] });
  const after = judgedOf({
    packages: [pkg('deb', 'curl', '8'), bad],
    findings: [found('CVE-9', 'high', bad, '1.0.1')],
    layers: ['one', 'two'],
  });
  const comparison = compare(before, after);
  assert.equal(comparison.answer, 'over the line now');
  assert.equal(
    comparison.summary,
    '1 high more and 1 package more; over the line because of: 1 fixable critical or high.',
  );
  assert.equal(comparison.packages.changes[0]?.path, 'app/node_modules/left-pad/package.json');
  assert.deepEqual(comparison.layers, { before: 1, after: 2, shared: 1 });
  assert.deepEqual(judgeGates(comparison, ['vulnerability', 'policy', 'package']), [
    '1 CVE more: CVE-9',
    '1 rule worse than before: No critical or high vulnerability that has a fix',
    '1 package changed: left-pad',
  ]);
});

test('compare: a package that nobody could judge is no clean one', () => {
  const before = judgedOf({ packages: [pkg('deb', 'curl', '8')] });
  const after = judgedOf({ packages: [pkg('deb', 'curl', '8'), pkg('npm', 'x', '1')], gaps: ['x'] });
  const comparison = compare(before, after);
  assert.deepEqual(
    comparison.newGaps.map(({ name }) => name),
    ['x'],
  );
  assert.match(comparison.summary, /1 package of this change could not be judged/);
  assert.match(judgeGates(comparison, ['vulnerability'])[0] ?? '', /could not be judged: x/);
  assert.deepEqual(judgeGates(compare(after, after), ['vulnerability']), []);
});

test('compare: a CVE in a package that nobody could judge any more is not fixed', () => {
  const old = pkg('deb', 'curl', '7.0');
  const now = pkg('deb', 'curl', '8.0');
  const gone = pkg('deb', 'apt', '2');
  const before = judgedOf({
    packages: [old, gone],
    findings: [found('CVE-1', 'critical', old, '8.0'), found('CVE-2', 'high', gone)],
  });
  const { findings, summary } = compare(before, judgedOf({ packages: [now], gaps: ['curl'] }));
  const idsOf = (list: keyof typeof findings) => findings[list].map(({ id }) => id);
  assert.deepEqual([idsOf('fixed'), idsOf('unjudged')], [['CVE-2'], ['CVE-1']]);
  assert.match(summary, /^1 high fewer, 1 CVE no longer judged and 1 package fewer;/);
  const all = compare(
    judgedOf({ packages: [old], findings: [found('CVE-1', 'low', old)] }),
    judgedOf({ packages: [now], gaps: ['curl'] }),
  );
  assert.match(all.summary, /^1 CVE no longer judged and 1 package changed;/);
});

test('compare: versions side by side are one change', () => {
  const at = (version: string, path: string) => pkg('golang', 'golang.org/x/net', version, 0, path);
  const before = judgedOf({ packages: [at('v0.30.0', 'bin/a'), at('v0.33.0', 'bin/b')] });
  const after = judgedOf({ packages: [at('v0.30.0', 'bin/a'), at('v0.38.0', 'bin/b')] });
  const [change] = compare(before, after).packages.changes;
  assert.deepEqual(
    [change?.kind, change?.before, change?.after, change?.direction, change?.path],
    ['changed', ['v0.30.0', 'v0.33.0'], ['v0.30.0', 'v0.38.0'], 'upgrade', 'bin/b'],
  );
});

test('compare: a CVE that one side names by an alias is the same CVE', () => {
  const one = pkg('npm', 'x', '1');
  const asGhsa: Finding = { ...found('GHSA-1', 'high', one), aliases: ['CVE-1'] };
  const { findings } = compare(
    judgedOf({ packages: [one], findings: [asGhsa] }),
    judgedOf({ packages: [one], findings: [found('CVE-1', 'high', one)] }),
  );
  assert.deepEqual([findings.introduced.length, findings.fixed.length, findings.unchanged.length], [0, 0, 1]);
});

test('compare: a filter narrows the counting, not the rules', () => {
  const base = pkg('deb', 'libc6', '1', 0);
  const own = pkg('npm', 'x', '1', 1);
  const base1: Lineage = {
    base: { aliases: [], layers: 1, method: 'layers', confidence: 'certain', why: 'test' },
    unknowns: [],
  };
  const findings = [found('CVE-1', 'critical', base, '2'), found('CVE-2', 'high', own)];
  const before = judgedOf({ packages: [] });
  const after = judgedOf({ packages: [base, own], findings, lineage: base1, layers: ['one', 'two'] });
  const ids = (filter: FindingFilter) =>
    compare(before, after, filter).findings.introduced.map(({ id }) => id);
  assert.deepEqual(ids({ base: 'ignore' }), ['CVE-2']);
  assert.deepEqual(ids({ base: 'only' }), ['CVE-1']);
  assert.deepEqual(ids({ severities: ['high'] }), ['CVE-2']);
  assert.deepEqual(ids({ fix: 'fixed' }), ['CVE-1']);
  assert.deepEqual(ids({ packageTypes: ['npm'] }), ['CVE-2']);
  assert.deepEqual(ids({ packages: ['^lib'] }), ['CVE-1']);
  assert.deepEqual(ids({ ids: ['CVE-2'] }), ['CVE-2']);
  assert.deepEqual(ids({ isExploitedOnly: true }), []);
  assert.deepEqual(ids({ epssScore: 0.5 }), ['CVE-1', 'CVE-2'], 'without an estimate it is not below');
  const filtered = compare(before, after, { severities: ['high'] });
  assert.equal(filtered.after.outcome, 'fail');
  assert.equal(filtered.after.findings.critical, 0);
  assert.deepEqual(filtered.filter, { severities: ['high'] });
});

test('compare: without a known base nothing is left out as the base’s', () => {
  const own = pkg('npm', 'x', '1', 1);
  const after = judgedOf({ packages: [own], findings: [found('CVE-2', 'high', own)] });
  assert.equal(compare(judgedOf(), after, { base: 'ignore' }).findings.introduced.length, 1);
});

test('compare: bases are the same, rebuilt, changed, or not known', () => {
  const base = (reference: string, digest: string): { lineage: Lineage } => ({
    lineage: {
      base: {
        reference,
        digest: digestOf(digest),
        aliases: [],
        method: 'annotation',
        confidence: 'likely',
        why: 'test',
      },
      unknowns: [],
    },
  });
  const trend = (a: object, b: object) => compare(judgedOf(a), judgedOf(b)).base;
  assert.equal(trend(base('debian:12', 'a'), base('debian:12', 'a')), 'same');
  assert.equal(trend(base('debian:12', 'a'), base('debian:12', 'b')), 'rebuilt');
  assert.equal(trend(base('debian:12', 'a'), base('static:12', 'b')), 'changed');
  assert.equal(trend(base('debian:12', 'a'), {}), 'unknown');
});

test('compare: the configuration’s changes are told, values of the environment are not', () => {
  const before = judgedOf({
    config: {
      user: '',
      env: ['TOKEN=secret', 'PATH=/bin'],
      labels: { version: '1' },
      exposedPorts: ['80/tcp'],
    },
  });
  const after = judgedOf({
    config: {
      user: 'app',
      env: ['TOKEN=other', 'HOME=/'],
      labels: { version: '2' },
      exposedPorts: ['80/tcp'],
    },
  });
  const { configuration } = compare(before, after);
  assert.deepEqual(configuration, [
    { name: 'User', group: 'run', before: 'root', after: 'app' },
    { name: 'Env HOME', group: 'environment', after: 'set' },
    { name: 'Env PATH', group: 'environment', before: 'set' },
    { name: 'Env TOKEN', group: 'environment', before: 'set', after: 'set otherwise' },
    { name: 'Label version', group: 'label', before: '1', after: '2' },
  ]);
  assert.doesNotMatch(JSON.stringify(configuration), /secret|other"/);
});

const anyPackage = fc
  .record({
    type: fc.constantFrom('deb' as const, 'npm' as const, 'golang' as const),
    name: fc.constantFrom('a', 'b', '__proto__', 'constructor'),
    version: fc.constantFrom('', '1', '2', 'v3'),
  })
  .map(({ type, name, version }): Package => pkg(type, name, version));
const anyImage = fc
  .array(
    fc.tuple(
      anyPackage,
      fc.array(fc.tuple(fc.constantFrom('CVE-1', 'CVE-2'), fc.constantFrom(...severities))),
    ),
    { maxLength: 6 },
  )
  .map((rows) =>
    judgedOf({
      packages: rows.map(([one]) => one),
      findings: rows.flatMap(([one, ids]) => ids.map(([id, level]) => found(id, level as Severity, one))),
    }),
  );

test('compare: whatever is compared, each CVE of either image is in exactly one list, and turning it round mirrors it', () => {
  fc.assert(
    fc.property(anyImage, anyImage, (before, after) => {
      const there = compare(before, after);
      const back = compare(after, before);
      const keys = (notes: typeof there.findings.fixed) =>
        notes.map(({ id, type, name }) => `${id} ${type} ${name}`).sort();
      assert.deepEqual(keys(there.findings.fixed), keys(back.findings.introduced));
      assert.deepEqual(keys(there.findings.introduced), keys(back.findings.fixed));
      const ids = (notes: typeof there.findings.fixed) => [...new Set(notes.map(({ id }) => id))].sort();
      assert.deepEqual(ids(there.findings.unchanged), ids(back.findings.unchanged));
      const all = [...before.matching.findings, ...after.matching.findings];
      const { introduced, fixed, unchanged } = there.findings;
      assert.deepEqual(
        [introduced, fixed, unchanged].flatMap(ids).sort(),
        [...new Set(all.map(({ id }) => id))].sort(),
      );
      const [old, now] = [there.before, there.after].map(({ findings }) =>
        severities.reduce((sum, severity) => sum + findings[severity], 0),
      ) as [number, number];
      assert.equal(now - old, ids(introduced).length - ids(fixed).length, 'the sums differ by what is told');
      assert.equal(there.packages.changes.length, back.packages.changes.length);
      assert.equal(compare(before, before).packages.changes.length, 0);
      const attached = there.packages.changes.flatMap((change) => [...change.fixed, ...change.introduced]);
      const stayed = new Set(ids(unchanged));
      assert.ok(attached.every((note) => stayed.has(note.id) || [...introduced, ...fixed].includes(note)));
    }),
  );
});

test('compare: a CVE of two packages is one, and one that moved from a package to another has stayed', () => {
  const [old, both, now] = [
    pkg('deb', 'libssl1', '1'),
    pkg('deb', 'openssl', '1'),
    pkg('deb', 'libssl3', '3'),
  ];
  const before = judgedOf({
    packages: [old, both],
    findings: [found('CVE-1', 'high', old), found('CVE-1', 'low', both), found('CVE-2', 'low', old)],
  });
  const after = judgedOf({ packages: [now], findings: [found('CVE-1', 'high', now)] });
  const { before: was, findings, packages, summary } = compare(before, after);
  assert.deepEqual([was.findings.high, was.findings.low], [1, 1]);
  assert.deepEqual(
    findings.fixed.map(({ id }) => id),
    ['CVE-2'],
  );
  assert.deepEqual([findings.introduced, findings.unchanged.map(({ name }) => name)], [[], ['libssl3']]);
  assert.match(summary, /^1 low fewer and /);
  const fixedIn = packages.changes.filter(({ fixed }) => fixed.some(({ id }) => id === 'CVE-1'));
  assert.deepEqual(
    fixedIn.map(({ name }) => name),
    ['libssl1', 'openssl'],
    'each package tells its own',
  );
});
