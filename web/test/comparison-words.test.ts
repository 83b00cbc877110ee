// One thing has one name: the page says of an image what the terminal and the comment say of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUnjudged as isEngineUnjudged } from '../../src/engines/compare/cve.ts';
import { formatScore as formatEngineScore } from '../../src/engines/policy/score.ts';
import {
  describeJudged,
  describeOutcome,
  describeTrend,
} from '../../src/entry/cli/report/comparison-words.ts';
import {
  formatFindingChange,
  formatJudged,
  formatOutcome,
  formatScore,
  formatTrend,
  isUnjudged,
} from '../src/comparison-words.ts';

const outcomes = ['pass', 'fail', 'unknown'] as const;

test('the verdict of an image has the words of the terminal', () => {
  for (const outcome of outcomes)
    for (const unknown of [0, 1, 3]) {
      const side = { outcome, rules: { fail: outcome === 'fail' ? 2 : 0, unknown, total: 9 } };
      assert.equal(formatOutcome(side), describeOutcome(side as never));
    }
});

test('what was judged and not read has the words of the terminal', () => {
  for (const unknowns of [0, 1, 4]) {
    const side = { judged: 113, packages: 118, unknowns };
    assert.equal(formatJudged(side, 'en'), describeJudged(side as never));
  }
});

test('the score has the letters of the terminal', () => {
  for (const [grade, percent] of [
    ['A', 100],
    ['B', 83.333_333],
    ['F', 0],
  ] as const)
    assert.equal(formatScore({ grade, percent }, 'en'), formatEngineScore({ grade, percent, hides: [] }));
});

test('what is no longer judged is neither fixed nor the same', () => {
  const of = (fixed: number, introduced: number, unjudged: number) =>
    formatFindingChange({
      fixed: { cves: fixed },
      introduced: { cves: introduced },
      unjudged: { cves: unjudged },
    });
  assert.deepEqual(
    [of(0, 0, 0), of(1, 2, 0), of(0, 0, 3)],
    ['the same', '1 fixed, 2 new', '0 fixed, 0 new, 3 no longer judged'],
  );
});

test('a rule that was not met and is not known now is no better', () => {
  const state = { label: '', reason: '' };
  const trend = 'better' as const;
  const was = { ...state, outcome: 'fail' as const };
  assert.equal(formatTrend({ trend, before: was, after: { ...state, outcome: 'unknown' } }), 'not known');
  assert.equal(formatTrend({ trend, before: was, after: { ...state, outcome: 'pass' } }), 'better');
  assert.equal(formatTrend({ trend: 'same', before: was, after: was }), 'the same');
});

test('an image of which nothing was judged has no known number of CVEs; one without packages has none', () => {
  assert.deepEqual(
    [
      { judged: 0, packages: 3 },
      { judged: 0, packages: 0 },
      { judged: 1, packages: 3 },
    ].map(isUnjudged),
    [true, false, false],
  );
});

test('what nothing could judge, and how a rule moved, has the words of the terminal', () => {
  for (const [judged, packages] of [
    [0, 0],
    [0, 3],
    [2, 3],
  ] as const)
    assert.equal(isUnjudged({ judged, packages }), isEngineUnjudged({ judged, packages }));
  for (const trend of ['better', 'worse', 'same'] as const)
    for (const before of outcomes)
      for (const after of outcomes)
        assert.equal(
          formatTrend({ trend, before: { outcome: before }, after: { outcome: after } } as never),
          describeTrend(trend, before, after),
        );
});
