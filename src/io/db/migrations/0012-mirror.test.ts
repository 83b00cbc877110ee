// Damage that an earlier version found stays known after the upgrade.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openSqliteDatabase } from '../sqlite.ts';

test('0012: what was damaged before has a row, what was sound has none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-migration-'));
  const file = join(folder, 'plimsoll.sqlite');
  try {
    await (await openSqliteDatabase(file))[Symbol.asyncDispose]();
    const before = new DatabaseSync(file);
    before.exec(`
      drop table blob_damage; delete from schema_migration where name = '0012-mirror';
      insert into blob (digest, size_bytes, created_at, damaged_at) values ('sha256:a', 1, 5, 7), ('sha256:b', 1, 5, null);
    `);
    before.close();
    await using database = await openSqliteDatabase(file);
    const rows = await database.query.selectFrom('blob_damage').selectAll().execute();
    assert.deepEqual(rows, [
      {
        digest: 'sha256:a',
        why: 'it was found by an earlier version',
        found_at: 7,
        tries: 0,
        tried_at: null,
        error: null,
        repaired_at: null,
        repaired_from: null,
      },
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
