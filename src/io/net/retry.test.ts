import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs, isRetryStatus, parseRetryAfter, usualRetryPlan } from './retry.ts';

const now = Date.parse('2026-03-01T12:00:00Z');

test('Retry-After in seconds, as a date, in the past, and unreadable', () => {
  assert.equal(parseRetryAfter('7', now), 7_000);
  assert.equal(parseRetryAfter('Sun, 01 Mar 2026 12:00:30 GMT', now), 30_000);
  assert.equal(parseRetryAfter('Sun, 01 Mar 2026 11:00:00 GMT', now), 0);
  for (const header of [undefined, '', 'soon', '-1', '1e9', '99999999999'])
    assert.equal(parseRetryAfter(header, now), undefined);
});

test('pauses double up to their bound and are scattered over it', () => {
  const fixed = (byte: number) => ({ uuid: () => '', bytes: (n: number) => new Uint8Array(n).fill(byte) });
  const longest = [1, 2, 3, 9].map((attempt) => backoffMs(attempt, usualRetryPlan, fixed(255)));
  assert.deepEqual(longest, [500, 1000, 2000, 60_000]);
  assert.equal(backoffMs(3, usualRetryPlan, fixed(0)), 0);
  assert.equal(backoffMs(3, usualRetryPlan, fixed(128)), 1004);
});

test('only statuses that may pass are asked again', () => {
  assert.deepEqual([408, 429, 500, 502, 503, 504].filter(isRetryStatus).length, 6);
  assert.deepEqual([200, 304, 400, 401, 403, 404, 501, 505].filter(isRetryStatus), []);
});
