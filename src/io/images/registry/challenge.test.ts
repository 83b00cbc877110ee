import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseChallenges } from './challenge.ts';

const plain = (header: string | undefined) =>
  parseChallenges(header).map(({ scheme, parameters }) => ({ scheme, ...Object.fromEntries(parameters) }));

test('what registries send', () => {
  assert.deepEqual(
    plain(
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
    ),
    [
      {
        scheme: 'bearer',
        realm: 'https://auth.docker.io/token',
        service: 'registry.docker.io',
        scope: 'repository:a/b:pull,push',
      },
    ],
  );
  assert.deepEqual(plain('BASIC realm=simple'), [{ scheme: 'basic', realm: 'simple' }]);
});

test('several challenges, escapes, odd spacing, token68 and repeated names', () => {
  assert.deepEqual(
    plain('Negotiate dG9r==, Basic realm="a \\"b\\", c" , Bearer realm = "r",realm="second"'),
    [{ scheme: 'negotiate' }, { scheme: 'basic', realm: 'a "b", c' }, { scheme: 'bearer', realm: 'r' }],
  );
});

test('nothing, nonsense, and a quote that never ends', () => {
  assert.deepEqual(plain(undefined), []);
  assert.deepEqual(plain('"'), []);
  assert.deepEqual(plain('Bearer realm="open'), [{ scheme: 'bearer', realm: '' }]);
});

test('any text is read without a throw, and schemes are tokens', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'aB=,"\\ \t\n;Bearer'), maxLength: 200 }), (text) => {
      for (const { scheme } of parseChallenges(text)) assert.match(scheme, /^[!-~]+$/);
    }),
  );
});
