import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { computeLoadLine, LINE, type LoadLineRule, weighFindings } from './load-line.ts';

const count = fc.oneof(fc.nat(30), fc.nat(), fc.constant(Number.MAX_VALUE));
const rule: fc.Arbitrary<LoadLineRule> = fc.oneof(
  fc.constant({ outcome: 'pass', excess: 0, unjudged: 0 } as const),
  count.map((unjudged) => ({ outcome: 'unknown', excess: 0, unjudged: unjudged + 1 }) as const),
  fc
    .tuple(count, count)
    .map(([excess, unjudged]) => ({ outcome: 'fail', excess: excess + 1, unjudged }) as const),
);
const ruleList = fc.array(rule, { maxLength: 8 });

test('load line: it passes exactly when water and band stay under the line, and that is when all rules do', () => {
  fc.assert(
    fc.property(ruleList, count, (list, lesser) => {
      const { water, band, outcome } = computeLoadLine(list, lesser);
      assert.equal(outcome === 'pass', water < LINE && band < LINE);
      assert.equal(outcome === 'fail', water > LINE);
      assert.equal(outcome === 'unknown', water < LINE && band > LINE);
      const outcomes = list.map((one) => one.outcome);
      const expected = outcomes.includes('fail') ? 'fail' : outcomes.includes('unknown') ? 'unknown' : 'pass';
      assert.equal(outcome, expected);
    }),
  );
});

test('load line: a worse image never floats lower', () => {
  fc.assert(
    fc.property(ruleList, rule, count, count, fc.nat(7), (list, other, lesser, more, at) => {
      const before = computeLoadLine(list, lesser);
      const worse = [
        computeLoadLine(list, lesser + more),
        computeLoadLine([...list, other], lesser),
        computeLoadLine(
          list.map((one, index) => (index === at ? { ...one, unjudged: one.unjudged + more } : one)),
          lesser,
        ),
        computeLoadLine(
          list.map((one, index) =>
            index === at ? { ...one, outcome: 'fail', excess: one.excess + more } : one,
          ),
          lesser,
        ),
      ];
      for (const after of worse) {
        assert.ok(after.water >= before.water, `${after.water} < ${before.water}`);
        assert.ok(after.band >= before.band, `${after.band} < ${before.band}`);
      }
    }),
  );
});

test('load line: whatever goes in, water and band are numbers from 0 to 1 and the band holds the water', () => {
  const any = fc.oneof(count, fc.double(), fc.constant(undefined as unknown as number));
  const anyRule = fc.record({
    outcome: fc.constantFrom('pass' as const, 'fail' as const, 'unknown' as const),
    excess: any,
    unjudged: any,
  });
  fc.assert(
    fc.property(fc.array(anyRule), any, (list, lesser) => {
      const { water, band, outcome } = computeLoadLine(list, lesser);
      for (const value of [water, band]) assert.ok(value >= 0 && value <= 1, `${value}`);
      assert.ok(band >= water);
      if (list.some((one) => one.outcome === 'fail')) assert.equal(outcome, 'fail');
      else if (list.some((one) => one.outcome === 'unknown')) assert.equal(outcome, 'unknown');
    }),
  );
});

test('load line: a severity outweighs the lesser ones, and an unknown one is not nothing', () => {
  const weigh = (severity: Parameters<typeof weighFindings>[0][number]['severity']) =>
    weighFindings([{ severity }]);
  assert.ok(weigh('critical') > weigh('high') && weigh('high') > weigh('medium'));
  assert.ok(weigh('medium') > weigh('low') && weigh('low') > weigh('negligible') && weigh('negligible') > 0);
  assert.equal(weigh('unknown'), weigh('medium'));
  assert.equal(weighFindings([{ severity: 'high' }, { severity: 'low' }]), 5);
});

test('load line: the values that the reference page shows', () => {
  const page = readFileSync(new URL('../../../docs/reference/load-line.md', import.meta.url), 'utf8');
  const shown = [...page.matchAll(/^\| .+ \| ([\d.]+) +\| ([\d.]+) +\| (pass|fail|unknown) +\|$/gm)];
  const fails = (excess: number, unjudged = 0): LoadLineRule => ({ outcome: 'fail', excess, unjudged });
  const computed = [
    computeLoadLine([], 0),
    computeLoadLine([], weighFindings(Array.from({ length: 25 }, () => ({ severity: 'medium' as const })))),
    computeLoadLine([fails(1)], 0),
    computeLoadLine([fails(8)], 0),
    computeLoadLine([{ outcome: 'unknown', excess: 0, unjudged: 20 }], 0),
    computeLoadLine([fails(8, 20)], 0),
  ];
  const round = (value: number): string => `${Math.round(value * 1000) / 1000}`;
  assert.deepEqual(
    shown.map((row) => row.slice(1)),
    computed.map(({ water, band, outcome }) => [round(water), round(band), outcome]),
  );
});
