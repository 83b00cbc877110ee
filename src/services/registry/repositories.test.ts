import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anonymous } from '../hub/access.ts';
import { grant, openRegistry } from './registry.fixture.ts';

test('the first push makes a public repository, and deletions are its news too', async () => {
  await using registry = await openRegistry();
  const { clock } = registry.stores;
  assert.equal(await registry.repositories.find('app/web'), undefined);
  const digest = await registry.pushImage('app/web', 'latest', []);
  const made = await registry.repositories.find('app/web');
  assert.deepEqual(made, {
    id: made?.id,
    name: 'app/web',
    isPublic: true,
    createdAt: clock.time,
    updatedAt: clock.time,
  });
  const before = clock.time;
  clock.time += 5;
  await registry.tags.delete(grant('delete', 'app/web'), 'latest');
  assert.equal((await registry.repositories.find('app/web'))?.updatedAt, before + 5);
  clock.time += 5;
  await registry.manifests.delete(grant('delete', 'app/web'), digest);
  assert.equal((await registry.repositories.find('app/web'))?.updatedAt, before + 10);
  assert.equal((await registry.repositories.find('app/web'))?.createdAt, before);
});

test('public repositories with something in them are listed bytewise and in pages', async () => {
  await using registry = await openRegistry();
  for (const name of ['b', 'a/x', 'a-b', 'hidden']) await registry.pushImage(name, 'latest', []);
  await registry.uploads.start(grant('push', 'abandoned'));
  const { query } = registry.stores.database;
  await query.updateTable('repository').set({ is_public: 0 }).where('name', '=', 'hidden').execute();
  const { list } = registry.repositories;
  assert.deepEqual(await list(anonymous, { limit: 10 }), ['a-b', 'a/x', 'b']);
  assert.deepEqual(await list(anonymous, { limit: 1, after: 'a-b' }), ['a/x']);
  assert.deepEqual(await list(anonymous, { limit: 10, part: 'a' }), ['a-b', 'a/x']);
  assert.deepEqual(await list(anonymous, { limit: 10, part: '_' }), [], 'no wildcard');
  const admin = { kind: 'account', id: '1', name: 'admin', isAdmin: true } as const;
  assert.deepEqual(await list(admin, { limit: 10, after: 'b' }), ['hidden']);
  assert.deepEqual(await list({ ...admin, scopes: [] }, { limit: 10, after: 'b' }), [], 'a narrow token');
});
