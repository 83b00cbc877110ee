import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isRegistryUrl, parseRoute, pathOf, queryOf } from './router.ts';

test('a path is read from its end, so that names may hold slashes and the API’s own words', () => {
  const digest = 'sha256:abc';
  for (const name of ['a', 'a/b/c', 'tags/list', 'blobs/uploads', 'manifests/v2']) {
    assert.deepEqual(parseRoute(`/v2/${name}/manifests/1.0`), { kind: 'manifest', name, reference: '1.0' });
    assert.deepEqual(parseRoute(`/v2/${name}/blobs/${digest}`), { kind: 'blob', name, digest });
    assert.deepEqual(parseRoute(`/v2/${name}/referrers/${digest}`), { kind: 'referrers', name, digest });
    assert.deepEqual(parseRoute(`/v2/${name}/tags/list`), { kind: 'tags', name });
    assert.deepEqual(parseRoute(`/v2/${name}/blobs/uploads/`), { kind: 'uploads', name });
    assert.deepEqual(parseRoute(`/v2/${name}/blobs/uploads`), { kind: 'uploads', name });
    assert.deepEqual(parseRoute(`/v2/${name}/blobs/uploads/id-1`), { kind: 'upload', name, id: 'id-1' });
  }
});

test('the addresses without a repository', () => {
  assert.deepEqual(parseRoute('/v2'), { kind: 'ping' });
  assert.deepEqual(parseRoute('/v2/'), { kind: 'ping' });
  assert.deepEqual(parseRoute('/v2/_catalog'), { kind: 'catalog' });
  assert.deepEqual(parseRoute('/v1/search'), { kind: 'search' });
  assert.deepEqual(parseRoute('/v1/_ping'), { kind: 'searchPing' });
  assert.deepEqual(parseRoute('/token'), { kind: 'token' });
});

test('what is no address of the API has no route', () => {
  for (const path of [
    '/',
    '/v2/a',
    '/v2/manifests/x',
    '/v2//manifests/x',
    '/v2/a/tags/all',
    '/v2/a/uploads/x',
  ])
    assert.equal(parseRoute(path), undefined, path);
  assert.equal(parseRoute('/v2/a/blobs/%'), undefined);
});

test('a digest’s colon may be escaped', () => {
  assert.deepEqual(parseRoute('/v2/a/blobs/sha256%3Aabc'), { kind: 'blob', name: 'a', digest: 'sha256:abc' });
});

test('which requests are the registry’s', () => {
  for (const url of ['/v2', '/v2/', '/v2?x=1', '/v2/a/b', '/token', '/token?scope=a'])
    assert.equal(isRegistryUrl(url), true, url);
  for (const url of ['/', '/v22', '/tokens', '/api/v2/', '*']) assert.equal(isRegistryUrl(url), false, url);
  assert.equal(pathOf('/a?b=c'), '/a');
  assert.equal(queryOf('/a?b=c&b=d').getAll('b').length, 2);
});

test('any path has a route or none, never an exception', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const route = parseRoute(`/v2/${text}`);
      assert.ok(route === undefined || typeof route.kind === 'string');
    }),
  );
});
