import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chooseCandidates } from './candidate.ts';

const list = (tag: string, tags: readonly string[]) =>
  chooseCandidates(tag, tags).map(({ kind, tag: other }) => `${kind} ${other}`);

test('base candidates: newer within the major version, newer altogether, slimmer', () => {
  const tags = [
    '20.1',
    '20.9',
    '20.10',
    '22.3',
    '20.1-slim',
    '22.4-rc1',
    '22.9-alpine',
    '23',
    'latest',
    '18.9',
  ];
  assert.deepEqual(list('20.1', tags), ['minor 20.10', 'major 22.3', 'slim 20.1-slim']);
});

test('base candidates: the same kind of image, whatever its own version says', () => {
  assert.deepEqual(list('20.1-alpine3.19', ['20.1', '20.2', '20.2-alpine3.19', '20.2-alpine3.20']), [
    'minor 20.2-alpine3.20',
  ]);
  assert.deepEqual(list('12-slim', ['12', '13-slim', '13']), ['major 13-slim']);
});

test('base candidates: none where the newest is used, or the tag is no version', () => {
  assert.deepEqual(list('13', ['11', '12', '13']), []);
  assert.deepEqual(list('bookworm', ['trixie', '13']), []);
});

test('base candidates: any tags give at most one of each kind, all of them other tags of the list', () => {
  const tag = fc.stringMatching(/^[a-z0-9.-]{1,12}$/);
  fc.assert(
    fc.property(tag, fc.array(tag), (own, tags) => {
      const chosen = chooseCandidates(own, tags);
      assert.equal(new Set(chosen.map(({ kind }) => kind)).size, chosen.length);
      assert.ok(chosen.every((one) => tags.includes(one.tag) && one.tag !== own));
    }),
  );
});
