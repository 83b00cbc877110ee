import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeFinding, makePackage, makeReport } from '../../../../test/world/report.ts';
import type { ImageReport } from '../../../services/hub/report.ts';
import * as contract from '../contract.ts';
import { shapeLineage } from './lineage-shape.ts';
import { shapeReport } from './report-shape.ts';

test('a report becomes what the contract says, with its sums', () => {
  const shaped = shapeReport(makeReport(), new Map());
  const whole = { ...shaped, ...shapeLineage({ unknowns: [] }) };
  assert.deepEqual(contract.imageReport.parse(whole), whole, 'nothing is missing and nothing more is told');
  assert.deepEqual(shaped.totals, {
    packages: 3,
    findings: 2,
    severities: { critical: 1, high: 0, medium: 0, low: 1, negligible: 0, unknown: 0 },
    fixable: 1,
    files: 40,
    unpackedBytes: 3_000_000,
  });
  assert.equal(shaped.coverage.gapTotal, 1);
  assert.deepEqual(shaped.unknowns, [{ where: 'opt/broken.bin', why: 'the ELF sections overlap' }]);
  assert.deepEqual([shaped.layers[0]?.packages, shaped.layers[0]?.findings], [3, 2]);
});

test('long lists are cut, their totals are not', () => {
  const report = makeReport();
  const pkg = makePackage('expat', '2.5.0-1');
  const findings = Array.from({ length: 60 }, (_, at) => makeFinding(`CVE-2026-${at}`, 'high', pkg, '3'));
  const gaps = Array.from({ length: 250 }, (_, at) => ({
    purl: `pkg:deb/p${at}`,
    name: `p${at}`,
    version: '1',
    why: 'no feed',
  }));
  const [group] = report.fixes;
  const long: ImageReport = {
    ...report,
    matching: { findings, coverage: { ...report.matching.coverage, gaps } },
    fixes: group === undefined ? [] : [{ ...group, findings }],
  };
  const shaped = shapeReport(long, new Map());
  assert.deepEqual([shaped.fixes[0]?.findings.length, shaped.fixes[0]?.total], [50, 60]);
  assert.equal(shaped.fixes[0]?.severities.high, 60);
  assert.deepEqual([shaped.coverage.gaps.length, shaped.coverage.gapTotal], [200, 250]);
});

test('a feed shows when it was last refreshed, also where that changed nothing for this image', () => {
  const report = makeReport();
  const later = Date.parse('2026-06-01T00:00:00Z');
  const at = (times: ReadonlyMap<string, number>) =>
    shapeReport(report, times).coverage.feeds[0]?.refreshedAt;
  assert.equal(at(new Map([['debian', later]])), '2026-06-01T00:00:00.000Z');
  assert.equal(at(new Map()), '2026-01-01T00:00:00.000Z', 'the report’s own where the feed is gone');
});

test('layers get the steps of the history that made them, empty steps left out', () => {
  const report = makeReport();
  const [layer] = report.inventory.layers;
  assert.ok(layer);
  const history = [
    { createdBy: 'ADD rootfs', emptyLayer: false },
    { createdBy: 'ENV A=1', emptyLayer: true },
    { createdBy: 'RUN make', emptyLayer: false },
  ];
  const layered: ImageReport = {
    ...report,
    subject: { ...report.subject, config: { ...report.subject.config, history } },
    inventory: { ...report.inventory, layers: [0, 1, 2].map((position) => ({ ...layer, position })) },
  };
  assert.deepEqual(
    shapeReport(layered, new Map()).layers.map(({ createdBy }) => createdBy),
    ['ADD rootfs', 'RUN make', undefined],
  );
});

test('a distribution is told as far as it is known, or not at all', () => {
  const report = makeReport();
  const of = (inventory: ImageReport['inventory']) =>
    shapeReport({ ...report, inventory }, new Map()).distribution;
  assert.deepEqual(of({ ...report.inventory, distribution: { id: 'wolfi' } }), { id: 'wolfi' });
  const { distribution: _, ...none } = report.inventory;
  assert.equal(of(none), undefined);
});
