// What the product knows of keys beside its rows: files and settings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSqliteDatabase } from '../io/db/sqlite.ts';
import { createMemoryTufStore } from '../io/tuf/memory.ts';
import { readConfig } from './config.ts';
import { openKeyReports, readKeyMetrics } from './key-life.ts';

const DAY = 24 * 60 * 60 * 1000;
const now = Date.UTC(2026, 10, 21);

test('key life: the server’s certificate by its end, a secret of a setting as unknown, a damaged root as unread', async () => {
  await using database = await openSqliteDatabase(':memory:');
  const flags = new Map([
    ['--oidc-issuer', 'https://login.example.org'],
    ['--oidc-client-secret', 'secret-of-the-client'],
  ]);
  const config = await readConfig(flags, {});
  const tufStore = createMemoryTufStore();
  const around = { database, tls: { notAfter: now + DAY }, tufStore };
  const reports = openKeyReports(config, around, { clock: { now: () => now } });
  const first = await reports.read();
  assert.deepEqual(
    first.keys.map(({ purpose, state }) => `${purpose} ${state}`),
    ['tls due', 'oidc-client-secret unknown'],
  );
  assert.equal(JSON.stringify(first).includes('secret-of-the-client'), false);
  await tufStore.write('1.root.json', Buffer.from('{}'));
  assert.deepEqual((await reports.read()).counts, { overdue: 0, due: 1, unknown: 2, fine: 0 });
  const [age, counts] = await readKeyMetrics(reports, now);
  assert.deepEqual(age?.samples, [], 'no age is made up');
  assert.ok(counts?.samples.some(({ labels, value }) => labels?.state === 'unknown' && value === 2));
});
