import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { computeScore, formatScore, type ScoredRule } from './score.ts';

const weighed: fc.Arbitrary<ScoredRule> = fc.record({
  title: fc.constant('T'),
  outcome: fc.constantFrom('pass', 'fail', 'unknown'),
  excess: fc.nat(1000),
  weight: fc.nat(100),
});
const of = (weight: number, outcome: ScoredRule['outcome'] = 'pass', excess = 0): ScoredRule => ({
  title: 'T',
  outcome,
  excess,
  weight,
});

test('score: a letter for each band, and the lower one on its boundary', () => {
  const letters = { A: [100, 91], B: [90, 71], C: [70, 51], D: [50, 31], E: [30, 11], F: [10, 1, 0] };
  for (const [letter, percents] of Object.entries(letters))
    for (const percent of percents)
      assert.equal(computeScore([of(percent), of(100 - percent, 'fail', 1)])?.grade, letter, `${percent}`);
});

test('score: what is unknown counts as not met, what weighs nothing is left out, no weight is 10', () => {
  assert.equal(computeScore([of(5), of(5, 'unknown')])?.percent, 50);
  assert.equal(computeScore([of(5), of(0, 'fail', 3)])?.percent, 100);
  assert.equal(computeScore([{ title: 'T', outcome: 'pass', excess: 0 }, of(10, 'fail', 1)])?.percent, 50);
  assert.equal(computeScore([of(0), of(0, 'fail', 1)]), undefined);
  assert.equal(computeScore([]), undefined);
});

test('score: it says what it hides', () => {
  const left = { ...of(0, 'fail', 7), title: 'Left' };
  assert.deepEqual(computeScore([of(20, 'fail', 500), of(5, 'fail', 1), of(5, 'unknown'), left])?.hides, [
    '1 rule could not be judged and counts as not met',
    '“T” is broken 500 times and would weigh the same broken once',
    '“Left” (fail) weighs 0 and is left out',
  ]);
  assert.deepEqual(computeScore([of(5), of(5, 'fail', 1)])?.hides, []);
});

test('score: from 0 to 100, all met is 100, and meeting one more rule never lowers it', () => {
  fc.assert(
    fc.property(fc.array(weighed), fc.nat(), (rules, pick) => {
      const score = computeScore(rules);
      if (score === undefined) return assert.ok(rules.every(({ weight }) => weight === 0));
      assert.ok(score.percent >= 0 && score.percent <= 100);
      const isAllMet = rules.every(({ outcome, weight }) => outcome === 'pass' || weight === 0);
      assert.equal(score.percent === 100, isAllMet);
      const better = rules.map((rule, at) =>
        at === pick % rules.length ? { ...rule, outcome: 'pass' as const } : rule,
      );
      assert.ok((computeScore(better)?.percent ?? 0) >= score.percent);
      // The flaw that `hides` names: how often a rule is broken changes nothing.
      const worse = rules.map((rule) => ({ ...rule, excess: rule.excess * 2 }));
      assert.equal(computeScore(worse)?.percent, score.percent);
    }),
  );
});

test('score: shown with its letter and at most one decimal', () => {
  const show = (met: number, not: number): string => {
    const score = computeScore([of(met), of(not, 'fail', 1)]);
    assert.ok(score !== undefined);
    return formatScore(score);
  };
  assert.deepEqual([show(25, 5), show(1, 1), show(1, 0)], ['B (83.3 %)', 'D (50 %)', 'A (100 %)']);
});
