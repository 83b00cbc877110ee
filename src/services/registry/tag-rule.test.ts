import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../kit/limits.ts';
import { registryErrors } from './errors.ts';
import { checkTagPatterns, formatTagRule, isImmutable, parseTagRule, releaseTags } from './tag-rule.ts';

test('tag rule: full releases stay by default, everything else moves', () => {
  for (const tag of ['1.2.3', 'v1.2.3', '0.0.0', 'v10.20.30', '2026.11.21'])
    assert.ok(isImmutable(releaseTags, tag), tag);
  for (const tag of [
    'latest',
    '1',
    '1.2',
    'v1.2',
    '1.2.3-rc.1',
    '1.2.3_build',
    'V1.2.3',
    'v.1.2.3',
    '1..3',
    '1.2.3.4',
    'x1.2.3',
  ])
    assert.ok(!isImmutable(releaseTags, tag), tag);
});

test('tag rule: stars, marks and numbers', () => {
  const cases: readonly [string, string, boolean][] = [
    ['*', 'anything', true],
    ['release-*', 'release-', true],
    ['release-*', 'releases', false],
    ['*-final', '1.2-final', true],
    ['*-final', '1.2-finale', false],
    ['v?', 'v1', true],
    ['v?', 'v', false],
    ['#', '0123', true],
    ['#', '', false],
    ['#', '12a', false],
    ['#*#', '1x2', true],
    ['#?#', '123', true],
    ['20##', '2026', true],
    ['a.b', 'a.b', true],
    ['a.b', 'axb', false],
  ];
  for (const [pattern, tag, wanted] of cases)
    assert.equal(isImmutable([pattern], tag), wanted, `${pattern} ${tag}`);
  assert.ok(!isImmutable([], '1.2.3'));
});

test('tag rule: signatures and lists of referrers move whatever the rule says', () => {
  const hex = 'a'.repeat(64);
  for (const tag of [`sha256-${hex}`, `sha256-${hex}.sig`, `sha256-${hex}.att`, `sha512-${hex}`])
    assert.ok(!isImmutable(['*'], tag), tag);
});

test('tag rule: the pattern means what the same regular expression means, and none is slow', () => {
  const spelling: Readonly<Record<string, string>> = {
    '*': '.*',
    '?': '.',
    '#': '[0-9]+',
    '.': '\\.',
    '-': '-',
  };
  const character = fc.constantFrom('*', '?', '#', '.', '-', 'a', '1', '2');
  const pattern = fc.array(character, { minLength: 1, maxLength: 8 }).map((all) => all.join(''));
  const tag = fc
    .array(fc.constantFrom('a', '1', '2', '.', '-'), { minLength: 1, maxLength: 12 })
    .map((all) => all.join(''));
  fc.assert(
    fc.property(pattern, tag, (one, text) => {
      const regular = new RegExp(`^${[...one].map((token) => spelling[token] ?? token).join('')}$`);
      assert.equal(isImmutable([one], text), regular.test(text));
    }),
    { numRuns: 1_000 },
  );
  const worst = Array.from({ length: limits.tagPatterns }, () => '*#'.repeat(64));
  assert.ok(!isImmutable(worst, `${'1'.repeat(limits.tagChars - 1)}x`));
});

test('tag rule: patterns are checked, and kept as they are', () => {
  const invalid = { code: registryErrors.tag_pattern_invalid.code };
  for (const bad of ['', '^v.*$', 'a b', '1.2.3+build', 'x'.repeat(129)])
    assert.throws(() => checkTagPatterns([bad]), invalid, bad);
  checkTagPatterns(Array.from({ length: limits.tagPatterns }, () => 'x'.repeat(128)));
  assert.throws(() => checkTagPatterns(Array.from({ length: limits.tagPatterns + 1 }, () => '*')), invalid);
  assert.deepEqual(parseTagRule(formatTagRule(['v#'])), ['v#']);
  assert.deepEqual(parseTagRule(formatTagRule([])), []);
  assert.deepEqual(parseTagRule(formatTagRule(null)), releaseTags);
  for (const text of ['', '[]', '{"patterns":1}']) assert.deepEqual(parseTagRule(text), releaseTags);
});
