import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registryErrors } from './errors.ts';
import { grant, openRegistry } from './registry.fixture.ts';

const pull = grant('pull', 'app/web');

test('tags come in bytewise order and in pages', async () => {
  await using registry = await openRegistry();
  for (const tag of ['b', 'a', 'B', '1.10', '1.9', '_x']) await registry.pushImage('app/web', tag, []);
  await registry.pushImage('app/other', 'elsewhere', []);
  const ordered = ['1.10', '1.9', 'B', '_x', 'a', 'b'];
  assert.deepEqual(await registry.tags.list(pull, { limit: 100 }), ordered);
  assert.deepEqual(await registry.tags.list(pull, { limit: 2 }), ['1.10', '1.9']);
  assert.deepEqual(await registry.tags.list(pull, { limit: 2, after: '1.9' }), ['B', '_x']);
  assert.deepEqual(await registry.tags.list(pull, { limit: 9, after: '_y' }), ['a', 'b']);
  assert.deepEqual(await registry.tags.list(pull, { limit: 9, after: 'b' }), []);
  assert.deepEqual(await registry.tags.list(pull, { limit: 0 }), []);
  await assert.rejects(registry.tags.list(grant('pull', 'app/absent'), { limit: 9 }), {
    code: registryErrors.name_unknown.code,
  });
});

test('deleting a tag leaves the manifest and its other tags', async () => {
  await using registry = await openRegistry();
  const digest = await registry.pushImage('app/web', 'one', []);
  await registry.pushImage('app/web', 'two', []);
  const drop = grant('delete', 'app/web');
  await registry.tags.delete(drop, 'one');
  assert.deepEqual(await registry.tags.list(pull, { limit: 9 }), ['two']);
  assert.equal((await registry.manifests.get(pull, { digest })).digest, digest);
  await assert.rejects(registry.tags.delete(drop, 'one'), { code: registryErrors.manifest_unknown.code });
  await assert.rejects(registry.tags.delete(grant('delete', 'app/absent'), 'one'), {
    code: registryErrors.name_unknown.code,
  });
  const last = await registry.stores.database.query
    .selectFrom('event')
    .selectAll()
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  assert.equal(last.kind, 'tag_deleted');
  const who = { who: 'admin', via: 'password' };
  assert.deepEqual(JSON.parse(last.subject_json), { repository: 'app/web', tag: 'one', digest, ...who });
});

test('the newest tags are public ones, last moved first', async () => {
  await using registry = await openRegistry();
  const { clock, database } = registry.stores;
  for (const [repository, tag] of [
    ['app/a', 'first'],
    ['app/b', 'second'],
    ['app/hidden', 'third'],
    ['app/a', 'sha256-0f.sig'],
  ] as const) {
    clock.time += 1;
    await registry.pushImage(repository, tag, []);
  }
  await database.query
    .updateTable('repository')
    .set({ is_public: 0 })
    .where('name', '=', 'app/hidden')
    .execute();
  const names = async (limit: number): Promise<string[]> =>
    (await registry.tags.newest(limit)).map((tag) => `${tag.repository}:${tag.name}`);
  assert.deepEqual(await names(10), ['app/b:second', 'app/a:first']);
  assert.deepEqual(await names(1), ['app/b:second']);
});

test('the number of a repository’s tags stands with it, whatever becomes of them', async () => {
  await using registry = await openRegistry();
  const { query } = registry.stores.database;
  const check = async (wanted: number): Promise<void> => {
    const { id, tags } = await query
      .selectFrom('repository')
      .select(['id', 'tags'])
      .where('name', '=', 'app/web')
      .executeTakeFirstOrThrow();
    const rows = await query.selectFrom('tag').select('name').where('repository_id', '=', id).execute();
    assert.deepEqual([tags, rows.length], [wanted, wanted]);
  };
  await registry.pushImage('app/web', 'one', []);
  await registry.pushImage('app/web', 'two', []);
  await check(2);
  const digest = await registry.pushImage('app/web', 'one', ['moved']);
  await registry.pushImage('app/web', 'one', ['moved']);
  await registry.pushImage('app/web', 'three', ['moved']);
  await check(3);
  await registry.tags.delete(grant('delete', 'app/web'), 'two');
  await check(2);
  await registry.manifests.delete(grant('delete', 'app/web'), digest);
  await check(0);
});
