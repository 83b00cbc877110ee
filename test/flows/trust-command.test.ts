// Promise: `plimsoll trust init` makes what a server's first start makes, with the root's key where the operator wants
// it; `show` tells what there is. A backup holds the keys, and a server on it signs as the same instance.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Log, silentLog } from '../../src/kit/log.ts';
import { runCommand } from '../world/command.ts';
import { bootProduct, password, temporaryFolder } from '../world/product.ts';

function commands(home: string) {
  const data = join(home, 'data');
  return {
    data,
    run: (args: readonly string[], flags: Readonly<Record<string, string>> = {}) =>
      runCommand(args, { home, flags: { '--data': data, ...flags } }),
  };
}

test('trust init: made once, with the root’s key elsewhere, and the server goes on with it', async () => {
  using folder = temporaryFolder();
  const { data, run } = commands(folder.path);
  const none = await run(['trust', 'show']);
  assert.equal(none.exitCode, 3);
  assert.match(none.stderr, /there is no authority in .*data yet/);
  const stick = join(folder.path, 'stick');
  const url = { '--public-url': 'https://images.example.org' };
  const made = await run(['trust', 'init', '--root-folder', stick, '--root-keys', '2'], url);
  assert.equal(made.exitCode, 0, made.stderr);
  assert.match(made.stderr, /The roots’ keys are in .*stick/);
  assert.equal(existsSync(join(data, 'trust', 'offline')), false);
  assert.deepEqual(
    readdirSync(stick)
      .map((name) => name.replace(/-[0-9a-f]{8}/, ''))
      .toSorted(),
    ['passphrase', 'root.pem', 'tuf-root-1.pem', 'tuf-root-2.pem'],
  );
  if (process.platform !== 'win32') assert.equal(statSync(stick).mode & 0o777, 0o700);
  const again = await run(['trust', 'init'], url);
  assert.equal(again.exitCode, 0);
  assert.match(again.stderr, /nothing was changed/);
  const keysOf = (stdout: string) => stdout.split('\n').filter((line) => line.startsWith('  '));
  assert.equal(keysOf(made.stdout).length, 8);
  assert.deepEqual(keysOf(again.stdout), keysOf(made.stdout));

  await using world = await bootProduct({
    folder: folder.path,
    flags: [['--public-url', 'https://images.example.org']],
  });
  const busy = await run(['trust', 'init'], url);
  assert.match(busy.stderr, /another Plimsoll server uses the data folder/);
  const shown = await run(['trust', 'show']);
  assert.equal(shown.exitCode, 0, shown.stderr);
  assert.match(shown.stdout, /^Log images\.example\.org: 0 signatures, 0 certificates issued$/m);
  assert.match(shown.stdout, /^ {2}issuing +0 minutes old +signs +not used yet +file:issuing-/m);
  assert.match(shown.stdout, /^The root’s key is not on this server$/m);
  const told = JSON.parse((await run(['trust', 'show', '--format', 'json'])).stdout);
  assert.deepEqual(told.keys.map(({ purpose }: { purpose: string }) => purpose).toSorted(), [
    'certificate-log',
    'issuing',
    'log',
    'root',
    'stamping',
    'tuf',
    'tuf-root',
    'tuf-root',
  ]);
  assert.equal((await run(['trust', 'show', '--root-folder', 'x'])).exitCode, 1);
  assert.equal((await world.send('GET', '/trust/trusted_root.json')).status, 200);
});

test('trust show: after a first start it says where the root’s key lies, and what was used', async () => {
  using folder = temporaryFolder();
  const { run } = commands(folder.path);
  await using world = await bootProduct({ folder: folder.path });
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  assert.equal(
    (await world.send('POST', '/trust/identity-token', { headers: { authorization } })).status,
    200,
  );
  const { stdout } = await run(['trust', 'show']);
  assert.match(stdout, /^ {2}identity +0 minutes old +signs +used 0 minutes ago/m);
  assert.match(stdout, /^The root’s key is in .*offline: carry the folder away/m);
});

test('trust: a server without its keys says so, serves what it has, and signs nothing', async () => {
  using folder = temporaryFolder();
  {
    await using world = await bootProduct({ folder: folder.path });
    assert.equal((await world.send('GET', '/trust/log/checkpoint')).status, 200);
  }
  rmSync(join(folder.path, 'data', 'trust', 'keys'), { recursive: true });
  const told: string[] = [];
  const log: Log = { ...silentLog, error: (message) => void told.push(message) };
  await using world = await bootProduct({ folder: folder.path, log });
  assert.deepEqual(told, ['the instance cannot sign; pulls and pushes go on']);
  assert.equal((await world.send('GET', '/trust/trusted_root.json')).status, 200);
  const refused = await world.send('GET', '/trust/log/checkpoint');
  assert.equal(refused.status, 503);
  assert.equal(((await refused.json()) as { code: string }).code, 'keys.file_unreadable');
});

test('trust: a backup holds the keys but the root’s, and a server on it is the same instance', async () => {
  using folder = temporaryFolder();
  const { run } = commands(folder.path);
  const flags = [['--public-url', 'https://images.example.org']] as const;
  const backup = join(folder.path, 'backup');
  let before: unknown;
  {
    await using world = await bootProduct({ folder: folder.path, flags });
    before = await (await world.send('GET', '/trust/trusted_root.json')).json();
    assert.equal((await run(['backup', backup])).exitCode, 0);
  }
  assert.equal(existsSync(join(backup, 'trust', 'offline')), false);
  const home = join(folder.path, 'restored');
  const ended = await runCommand(['restore', backup], { home, flags: { '--data': join(home, 'data') } });
  assert.equal(ended.exitCode, 0, ended.stderr);
  await using world = await bootProduct({ folder: home, flags });
  assert.deepEqual(await (await world.send('GET', '/trust/trusted_root.json')).json(), before);
  assert.match(await (await world.send('GET', '/trust/log/checkpoint')).text(), /^images\.example\.org\n0\n/);
});
