// The refusals of backup and restore; the drill itself is test/flows/backup.test.ts.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { dbErrors } from '../io/db/errors.ts';
import { openSqliteDatabase } from '../io/db/sqlite.ts';
import { silentLog } from '../kit/log.ts';
import { createPulls } from '../services/registry/pulls.ts';
import { backUp, restore } from './backup.ts';
import { appErrors } from './errors.ts';

const deps = { now: () => 0, version: '1.2.3', signal: new AbortController().signal };

function temporary(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'plimsoll-backup-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

test('backup: neither a backup nor a restore writes over anything, or takes what is none', async () => {
  using folder = temporary();
  const at = (name: string): string => join(folder.path, name);
  await assert.rejects(backUp(at('none'), at('backup'), false, deps), {
    code: appErrors.backup_source_missing.code,
  });
  await (await openSqliteDatabase(at('plimsoll.sqlite')))[Symbol.asyncDispose]();
  await backUp(folder.path, at('backup'), false, deps);
  for (const work of [
    backUp(folder.path, at('backup'), false, deps),
    restore(at('backup'), folder.path, deps),
  ])
    await assert.rejects(work, { code: appErrors.backup_target_taken.code });
  rmSync(join(at('backup'), 'backup.json'));
  await assert.rejects(restore(at('backup'), at('restored'), deps), {
    code: appErrors.backup_source_missing.code,
  });
});

test('backup: one that fails or is stopped leaves nothing behind', async () => {
  using folder = temporary();
  const target = join(folder.path, 'backup');
  writeFileSync(join(folder.path, 'plimsoll.sqlite'), 'no database at all, and far too short for one');
  await assert.rejects(backUp(folder.path, target, false, deps), { code: dbErrors.unavailable.code });
  assert.ok(!existsSync(target));
  assert.deepEqual(readdirSync(folder.path), ['plimsoll.sqlite']);
});

test('backup: a server on a backup begins its record of pulls anew, since it knows none of those after it', async () => {
  using folder = temporary();
  const at = (name: string): string => join(folder.path, name);
  const sinceIn = async (data: string, now: number): Promise<number> => {
    await using database = await openSqliteDatabase(join(data, 'plimsoll.sqlite'));
    const pulls = createPulls({ database, clock: { now: () => now }, log: silentLog });
    return await pulls.since();
  };
  assert.deepEqual([await sinceIn(folder.path, 1_000), await sinceIn(folder.path, 2_000)], [1_000, 1_000]);
  await backUp(folder.path, at('backup'), false, deps);
  await restore(at('backup'), at('restored'), deps);
  assert.equal(await sinceIn(at('restored'), 3_000), 3_000);
  assert.equal(await sinceIn(folder.path, 3_000), 1_000);
});
