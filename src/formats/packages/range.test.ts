import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { judgeRanges, type RangeEvent } from './range.ts';

function judge(version: string, ...ranges: RangeEvent[][]) {
  return judgeRanges('semver', version, { ranges: ranges.map((events) => ({ events })), versions: [] });
}

test('range: below the fix is affected, with the comparison and the fix', () => {
  const affected = {
    ranges: [{ events: [{ introduced: '0' }, { fixed: '2.36-9+deb12u7' }] }],
    versions: [],
  };
  assert.deepEqual(judgeRanges('deb', '2.36-9+deb12u3', affected), {
    kind: 'affected',
    comparison: '2.36-9+deb12u3 < 2.36-9+deb12u7 (deb)',
    fixedVersion: '2.36-9+deb12u7',
  });
  assert.deepEqual(judgeRanges('deb', '2.36-9+deb12u7', affected), {
    kind: 'not-affected',
    comparison: '2.36-9+deb12u7 >= 2.36-9+deb12u7 (deb)',
  });
});

test('range: unsorted events are sorted, branches each have their fix', () => {
  const events: RangeEvent[] = [
    { fixed: '2.0.5' },
    { introduced: '2.0.0' },
    { fixed: '1.2.3' },
    { introduced: '0' },
  ];
  assert.deepEqual(judge('1.0.0', events), {
    kind: 'affected',
    comparison: '1.0.0 < 1.2.3 (semver)',
    fixedVersion: '1.2.3',
  });
  assert.equal(judge('1.5.0', events).kind, 'not-affected');
  assert.equal((judge('1.5.0', events) as { comparison: string }).comparison, '1.5.0 >= 1.2.3 (semver)');
  assert.equal((judge('2.0.0', events) as { fixedVersion: string }).fixedVersion, '2.0.5');
  assert.equal(judge('2.0.5', events).kind, 'not-affected');
});

test('range: the fix is free of every other range', () => {
  const answer = judge(
    '1.1.0',
    [{ introduced: '0' }, { fixed: '1.2.0' }],
    [{ introduced: '1.0.0' }, { fixed: '1.3.0' }],
  );
  assert.deepEqual(answer, { kind: 'affected', comparison: '1.1.0 < 1.3.0 (semver)', fixedVersion: '1.3.0' });
});

test('range: a branch without a fix in a later one that has', () => {
  const answer = judge('3.0.0', [{ introduced: '3.0.0' }]);
  assert.deepEqual(answer, { kind: 'affected', comparison: '3.0.0 >= 3.0.0 (semver)' });
  assert.deepEqual(judge('3.0.0', [{ introduced: '0' }]), {
    kind: 'affected',
    comparison: 'every version is affected (semver)',
  });
});

test('range: last_affected includes itself and names no fix', () => {
  const events: RangeEvent[] = [{ introduced: '1.0.0' }, { last_affected: '1.4.0' }];
  assert.deepEqual(judge('1.4.0', events), { kind: 'affected', comparison: '1.4.0 <= 1.4.0 (semver)' });
  assert.deepEqual(judge('1.4.1', events), { kind: 'not-affected', comparison: '1.4.1 > 1.4.0 (semver)' });
  assert.deepEqual(judge('0.9.0', events), { kind: 'not-affected', comparison: '0.9.0 < 1.0.0 (semver)' });
});

test('range: a limit ends it, a star does not', () => {
  assert.equal(judge('1.9.0', [{ introduced: '1.0.0' }, { limit: '2.0.0' }]).kind, 'affected');
  assert.equal(judge('2.0.0', [{ introduced: '1.0.0' }, { limit: '2.0.0' }]).kind, 'not-affected');
  assert.equal(judge('2.0.0', [{ introduced: '1.0.0' }, { limit: '*' }]).kind, 'affected');
});

test('range: equal bounds: nothing lies between introduced and fixed, nothing is lost between fixed and introduced', () => {
  assert.equal(judge('1.0.0', [{ introduced: '1.0.0' }, { fixed: '1.0.0' }]).kind, 'not-affected');
  const touching: RangeEvent[] = [
    { introduced: '0' },
    { fixed: '1.0.0' },
    { introduced: '1.0.0' },
    { fixed: '2.0.0' },
  ];
  assert.equal(judge('1.0.0', touching).kind, 'affected');
});

test('range: what cannot be compared is neither affected nor clean', () => {
  const events: RangeEvent[] = [{ introduced: '0' }, { fixed: '1.2.3' }];
  for (const version of ['', '(devel)', '1.2.3.4'])
    assert.equal(judge(version, events).kind, 'incomparable', version);
  assert.equal(judge('1.0.0', [{ introduced: '0' }, { fixed: 'soon' }]).kind, 'incomparable');
  assert.equal(judge('1.0.0', [{ introduced: '0' }, { limit: 'soon' }]).kind, 'incomparable');
  // One range that certainly holds it is enough.
  assert.equal(judge('1.0.0', [{ introduced: '0' }, { fixed: 'soon' }], events).kind, 'affected');
});

test('range: listed versions, also in another spelling', () => {
  const affected = {
    ranges: [{ events: [{ introduced: '5.0.0' }, { fixed: '5.1.0' }] }],
    versions: ['v1.2.3', 'odd one'],
  };
  assert.deepEqual(judgeRanges('semver', '1.2.3', affected), {
    kind: 'affected',
    comparison: '1.2.3 is listed as affected',
    fixedVersion: '5.1.0',
  });
  assert.equal(judgeRanges('semver', 'odd one', affected).kind, 'affected');
  assert.equal(judgeRanges('semver', '1.2.4', affected).kind, 'not-affected');
});

test('range: an empty record affects nothing', () => {
  assert.deepEqual(judgeRanges('apk', '1.0-r0', { ranges: [], versions: [] }), {
    kind: 'not-affected',
    comparison: '1.0-r0 is in no affected range (apk)',
  });
});

test('range: the order of disjoint events does not matter, and a named fix is never itself affected', () => {
  const bounds = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(bounds, fc.integer({ min: 0, max: 31 }), fc.boolean(), (numbers, at, reverse) => {
      const sorted = numbers.toSorted((a, b) => a - b);
      const events = sorted.map(
        (n, i): RangeEvent => (i % 2 === 0 ? { introduced: `${n}.0.0` } : { fixed: `${n}.0.0` }),
      );
      const answer = judge(`${at}.0.0`, reverse ? events.toReversed() : events);
      const expected = sorted.filter((n) => n <= at).length % 2 === 1;
      assert.equal(answer.kind, expected ? 'affected' : 'not-affected');
      if (answer.kind === 'affected' && answer.fixedVersion !== undefined) {
        assert.equal(judge(answer.fixedVersion, events).kind, 'not-affected');
      }
    }),
  );
});

test('range: Python versions, legacy ones among the listed included', () => {
  const affected = {
    ranges: [{ events: [{ introduced: '0' }, { fixed: '2.11.3' }] }],
    versions: ['2004d', '2.11', '2.11rc1'],
  };
  assert.deepEqual(judgeRanges('pep440', '2.11.0', affected), {
    kind: 'affected',
    comparison: '2.11.0 is listed as affected',
    fixedVersion: '2.11.3',
  });
  assert.equal(judgeRanges('pep440', '2.11.3rc1', affected).kind, 'affected');
  assert.equal(judgeRanges('pep440', '2.11.3.post1', affected).kind, 'not-affected');
  assert.equal(judgeRanges('pep440', '2004d', affected).kind, 'affected');
  assert.equal(judgeRanges('pep440', '2004e', affected).kind, 'incomparable');
});
