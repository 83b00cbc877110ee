import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { severities } from './record.ts';
import { rateSeverity, rateVector, rateWord } from './severity.ts';

test('severity: vectors of each CVSS version', () => {
  const cases = [
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', 9.3, 'critical'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 9.8, 'critical'],
    ['CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:L', 5.6, 'medium'],
    ['CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N', 0, 'negligible'],
    ['AV:N/AC:L/Au:N/C:C/I:C/A:C', 10, 'high'],
    ['AV:L/AC:H/Au:N/C:N/I:N/A:P', 1.2, 'low'],
  ] as const;
  for (const [vector, score, level] of cases) {
    assert.deepEqual(rateVector(vector), { level, score, vector, by: 'cvss' });
  }
});

test('severity: a vector that lacks a metric, or is none, is no rating, never harmless, and not printed', (t) => {
  const warn = t.mock.method(console, 'warn', () => {});
  for (const text of [
    'CVSS:3.1/AV:N',
    'CVSS:3.1/AV:Q/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:L',
    'CVSS:4.0/AV:N',
    'AV:N/AC:L',
    '9.8',
    '',
    `CVSS:3.1/${'AV:N/'.repeat(1000)}`,
  ]) {
    assert.equal(rateVector(text), undefined, text.slice(0, 40));
  }
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('CVSS:3.1', '/', 'AV:N', 'AC:L', 'x', ':') }), (text) => {
      const rating = rateVector(text);
      assert.ok(rating === undefined || severities.includes(rating.level));
    }),
  );
  assert.equal(warn.mock.callCount(), 0);
});

test('severity: the newest CVSS version decides, then the word, else it is unknown', () => {
  const v2 = { type: 'CVSS_V2', score: 'AV:L/AC:H/Au:N/C:N/I:N/A:P' };
  const v3 = { type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' };
  assert.equal(rateSeverity([v2, v3], 'LOW', 'x').level, 'critical');
  assert.deepEqual(rateSeverity([{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N' }], 'MODERATE', 'osv-npm'), {
    level: 'medium',
    by: 'osv-npm',
  });
  assert.deepEqual(rateSeverity([], undefined, 'osv-go'), { level: 'unknown', by: 'osv-go' });
  assert.deepEqual(
    ['unimportant', 'not yet assigned', 'High', 'end-of-life'].map((word) => rateWord(word)),
    ['negligible', 'unknown', 'high', 'unknown'],
  );
});
