// What keeps the product from starting, a sentence each, and that nothing half-started stays behind.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemClock, systemRandom } from '../kit/clock.ts';
import { silentLog } from '../kit/log.ts';
import { readConfig, readPlaces } from './config.ts';
import { lockDataFolder } from './folder-lock.ts';
import { type RunningProduct, startProduct } from './product.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-start-'));
after(() => rmSync(folder, { recursive: true }));

async function start(data: string, listen = '127.0.0.1:0'): Promise<RunningProduct> {
  const flags = new Map([
    ['--data', data],
    ['--listen', listen],
    ['--advisories-refresh', 'off'],
  ]);
  return startProduct({
    config: await readConfig(flags, {}),
    places: readPlaces({ HOME: folder }),
    surroundings: { clock: systemClock, random: systemRandom, log: silentLog, version: '0.0.0' },
    webFolder: join(folder, 'no-pages'),
  });
}

test('a taken port is said, costs no password, and gives the data folder back', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  const data = join(folder, 'port');
  await assert.rejects(start(data, `127.0.0.1:${port}`), {
    code: 'http.address_unusable',
    message: `cannot listen on 127.0.0.1:${port}: another program listens there`,
  });
  await new Promise((resolve) => other.close(resolve));
  await using product = await start(data);
  assert.match(product.newAdministrator?.generatedPassword ?? '', /^[\w-]{20}$/);
});

test('a data folder that cannot be one is said with its reason', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, 'in the way');
  await assert.rejects(start(join(file, 'data')), {
    code: 'app.folder_unwritable',
    message: `the data folder ${join(file, 'data')} cannot be written: part of its path is a file`,
  });
  await assert.rejects(start(file), {
    code: 'app.folder_unwritable',
    message: `the data folder ${file} cannot be written: it is a file`,
  });
  const closed = join(folder, 'closed');
  mkdirSync(closed);
  chmodSync(closed, 0o500);
  // Root may write anywhere.
  if (process.getuid?.() !== 0)
    await assert.rejects(start(join(closed, 'data')), {
      code: 'app.folder_unwritable',
      message: `the data folder ${join(closed, 'data')} cannot be written: this user may not`,
    });
});

test('folders above the data folder are made, for nobody else to read', async () => {
  const data = join(folder, 'deep', 'er', 'data');
  await using product = await start(data);
  assert.match(product.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.ok(existsSync(join(data, 'plimsoll.sqlite')));
});

test('a database that is none is said, and the folder is not held on', async () => {
  const data = join(folder, 'damaged');
  mkdirSync(data);
  writeFileSync(join(data, 'plimsoll.sqlite'), 'this is no database, '.repeat(100));
  for (let attempt = 0; attempt < 2; attempt += 1)
    await assert.rejects(start(data), { code: 'db.unavailable' });
});

test('a data folder is held by one at a time, and given back', () => {
  const data = join(folder, 'held');
  mkdirSync(data);
  {
    using _held = lockDataFolder(data);
    assert.throws(() => lockDataFolder(data), {
      code: 'app.folder_in_use',
      kind: 'conflict',
      message: `another Plimsoll server uses the data folder ${data}`,
    });
  }
  lockDataFolder(data)[Symbol.dispose]();
  assert.throws(() => lockDataFolder(join(data, 'absent')), { code: 'app.folder_unwritable' });
});

test('a process that is killed leaves a folder that the next may take', async () => {
  const data = join(folder, 'killed');
  mkdirSync(data);
  const source = `import { lockDataFolder } from ${JSON.stringify(new URL('folder-lock.ts', import.meta.url).href)};
    globalThis.held = lockDataFolder(${JSON.stringify(data)});
    process.stdout.write('held');
    setInterval(() => {}, 1_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  // Whatever keeps it from holding the folder ends it, and this test with it.
  const [first] = await Promise.race([once(child.stdout, 'data'), ended]);
  assert.equal(String(first), 'held');
  assert.throws(() => lockDataFolder(data), { code: 'app.folder_in_use' });
  child.kill('SIGKILL');
  await ended;
  lockDataFolder(data)[Symbol.dispose]();
});

test('two starts at once on one folder: one runs', async () => {
  const data = join(folder, 'race');
  const started = await Promise.allSettled([start(data), start(data)]);
  const running = started.filter((one) => one.status === 'fulfilled');
  const refused = started.filter((one) => one.status === 'rejected');
  for (const { value } of running) await value[Symbol.asyncDispose]();
  assert.equal(running.length, 1);
  assert.deepEqual(
    refused.map(({ reason }) => (reason as { code: string }).code),
    ['app.folder_in_use'],
  );
});
