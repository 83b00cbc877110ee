import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../kit/limits.ts';
import { formatRepairMirror, listRepairPlaces, parseRepairMirror } from './repair-mirror.ts';

const home = (repository: string, kind: 'blob' | 'manifest' = 'blob') => ({ repository, kind });

function placesOf(rules: readonly string[], ...names: readonly string[]): readonly string[] {
  const mirrors = rules.map((rule) => parseRepairMirror(rule) ?? assert.fail(rule));
  const places = listRepairPlaces(
    mirrors,
    names.map((name) => home(name)),
  );
  return places.map((place) => `${place.home.repository} ${place.host}/${place.repository}`);
}

test('mirrors: what a name has beyond the pattern’s parts before its first star stands behind the path', () => {
  const cases = [
    ['library/*=r.example/mirror-of/library', 'library/nginx', 'r.example/mirror-of/library/nginx'],
    ['library/*=https://r.example/mirror-of/library/', 'library/nginx', 'r.example/mirror-of/library/nginx'],
    ['**=127.0.0.1:5000', 'team/app/web', '127.0.0.1:5000/team/app/web'],
    ['team/**=r.example/x', 'team/app/web', 'r.example/x/app/web'],
    ['team/ap*=r.example/x', 'team/app', 'r.example/x/app'],
    ['*/app=r.example', 'team/app', 'r.example/team/app'],
    ['team/app=r.example/other/name', 'team/app', 'r.example/other/name'],
  ] as const;
  for (const [rule, name, expected] of cases)
    assert.deepEqual(placesOf([rule], name), [`${name} ${expected}`]);
  assert.deepEqual(placesOf(['library/*=r.example/l'], 'library/a/b', 'team/app'), []);
});

test('mirrors: the first of the list is asked first, each place once, and not too many', () => {
  assert.deepEqual(
    placesOf(['team/*=one.example/t', '**=two.example', 'team/app=one.example/t/app'], 'a/b', 'team/app'),
    ['team/app one.example/t/app', 'a/b two.example/a/b', 'team/app two.example/team/app'],
  );
  const many = Array.from({ length: 100 }, (_, at) => `team/app${at}`);
  assert.equal(placesOf(['**=r.example'], ...many).length, limits.repairPlaces);
});

test('mirrors: what is no rule, or holds a login, is none; what is one is written as it was', () => {
  for (const text of [
    '',
    'library/*',
    '=r.example',
    'library/*=',
    'Library/*=r.example',
    'library/*=user:secret@r.example/x',
    'library/*=http://r.example/x',
    'library/*=r.example/Upper',
    'library/*=r.example//x',
    'team/app=r.example',
    '***=r.example',
  ])
    assert.equal(parseRepairMirror(text), undefined, text);
  for (const text of ['library/*=r.example/mirror-of/library', '**=[::1]:5000']) {
    const mirror = parseRepairMirror(text);
    assert.ok(mirror !== undefined);
    assert.equal(formatRepairMirror(mirror), text);
  }
});
