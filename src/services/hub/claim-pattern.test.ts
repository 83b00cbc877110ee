import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findMisfit, isExact, matchesClaim } from './claim-pattern.ts';

test('a pattern is itself, and each * is any text', () => {
  for (const [pattern, text, fits] of [
    ['refs/heads/main', 'refs/heads/main', true],
    ['refs/heads/main', 'refs/heads/main2', false],
    ['refs/tags/v*', 'refs/tags/v1.2', true],
    ['refs/tags/v*', 'refs/tags/x', false],
    ['repo:acme/*:ref:*', 'repo:acme/app:ref:refs/heads/main', true],
    ['repo:acme/*:ref:*', 'repo:evil/acme/app:ref:x', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['*b*c*', 'xbxcx', true],
    ['*c*b*', 'xbxcx', false],
    ['*', '', true],
    ['', '', true],
    ['.', 'x', false],
    ['Main', 'main', false],
  ] as const)
    assert.equal(matchesClaim(pattern, text), fits, `${pattern} and ${text}`);
  assert.deepEqual([isExact('a'), isExact('a*')], [true, false]);
});

test('it answers as a regular expression would, and soon', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (one, other) => {
      const expression = new RegExp(`^${one.replaceAll('*', '[^]*')}$`);
      assert.equal(matchesClaim(one, other), expression.test(other));
    }),
  );
  assert.equal(matchesClaim('*a'.repeat(200), 'a'.repeat(500).concat('b')), false);
});

test('what does not fit is said; a missing claim, a list and an inherited name never fit', () => {
  const payload = { sub: 'job', repository_owner_id: 123, isMain: true, list: ['a'] };
  const fit = (claims: Record<string, string>, subject = 'job') => findMisfit({ subject, claims }, payload);
  assert.equal(fit({ repository_owner_id: '123', isMain: 'true' }), undefined);
  assert.equal(fit({ repository_owner_id: '12' }), 'its repository_owner_id is 123, not 12');
  assert.equal(fit({ ref: 'x' }), 'it has no ref, which has to be x');
  assert.equal(fit({ list: '*' }), 'it has no list, which has to be *');
  assert.equal(fit({ toString: '*' }), 'it has no toString, which has to be *');
  assert.equal(fit({}, 'other'), 'its sub is job, not other');
});
