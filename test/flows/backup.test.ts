// Promise: a backup made while the server takes pushes is whole, and a server started on what is restored from it serves
// every image that was there, byte for byte. The drill, as an operator would do it.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { type Ended, runCommand } from '../world/command.ts';
import { debianImage, type MadeImage } from '../world/image.ts';
import { bootProduct, type ProductWorld } from '../world/product.ts';

const images = Array.from({ length: 8 }, (_, at) => debianImage([`openssl 3.0.${at}-1`]));

function temporary(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'plimsoll-backup-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

const run = (home: string, data: string, ...argv: string[]): Promise<Ended> =>
  runCommand(argv, { home, flags: { '--data': data } });

async function pull(world: ProductWorld, tag: string, image: MadeImage): Promise<void> {
  const headers = { authorization: `Bearer ${await world.token('repository:team/app:pull')}` };
  const get = async (path: string): Promise<Buffer> => {
    const response = await world.send('GET', `/v2/team/app/${path}`, { headers });
    assert.equal(response.status, 200, path);
    return Buffer.from(await response.arrayBuffer());
  };
  assert.equal(Buffer.compare(await get(`manifests/${tag}`), image.bytes), 0);
  for (const [digest, bytes] of image.blobs)
    assert.equal(Buffer.compare(await get(`blobs/${digest}`), bytes), 0);
}

test('backed up while images are pushed, restored elsewhere, and every image of then is there', async () => {
  using folder = temporary();
  const [backup, copied, restored] = ['backup', 'copied', 'restored/data'].map((name) =>
    join(folder.path, name),
  ) as [string, string, string];
  let pushed = 0;
  {
    await using world = await bootProduct();
    const push = async (at: number): Promise<void> => {
      await world.push('team/app', `v${at}`, images[at] as MadeImage);
      pushed = at + 1;
    };
    for (let at = 0; at < 3; at += 1) await push(at);
    const pushing = (async () => {
      for (let at = 3; at < images.length; at += 1) await push(at);
    })();
    const ended = await run(folder.path, world.data, 'backup', backup);
    assert.equal(ended.exitCode, 0, ended.stderr);
    assert.match(ended.stderr, /^Backed up to .*: \d+ blobs, /);
    await pushing;
    assert.equal(pushed, images.length);
    const again = await run(folder.path, world.data, 'backup', backup);
    assert.match(again.stderr, /is there and not empty/);
    const whole = await run(folder.path, world.data, 'backup', copied, '--copy');
    assert.equal(whole.exitCode, 0, whole.stderr);
  }
  const done = await run(folder.path, restored, 'restore', backup);
  assert.equal(done.exitCode, 0, done.stderr);
  {
    await using world = await bootProduct({ folder: join(folder.path, 'restored') });
    const tags = world.rows('select name from tag order by name').map((row) => String(row.name));
    assert.ok(tags.length >= 3);
    for (const tag of tags) await pull(world, tag, images[Number(tag.slice(1))] as MadeImage);
    // It goes on from there: what came after the backup is pushed again.
    await world.push('team/app', 'v7', images[7] as MadeImage);
    await pull(world, 'v7', images[7] as MadeImage);
  }
  // Copied afterwards it has all of them, and no blob shares its bytes with the server's.
  const database = new DatabaseSync(join(copied, 'plimsoll.sqlite'), { readOnly: true });
  assert.equal(database.prepare('select count(*) as n from tag').get()?.n, images.length);
  database.close();
  assert.ok(blobFiles(copied).every((file) => statSync(file).nlink === 1));
});

test('what was lost before is told, is not served after, and half a backup is no backup', async () => {
  using folder = temporary();
  const [data, backup, restored] = ['data', 'backup', 'restored/data'].map((name) =>
    join(folder.path, name),
  ) as [string, string, string];
  const image = images[0] as MadeImage;
  const [layer = ''] = [...image.blobs.keys()].slice(-1);
  {
    await using world = await bootProduct({ folder: folder.path });
    await world.push('team/app', 'v0', image);
    writeFileSync(world.blobFile(layer), 'damaged');
  }
  const ended = await run(folder.path, data, 'backup', backup, '--copy');
  assert.deepEqual([ended.exitCode, ended.stdout], [1, `${layer}\n`]);
  const missing = await run(folder.path, restored, 'restore', data);
  assert.deepEqual([missing.exitCode, missing.stderr.includes('is no whole backup')], [3, true]);
  const nothing = await run(folder.path, join(folder.path, 'none'), 'backup', join(folder.path, 'b'));
  assert.match(nothing.stderr, /there is no Plimsoll data/);
  assert.equal((await run(folder.path, restored, 'restore', backup)).exitCode, 0);
  await using world = await bootProduct({ folder: join(folder.path, 'restored') });
  const headers = { authorization: `Bearer ${await world.token('repository:team/app:pull')}` };
  const lost = await world.send('GET', `/v2/team/app/blobs/${layer}`, { headers });
  assert.equal(lost.status, 404);
  await world.push('team/app', 'v0', image);
  await pull(world, 'v0', image);
});

function blobFiles(folder: string): readonly string[] {
  return readdirSync(join(folder, 'blobs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).length >= 0);
}
