// Promise: an operator sees what is stored and what goes, collects without stopping anybody, and brings back what was
// deleted by mistake; by the API and by the command.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readPlaces } from '../../src/app/config.ts';
import type { StorageStatus } from '../../src/entry/http/contract-storage.ts';
import { writeCredential } from '../../src/io/images/credential-store.ts';
import { type Ended, runCommand } from '../world/command.ts';
import { debianImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, password, until } from '../world/product.ts';

let world: ProductWorld;
let home: string;
const made = debianImage(['openssl 3.0.11-1']);

const run = (...argv: string[]): Promise<Ended> =>
  runCommand(argv, { home, flags: { '--instance': world.url } });
const remove = async (reference: string): Promise<void> => {
  const token = await world.token('repository:team/app:pull,delete');
  const response = await world.send('DELETE', `/v2/team/app/manifests/${reference}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(response.status, 202);
};

before(async () => {
  home = mkdtempSync(join(tmpdir(), 'plimsoll-storage-'));
  world = await bootProduct();
  await writeCredential(world.host, { username: 'admin', password }, readPlaces({ HOME: home }));
  await world.push('team/app', '1', made);
});
after(async () => {
  await world[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

test('what is stored is said by API and command, to administrators alone', async () => {
  const status = await world.get<{ shown: { blobs: number }; graceSeconds: number }>('/api/v1/storage', {
    isAdmin: true,
  });
  assert.equal(status.shown.blobs, made.blobs.size + made.manifests.length);
  assert.equal(status.graceSeconds, 24 * 60 * 60);
  assert.equal((await world.problem('/api/v1/storage', 401)).code, 'hub.login_required');
  const shown = await run('storage');
  assert.equal(shown.exitCode, 0, shown.stderr);
  assert.match(shown.stdout, new RegExp(`^stored +${status.shown.blobs} blobs, `, 'm'));
  const unnamed = await runCommand(['storage'], { home });
  assert.match(unnamed.stderr, /no instance is named/);
  assert.equal(unnamed.exitCode, 1);
});

test('collecting runs in the background, its dry run changes nothing, and the grace holds', async () => {
  const collected = await run('storage', 'collect');
  assert.equal(collected.exitCode, 0, collected.stderr);
  const last = await until(async () => {
    const { lastCollection } = await world.get<{ lastCollection?: { blobsRemoved: number } }>(
      '/api/v1/storage',
      { isAdmin: true },
    );
    return lastCollection;
  }, 'a collection');
  assert.equal(last.blobsRemoved, 0);
  const preview = await run('storage', 'collect', '--dry-run');
  assert.match(preview.stderr, /^0 blobs, 0 B; nothing was removed/);
});

test('checking and scrubbing begin when they are asked for, and say what they came to', async () => {
  for (const action of ['check', 'scrub']) {
    const asked = await run('storage', action);
    assert.equal(asked.exitCode, 0, asked.stderr);
  }
  const { lastCheck, lastScrub } = await until(async () => {
    const status = await world.get<StorageStatus>('/api/v1/storage', { isAdmin: true });
    // The scheduled one proves nothing: all is young.
    return status.lastCheck !== undefined && (status.lastScrub?.blobs ?? 0) > 0 ? status : undefined;
  }, 'a check and a scrub');
  assert.equal(lastCheck?.shown.blobs, made.blobs.size + made.manifests.length);
  assert.deepEqual([lastCheck?.damaged, lastScrub?.damaged], [0, 0]);
  const shown = await run('storage');
  assert.match(shown.stdout, /^disk +\S+ [kMGT]?B free of \S+ [kMGT]?B; \S+ [kMGT]?B are kept$/m);
  const wrong = await run('storage', 'mend');
  assert.equal(wrong.exitCode, 1);
});

test('what was deleted is listed and comes back with its tag, by the command', async () => {
  await remove(made.digest);
  const listed = await run('undelete', '--list', `${world.host}/team/app`);
  assert.match(listed.stdout, new RegExp(`^manifest +${made.digest} +1 `));
  const back = await run('undelete', `${world.host}/team/app@${made.digest}`);
  assert.deepEqual([back.exitCode, back.stdout], [0, `${world.host}/team/app@${made.digest}  1\n`]);
  assert.equal((await world.detail('team/app', '1')).digest, made.digest);
  const again = await run('undelete', `${world.host}/team/app:1`);
  assert.equal(again.exitCode, 3);
  assert.match(again.stderr, /no deleted tag 1 of team\/app is kept/);
  const refused = await world.problem('/api/v1/repositories/team/app/-/undelete', 401, {
    method: 'POST',
    body: { reference: '1' },
  });
  assert.equal(refused.code, 'hub.login_required');
});
