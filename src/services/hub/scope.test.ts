import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { formatAccessEntry, formatScope, isCovered, parseScope, parseScopes, readScope } from './scope.ts';

test('scopes of the grammar are read', () => {
  assert.deepEqual(parseScope('repository:samalba/my-app:pull,push'), {
    type: 'repository',
    name: 'samalba/my-app',
    actions: ['pull', 'push'],
  });
  assert.deepEqual(parseScope('repository(plugin):a:*'), {
    type: 'repository',
    class: 'plugin',
    name: 'a',
    actions: ['*'],
  });
  assert.deepEqual(parseScope('registry:catalog:*'), { type: 'registry', name: 'catalog', actions: ['*'] });
  assert.equal(parseScope('repository:localhost:5000/app:pull').name, 'localhost:5000/app');
  assert.deepEqual(parseScope('repository:a:pull,pull,push').actions, ['pull', 'push']);
  assert.deepEqual(parseScope('repository:a:').actions, []);
});

test('several scopes stand in one parameter with spaces between', () => {
  assert.deepEqual(
    parseScopes(' repository:a:pull  repository:b:push ').map((scope) => scope.name),
    ['a', 'b'],
  );
  assert.deepEqual(parseScopes(''), []);
});

test('what breaks the grammar is refused', () => {
  for (const text of [
    '',
    'x',
    'a:b',
    ':a:pull',
    'repository::pull',
    'Repository:a:pull',
    'repository:a:pull,',
  ])
    assert.throws(() => parseScope(text), { code: 'hub.scope_invalid' }, text);
  assert.throws(() => parseScope(`repository:${'a'.repeat(600)}:pull`), { code: 'hub.scope_invalid' });
});

test('a scope covers its own repository and actions only', () => {
  const scopes = parseScopes('repository:a:pull repository:b:*');
  assert.equal(isCovered(scopes, 'repository', 'a', 'pull'), true);
  assert.equal(isCovered(scopes, 'repository', 'a', 'push'), false);
  assert.equal(isCovered(scopes, 'repository', 'b', 'delete'), true);
  assert.equal(isCovered(scopes, 'repository', 'c', 'pull'), false);
  assert.equal(isCovered(scopes, 'registry', 'b', 'pull'), false);
});

test('any text is a scope that is written as it was read, or a coded refusal', () => {
  const word = fc.stringMatching(/^[a-z0-9/:.-]{1,20}$/);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.tuple(word, word, word).map((parts) => parts.join(':')),
      ),
      (text) => {
        try {
          const scope = parseScope(text);
          assert.deepEqual(parseScope(formatScope(scope)), scope);
          assert.deepEqual(readScope(formatAccessEntry(scope)), scope);
        } catch (error) {
          if (!isPlimsollError(error, { code: 'hub.scope_invalid' })) throw error;
        }
      },
    ),
  );
});

test('an access claim of another shape is left out', () => {
  for (const value of [
    null,
    'x',
    [],
    {},
    { type: 'repository', name: 'a' },
    { type: 1, name: 'a', actions: [] },
  ])
    assert.equal(readScope(value), undefined);
});
