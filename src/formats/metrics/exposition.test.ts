import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMetrics } from './exposition.ts';

test('metrics: help, kind and a line for each value, with labels escaped; nothing of one without values', () => {
  const text = formatMetrics([
    { name: 'a_total', kind: 'counter', help: 'One \\ two\nthree.', samples: [{ value: 3 }] },
    { name: 'none', kind: 'gauge', help: 'Nothing.', samples: [] },
    {
      name: 'b_bytes',
      kind: 'gauge',
      help: 'Bytes.',
      samples: [
        { labels: { state: 'r"e\\a\nd', kind: 'x' }, value: 0.5 },
        { labels: {}, value: 9_007_199_254_740_991 },
      ],
    },
  ]);
  assert.equal(
    text,
    [
      '# HELP a_total One \\\\ two\\nthree.',
      '# TYPE a_total counter',
      'a_total 3',
      '# HELP b_bytes Bytes.',
      '# TYPE b_bytes gauge',
      'b_bytes{state="r\\"e\\\\a\\nd",kind="x"} 0.5',
      'b_bytes 9007199254740991',
      '',
    ].join('\n'),
  );
});
