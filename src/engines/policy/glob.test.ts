import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { matchesGlob } from './glob.ts';

test('glob: a star is any run, everything else is itself', () => {
  const cases: readonly [string, string, boolean][] = [
    ['docker.io/library/node:22-slim', 'docker.io/library/node:*-slim', true],
    ['docker.io/library/node:22', 'docker.io/library/node:*-slim', false],
    ['docker.io/library/node:22', 'docker.io/*', true],
    ['evil.example/docker.io/library/node', 'docker.io/*', false],
    ['docker.io/library/node', 'docker.io/library/nod', false],
    ['docker-io', 'docker.io', false],
    ['', '*', true],
    ['a', 'a*a', false],
    ['abcbd', 'a*b*bd', true],
    ['abd', 'a*b*bd', false],
    ['x', '**', true],
  ];
  for (const [text, pattern, expected] of cases)
    assert.equal(matchesGlob(text, pattern), expected, `${text} ~ ${pattern}`);
});

test('glob: it says what a regular expression of the same meaning says', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 });
  fc.assert(
    fc.property(letters, letters, (text, pattern) => {
      const same = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^]*')}$`);
      assert.equal(matchesGlob(text, pattern), same.test(text));
    }),
  );
});
