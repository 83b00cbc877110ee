// One thing has one name: the page says of an image what the terminal and the comment say of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatScore as formatEngineScore } from '../../src/engines/policy/score.ts';
import { describeJudged, describeOutcome } from '../../src/entry/cli/report/comparison-words.ts';
import { formatJudged, formatOutcome, formatScore } from '../src/comparison-words.ts';

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
