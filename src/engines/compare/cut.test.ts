import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../formats/oci/digest.ts';
import { found, judgedOf, pkg } from './compare.fixture.ts';
import { compareImages } from './compare.ts';
import { cutComparison } from './cut.ts';

const BOUNDS = { packages: 2, findings: 1, notes: 1, gaps: 1, configuration: 1 };

const openssl = pkg('deb', 'openssl', '1');
const others = ['a', 'b', 'c'].map((name) => pkg('deb', name, '1'));
const comparison = compareImages(
  judgedOf({ name: 'app:1' }),
  judgedOf({
    name: 'app:2',
    packages: [openssl, ...others],
    findings: [found('CVE-1', 'critical', openssl), found('CVE-2', 'high', openssl)],
    gaps: ['a', 'b'],
    config: { labels: { one: '1', two: '2' } },
    lineage: {
      base: {
        reference: 'secret/base:1',
        aliases: [],
        digest: digestOf('base'),
        method: 'layers',
        confidence: 'certain',
        why: 'its layers are the lowest',
      },
      unknowns: [],
    },
  }),
  { now: 0 },
);

test('cut: each list is cut, and says how long it was', () => {
  const cut = cutComparison(comparison, BOUNDS);
  const { changes, added, removed, changed } = cut.packages;
  assert.deepEqual([changes.rows.length, changes.total, added, removed, changed], [2, 4, 4, 0, 0]);
  assert.deepEqual([changes.rows[0]?.name, changes.rows[0]?.introduced.total], ['openssl', 2]);
  assert.equal(changes.rows[0]?.introduced.rows.length, 1);
  assert.deepEqual([cut.findings.introduced.rows.length, cut.findings.introduced.total], [1, 2]);
  assert.deepEqual([cut.newGaps.rows.length, cut.newGaps.total], [1, 2]);
  assert.deepEqual([cut.configuration.rows.length, cut.configuration.total], [1, 2]);
  assert.equal(cut.summary, comparison.summary);
});

test('cut: what is no longer judged is told too', () => {
  const before = judgedOf({
    name: 'app:1',
    packages: [openssl],
    findings: [found('CVE-1', 'critical', openssl), found('CVE-2', 'high', openssl)],
  });
  const after = judgedOf({ name: 'app:2', packages: [openssl], gaps: ['openssl'] });
  const { findings } = cutComparison(compareImages(before, after, { now: 0 }), BOUNDS);
  assert.deepEqual(findings.fixed, { rows: [], total: 0, cves: 0 });
  assert.deepEqual([findings.unjudged.rows.map(({ id }) => id), findings.unjudged.total], [['CVE-1'], 2]);
});

test('cut: the base of an image is not told', () => {
  assert.equal(comparison.after.base?.reference, 'secret/base:1');
  assert.doesNotMatch(JSON.stringify(cutComparison(comparison, BOUNDS)), /secret/);
});
