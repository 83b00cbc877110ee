import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { dbErrors } from './errors.ts';
import { type ColumnTypes, type Migration, migrate } from './migrate.ts';
import { migrations } from './migrations/all.ts';
import { openSqliteDatabase } from './sqlite.ts';

const types: ColumnTypes = {
  text: 'text',
  integer: 'integer',
  bytes: 'blob',
  identity: { type: 'integer', build: (column) => column.primaryKey().autoIncrement() },
};

const second: Migration = {
  name: '9998-second',
  up: async (query) => {
    await query.insertInto('setting').values({ name: 'second', value: 'was here' }).execute();
  },
};

const broken: Migration = {
  name: '9999-broken',
  up: async (query) => {
    await query.schema.createTable('half').addColumn('id', 'integer').execute();
    throw new Error('no further');
  },
};

async function tableNames(database: Database): Promise<string[]> {
  const { rows } = await sql<{
    name: string;
  }>`select name from sqlite_master where type = 'table' and name not like 'sqlite_%'`.execute(
    database.query,
  );
  return rows.map((row) => row.name).sort();
}

test('every table that the services know is made', async () => {
  await using database = await openSqliteDatabase(':memory:');
  assert.deepEqual(await tableNames(database), [
    'access_token',
    'account',
    'attachment',
    'audit',
    'blob',
    'blob_damage',
    'build_record',
    'build_told',
    'certificate',
    'event',
    'expected_identity',
    'identity',
    'image_chain',
    'job',
    'kept_key',
    'manifest',
    'manifest_child',
    'manifest_missing',
    'mark',
    'member',
    'namespace',
    'namespace_quota',
    'part',
    'part_holder',
    'part_invitation',
    'publisher',
    'pull',
    'pull_day',
    'repository',
    'repository_blob',
    'retention_rule',
    'revocation',
    'robot',
    'role',
    'scan',
    'scan_component',
    'scan_finding',
    'scan_package',
    'schema_migration',
    'sentinel_setting',
    'session',
    'setting',
    'signature_sighting',
    'tag',
    'tag_change',
    'tag_hold',
    'tag_leaf',
    'tag_log',
    'tag_log_hash',
    'tag_pusher',
    'tag_suspicion',
    'team',
    'team_member',
    'trash',
    'trash_child',
    'trash_tag',
    'trust_key',
    'trust_log',
    'trust_log_entry',
    'trust_log_hash',
    'trust_precertificate',
    'trust_request',
    'upload',
    'used_id_token',
    'webhook',
    'webhook_delivery',
    'witnessed_log',
  ]);
});

test('what is missing is applied in order, once', async () => {
  await using database = await openSqliteDatabase(':memory:');
  assert.deepEqual(await migrate(database, migrations, types), []);
  assert.deepEqual(await migrate(database, [...migrations, second], types), ['9998-second']);
  assert.deepEqual(await migrate(database, [...migrations, second], types), []);
});

test('a migration that fails leaves nothing and is tried again', async () => {
  await using database = await openSqliteDatabase(':memory:');
  await assert.rejects(migrate(database, [...migrations, second, broken], types), /no further/);
  assert.equal((await tableNames(database)).includes('half'), false);
  const rows = await database.query.selectFrom('setting').select('name').execute();
  assert.deepEqual(rows, [{ name: 'second' }]);
  const mended: Migration = { ...broken, up: async () => {} };
  assert.deepEqual(await migrate(database, [...migrations, second, mended], types), ['9999-broken']);
});

test('a database of a newer version is left alone', async () => {
  await using database = await openSqliteDatabase(':memory:');
  await migrate(database, [...migrations, second], types);
  await assert.rejects(migrate(database, migrations, types), {
    code: dbErrors.newer_schema.code,
    message: /9998-second/,
  });
});

test('who pushed before the sentinel came is known from the audit log', async () => {
  await using database = await openSqliteDatabase(':memory:');
  // As it was before.
  const { query } = database;
  for (const table of ['tag_hold', 'tag_suspicion', 'tag_pusher'])
    await query.schema.dropTable(table).execute();
  await query.schema.dropIndex('tag_leaf_repository').execute();
  await sql`delete from schema_migration where name = '0008-sentinel'`.execute(query);
  const row = {
    at: 5,
    who: 'ada',
    via: 'password',
    target: 'team/app',
    digest: null,
    detail_json: '{}',
    hash: '',
  };
  for (const [seq, action] of ['tag.move', 'tag.move', 'login'].entries())
    await query
      .insertInto('audit')
      .values({ ...row, seq, action, at: 5 + seq })
      .execute();
  assert.deepEqual(await migrate(database, migrations, types), ['0008-sentinel']);
  assert.deepEqual(await query.selectFrom('tag_pusher').selectAll().execute(), [
    { repository: 'team/app', credential: 'ada by password', first_at: 5 },
  ]);
});

test('keys that others have written down go on as first generations', async () => {
  await using database = await openSqliteDatabase(':memory:');
  const { query } = database;
  await sql`delete from schema_migration where name = '0020-rotate'`.execute(query);
  const names = ['tag_log_key', 'witness_key_ed25519'];
  const kept = [...names, 'tag_log_origin'].map((name) => ({ name, value: `value of ${name}` }));
  await query.insertInto('setting').values(kept).execute();
  assert.deepEqual(await migrate(database, migrations, types), ['0020-rotate']);
  assert.deepEqual(
    await query.selectFrom('kept_key').selectAll().orderBy('name').execute(),
    names.map((name) => ({
      ...{ name, generation: 1, secret: `value of ${name}`, made_at: null, accepted_until: null },
    })),
  );
  assert.deepEqual(await query.selectFrom('setting').selectAll().execute(), kept.slice(2));
});

test('the key of bearer tokens of before goes on as the first generation, of an age that nobody knows', async () => {
  await using database = await openSqliteDatabase(':memory:');
  // As it was before.
  const { query } = database;
  for (const table of ['kept_key', 'trust_request']) await query.schema.dropTable(table).execute();
  await sql`delete from schema_migration where name = '0017-rotation'`.execute(query);
  const [key, other] = ['token_key', 'tag_log_key'].map((name) => ({ name, value: `secret of ${name}` }));
  assert.ok(key !== undefined && other !== undefined);
  await query.insertInto('setting').values([key, other]).execute();
  assert.deepEqual(await migrate(database, migrations, types), ['0017-rotation']);
  assert.deepEqual(await query.selectFrom('kept_key').selectAll().execute(), [
    { name: 'token_key', generation: 1, secret: key.value, made_at: null, accepted_until: null },
  ]);
  assert.deepEqual(await query.selectFrom('setting').selectAll().execute(), [other]);
});
