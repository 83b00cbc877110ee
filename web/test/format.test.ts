// Numbers, times and names as people read them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as format from '../src/format.ts';
import { formatPagePath, parsePagePath } from '../src/page-path.ts';
import { formatQueryString, parseQueryString } from '../src/query-string.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const before = (ms: number) => new Date(NOW - ms).toISOString();

test('sizes have three digits and a unit', () => {
  const cases: [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [61_200_000, '61.2 MB'],
    [999_600_000, '1 GB'],
    [4_096_000_000_000, '4.1 TB'],
  ];
  for (const [bytes, text] of cases) assert.equal(format.formatBytes(bytes, 'en'), text);
});

test('a share is 100 % or 0 % only where it is exactly that', () => {
  assert.equal(format.formatShare(207, 212, 'en'), '97.6 %');
  assert.equal(format.formatShare(99_999, 100_000, 'en'), '99.9 %');
  assert.equal(format.formatShare(1, 100_000, 'en'), '0.1 %');
  assert.equal(format.formatShare(5, 5, 'en'), '100 %');
  assert.equal(format.formatShare(0, 5, 'en'), '0 %');
  assert.equal(format.formatShare(0, 0, 'en'), 'none');
});

test('times are told from now', () => {
  assert.equal(format.formatRelative(before(10_000), NOW), 'just now');
  assert.equal(format.formatRelative(before(4 * 60_000), NOW), '4 minutes ago');
  assert.equal(format.formatRelative(before(2 * 3_600_000), NOW), '2 hours ago');
  assert.equal(format.formatRelative(before(format.DAY_MS), NOW), 'yesterday');
  assert.equal(format.formatRelative(before(94 * format.DAY_MS), NOW), '3 months ago');
  assert.equal(format.formatRelative('nonsense', NOW), 'at an unknown time');
});

test('advisories are stale after a week, and so is a time that cannot be read', () => {
  assert.equal(format.isStale(before(7 * format.DAY_MS), NOW), false);
  assert.equal(format.isStale(before(9 * format.DAY_MS), NOW), true);
  assert.equal(format.isStale('nonsense', NOW), true);
  assert.equal(format.formatAge(before(9 * format.DAY_MS), NOW), '9 days');
});

test('digests are short for the eye', () => {
  assert.equal(format.formatDigest(`sha256:7c1e${'0'.repeat(56)}40b9`), 'sha256:7c1e…40b9');
  assert.equal(format.formatReference('1.4.0'), ':1.4.0');
});

test('a shell word is quoted where it must be', () => {
  assert.equal(format.formatWord('linux/amd64'), 'linux/amd64');
  assert.equal(format.formatWord("it's"), "'it'\\''s'");
});

test('page addresses are read back as written', () => {
  for (const path of ['a/b', 'a/b/-/1.0', 'a/b/c/-/sha256:00/packages', 'one/-/x/configuration']) {
    const parsed = parsePagePath(path);
    assert.notEqual(parsed.kind, 'none');
    if (parsed.kind !== 'none') assert.equal(formatPagePath(parsed), path);
  }
  for (const path of ['', '-/1.0', 'a/-', 'a/-/1/nothing', 'a/-/1/fix/more'])
    assert.equal(parsePagePath(path).kind, 'none');
});

test('query strings are plain text', () => {
  assert.deepEqual(parseQueryString('?q=1&q=2&platform=linux%2Famd64'), { q: '1', platform: 'linux/amd64' });
  assert.equal(formatQueryString({ q: '1', sort: undefined, type: '' }), '?q=1');
  assert.equal(formatQueryString({}), '');
});
