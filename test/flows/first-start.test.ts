// Promise: the very first start tells the administrator's name and a generated password, once; starting
// again keeps everything; a password from the configuration holds and is not repeated.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfig, readPlaces } from '../../src/app/config.ts';
import { serve } from '../../src/app/serve.ts';
import { systemClock, systemRandom } from '../../src/kit/clock.ts';
import { silentLog } from '../../src/kit/log.ts';
import { bootProduct, temporaryFolder } from '../world/product.ts';

test('a password is generated and told once; the second start tells none and the old one works', async () => {
  using folder = temporaryFolder();
  const told = await serveOnce(folder.path, {});
  assert.match(told, /^\n {2}Plimsoll 1\.2\.3 is running\.\n/);
  assert.match(told, /^ {2}name {6}admin$/m);
  const generated = /^ {2}password {2}(\S+)$/m.exec(told)?.[1];
  assert.match(generated ?? '', /^[\w-]{20}$/);

  const again = await serveOnce(folder.path, {});
  assert.match(again, /Plimsoll 1\.2\.3 is running/);
  assert.doesNotMatch(again, /password|first start/);

  await using world = await bootProduct({ folder: folder.path, adminPassword: undefined });
  assert.equal(world.product.newAdministrator, undefined);
  const login = (word: string) => ({
    headers: { authorization: `Basic ${Buffer.from(`admin:${word}`).toString('base64')}` },
  });
  assert.equal((await world.send('GET', '/api/v1/home', login(generated as string))).status, 200);
  assert.equal((await world.send('GET', '/api/v1/home', login('something else'))).status, 401);
});

test('PLIMSOLL_ADMIN_PASSWORD is honoured and never printed, also on a folder that has another', async () => {
  using folder = temporaryFolder();
  const first = await serveOnce(folder.path, { PLIMSOLL_ADMIN_PASSWORD: 'from-the-environment' });
  assert.match(first, /This is the first start[\s\S]*^ {2}name {6}admin$/m);
  assert.doesNotMatch(first, /password|from-the-environment/);

  await using world = await bootProduct({ folder: folder.path, adminPassword: 'another-password' });
  assert.ok(await world.token('repository:a/b:push'));
});

test('a second server on the same data folder is told so, and the first goes on', async () => {
  using folder = temporaryFolder();
  await using first = await bootProduct({ folder: folder.path });
  await assert.rejects(bootProduct({ folder: folder.path }), {
    code: 'app.folder_in_use',
    message: `another Plimsoll server uses the data folder ${first.data}`,
  });
  assert.equal((await first.get<{ status: string }>('/readyz')).status, 'ready');
});

test('an ended server gives its data folder back', async () => {
  using folder = temporaryFolder();
  for (let start = 0; start < 2; start += 1) {
    await using world = await bootProduct({ folder: folder.path });
    assert.equal((await world.get<{ status: string }>('/healthz')).status, 'alive');
  }
});

/** `plimsoll serve` until it has said where it is; what it printed. */
async function serveOnce(folder: string, env: Record<string, string>): Promise<string> {
  const end = new AbortController();
  let printed = '';
  const flags = new Map([
    ['--data', join(folder, 'data')],
    ['--listen', '127.0.0.1:0'],
    ['--advisories-refresh', 'off'],
  ]);
  const code = await serve({
    config: await readConfig(flags, env),
    places: readPlaces({ HOME: folder }),
    surroundings: { clock: systemClock, random: systemRandom, log: silentLog, version: '1.2.3' },
    root: folder,
    print(text) {
      printed += text;
      end.abort();
    },
    say: (line) => assert.fail(line),
    signal: end.signal,
    onHangup: () => assert.fail('without TLS a hangup ends the process'),
  });
  assert.equal(code, 0);
  return printed;
}
