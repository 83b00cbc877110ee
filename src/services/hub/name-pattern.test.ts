import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isNamePattern, matchesPattern } from './name-pattern.ts';

test('name pattern: a star stays within its part, two cross parts', () => {
  for (const [pattern, name, matches] of [
    ['team/app', 'team/app', true],
    ['team/app', 'team/apps', false],
    ['team/*', 'team/app', true],
    ['team/*', 'team/deep/app', false],
    ['team/**', 'team/deep/app', true],
    ['**', 'anything/at/all', true],
    ['*', 'bare', true],
    ['*', 'a/b', false],
    ['**/app', 'a/b/app', true],
    ['**/app', 'a/b/apple', false],
    ['*-api/*', 'my-api/x', true],
    ['a.b', 'axb', false],
  ] as const)
    assert.equal(matchesPattern(pattern, name), matches, `${pattern} ${name}`);
});

test('name pattern: what is none is refused', () => {
  for (const text of ['', 'Team/*', 'a***', 'a b', 'a?', 'x'.repeat(256)])
    assert.equal(isNamePattern(text), false, text);
  assert.equal(isNamePattern('team/**'), true);
});

test('name pattern: the same as a regular expression says, and many stars do not hang', () => {
  const part = fc.constantFrom('a', 'b', '/', '*', '**');
  const pattern = fc.array(part, { maxLength: 8 }).map((parts) => parts.join('').replace(/\*{3,}/g, '**'));
  const name = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 10 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(pattern, name, (glob, text) => {
      const source = glob.replace(/\*\*|\*/g, (star) => (star === '**' ? '.*' : '[^/]*'));
      assert.equal(matchesPattern(glob, text), new RegExp(`^${source}$`).test(text), `${glob} ${text}`);
    }),
  );
  assert.equal(matchesPattern('*a'.repeat(120), `${'a'.repeat(254)}b`), false);
});
