import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeWorld } from '../world.fixture.ts';

test('every setting with its origin: whole in a pipe, within the window on a terminal, or as JSON', async () => {
  const { run, world } = createFakeWorld();
  const value = world.listConfig()[0]?.value as string;
  const { exitCode, stdout, stderr } = await run('config');
  assert.deepEqual([exitCode, stderr], [0, '']);
  assert.match(stdout, /^listen {2}127\.0\.0\.1:1876 +default$/m);
  assert.ok(stdout.includes(value), 'a path in a pipe is never cut');
  const shown = await createFakeWorld({ stdout: { isTty: true } }).run('config');
  assert.match(shown.stdout, /^data {4}\/srv\/long.*… {2}PLIMSOLL_DATA$/m);
  assert.deepEqual(JSON.parse((await run('config', '--format', 'json')).stdout), world.listConfig());
  assert.match((await run('config', '-f', 'yaml')).stderr, /table, json; "yaml"/);
});
