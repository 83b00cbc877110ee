import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { dualReportFormat, listChanges, parseDualReport } from './dual-report.ts';
import { dctErrors } from './errors.ts';

function report(tags: readonly object[], place = 'registry.example.org/team/app') {
  return Buffer.from(
    JSON.stringify({
      format: dualReportFormat,
      repository: 'docker.io/team/app',
      place,
      comparedAt: '2026-11-21T00:00:00.000Z',
      tags,
    }),
  );
}

const row = (tag: string, agreement: string, digest?: string) => ({ tag, agreement, new: { digest } });

test('dct compare: what changed between two runs, and nothing else', () => {
  const before = parseDualReport(
    report([row('a', 'lost', 'x'), row('b', 'same', 'y'), row('c', 'same', 'z')]),
  );
  const after = parseDualReport(report([row('a', 'same', 'x'), row('b', 'same', 'y'), row('d', 'unknown')]));
  assert.deepEqual(listChanges(before, after), [
    { tag: 'a', from: { agreement: 'lost', digest: 'x' }, to: { agreement: 'same', digest: 'x' } },
    { tag: 'c', from: { agreement: 'same', digest: 'z' } },
    { tag: 'd', to: { agreement: 'unknown' } },
  ]);
  assert.deepEqual(listChanges(before, before), []);
  assert.throws(() => listChanges(before, parseDualReport(report([], 'elsewhere.example.org/x'))), {
    code: 'dct.report_invalid',
  });
});

test('dct compare: what is no earlier comparison is refused by one code, and nothing hangs', () => {
  for (const bytes of [
    Buffer.from('{}'),
    report([{ tag: 'a' }]),
    report([row('a', 'fine')]),
    report([{ agreement: 'same' }]),
  ])
    assert.throws(() => parseDualReport(bytes), { code: dctErrors.report_invalid.code });
  const only = (bytes: Uint8Array): void => {
    try {
      parseDualReport(bytes);
    } catch (error) {
      if (!isPlimsollError(error, { code: dctErrors.report_invalid.code })) throw error;
    }
  };
  fc.assert(fc.property(fc.uint8Array(), only));
  fc.assert(fc.property(fc.json(), (text) => only(Buffer.from(text))));
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), (tags) => only(report(tags as unknown as readonly object[]))),
  );
});
