// Promise: bytes that were lost or changed on disk come back from a mirror by themselves, proven by their digest; an
// operator sees what was hit and where it came from; a mirror that lies is refused and the next one asked.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { readPlaces } from '../../src/app/config.ts';
import type { DamageReport } from '../../src/entry/http/contract-damage.ts';
import type { CreatedWebhook } from '../../src/entry/http/contract-webhook.ts';
import { writeCredential } from '../../src/io/images/credential-store.ts';
import { runCommand } from '../world/command.ts';
import { writeFeeds } from '../world/feeds.ts';
import { debianImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, password, temporaryFolder, until } from '../world/product.ts';
import { startReceiver } from '../world/receiver.ts';

const made = debianImage(['openssl 3.0.11-1']);
const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
const digests = [...made.blobs.keys()];
const [layer, other] = digests as [string, string];

/** Same size, other bytes. */
function flip(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.byteLength >> 1] = (bytes[bytes.byteLength >> 1] as number) ^ 0xff;
  writeFileSync(file, bytes);
}

const listDamage = (world: ProductWorld, state = 'damaged') =>
  world.get<DamageReport>(`/api/v1/storage/damage?state=${state}`, { isAdmin: true });

const scrub = (world: ProductWorld) =>
  world.get('/api/v1/storage/scrubs', { method: 'POST', status: 202, isAdmin: true });

const untilRepaired = (world: ProductWorld, count: number) =>
  until(async () => {
    const report = await listDamage(world, 'repaired');
    return report.total === count ? report : undefined;
  }, `${count} repaired blobs`);

async function pull(world: ProductWorld, path: string): Promise<Buffer> {
  const headers = { authorization: `Bearer ${await world.token('repository:team/app:pull')}` };
  const response = await world.send('GET', `/v2/team/app/${path}`, { headers });
  assert.equal(response.status, 200, path);
  return Buffer.from(await response.arrayBuffer());
}

async function checkWhole(world: ProductWorld): Promise<void> {
  assert.equal(Buffer.compare(await pull(world, 'manifests/1'), made.bytes), 0);
  for (const [digest, bytes] of made.blobs)
    assert.equal(Buffer.compare(await pull(world, `blobs/${digest}`), bytes), 0);
}

test('flipped and lost bytes of one server come back from the other, private one, and it is told', async () => {
  await using mirror = await bootProduct();
  await mirror.push('mirror-of/team/app', '1', made);
  await mirror.get('/api/v1/repositories/mirror-of/team/app/-/visibility', {
    method: 'POST',
    isAdmin: true,
    body: { isPublic: false },
  });
  using home = temporaryFolder();
  writeFeeds(join(home.path, 'feeds'));
  await writeCredential(mirror.host, { username: 'admin', password }, readPlaces({ HOME: home.path }));
  await using receiver = await startReceiver();
  await using world = await bootProduct({
    folder: home.path,
    flags: [
      ['--storage-repair-from', `team/*=${mirror.host}/mirror-of/team`],
      ['--webhooks-private', 'on'],
    ],
  });
  await world.push('team/app', '1', made);
  const wish = { url: receiver.url, events: ['blob_damaged', 'blob_repaired'], repositories: 'team/*' };
  await world.get<CreatedWebhook>('/api/v1/webhooks', {
    method: 'POST',
    status: 201,
    isAdmin: true,
    body: wish,
  });
  assert.equal((await listDamage(world)).total, 0);

  flip(world.blobFile(layer));
  flip(world.blobFile(made.digest));
  rmSync(world.blobFile(other));
  await scrub(world);
  const repaired = await untilRepaired(world, 3);
  for (const entry of repaired.damage) {
    assert.equal(entry.repairedFrom, `${mirror.host}/mirror-of/team/app`);
    assert.deepEqual(entry.images, [{ repository: 'team/app', digest: made.digest, tags: ['1'] }]);
  }
  const whys = Object.fromEntries(repaired.damage.map(({ digest, why }) => [digest, why]));
  assert.deepEqual(whys, {
    [layer]: 'its digest has changed',
    [made.digest]: 'its digest has changed',
    [other]: 'its file is gone',
  });
  assert.equal((await listDamage(world)).total, 0);
  await checkWhole(world);
  for (const digest of [layer, made.digest, other])
    assert.deepEqual(
      world
        .rows("select action, via from audit where target = 'storage' and digest = ? order by seq", digest)
        .map(({ action, via }) => `${action} ${via}`),
      ['blob.damage product', 'blob.repair product'],
    );
  const told = await until(
    async () => (receiver.posted.length === 6 ? receiver.posted : undefined),
    'six posts',
  );
  const ofLayer = told.filter(({ headers }) => headers['ce-subject'] === layer);
  assert.deepEqual(ofLayer.map(({ headers }) => headers['ce-type']).sort(), [
    'plimsoll.blob_damaged',
    'plimsoll.blob_repaired',
  ]);
  for (const { body } of ofLayer) assert.deepEqual(JSON.parse(body).repositories, ['team/app']);
  const metrics = await (await world.send('GET', '/metrics', { headers: { authorization } })).text();
  assert.match(metrics, /^plimsoll_repairs_total\{outcome="repaired"\} 3$/m);
  assert.match(metrics, /^plimsoll_damaged_blobs 0$/m);
});

/** Answers every blob with bytes of the right length that are not the blob. */
async function startLiar(): Promise<{
  readonly server: Server;
  readonly host: string;
  readonly asked: string[];
}> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const [, digest = ''] = /\/blobs\/(sha256:[0-9a-f]+)$/.exec(request.url ?? '') ?? [];
    const bytes = made.blobs.get(digest as never);
    if (bytes === undefined) return void response.writeHead(request.url === '/v2/' ? 200 : 404).end();
    asked.push(request.url ?? '');
    response.writeHead(200, { 'content-length': bytes.byteLength }).end(Buffer.alloc(bytes.byteLength, 'x'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, host: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

test('a mirror that lies is refused and said; repaired is from the next, by the command', async () => {
  await using opened = new AsyncDisposableStack();
  const liar = await startLiar();
  opened.defer(() => {
    liar.server.closeAllConnections();
    liar.server.close();
  });
  using home = temporaryFolder();
  const folder = join(home.path, 'server');
  mkdirSync(folder);
  writeFeeds(join(folder, 'feeds'));
  const run = (world: ProductWorld, ...argv: string[]) =>
    runCommand(argv, { home: home.path, flags: { '--instance': world.url } });
  {
    await using world = await bootProduct({
      folder,
      flags: [['--storage-repair-from', `**=${liar.host}`]],
    });
    await world.push('team/app', '1', made);
    flip(world.blobFile(layer));
    await scrub(world);
    const [entry] = await until(async () => {
      const { damage } = await listDamage(world);
      return damage[0]?.error === undefined ? undefined : damage;
    }, 'what the mirror did');
    assert.equal(entry?.tries, 1);
    assert.match(entry?.error ?? '', /gave the bytes of sha256:[0-9a-f]+ for sha256:/);
    assert.deepEqual(liar.asked, [`/v2/team/app/blobs/${layer}`]);
    // Nothing of it is served, nor left in the folder of uploads.
    const headers = { authorization: `Bearer ${await world.token('repository:team/app:pull')}` };
    assert.equal((await world.send('GET', `/v2/team/app/blobs/${layer}`, { headers })).status, 404);
    assert.deepEqual(world.rows('select id from upload'), []);
  }
  await using mirror = await bootProduct();
  await mirror.push('team/app', '1', made);
  await using world = await bootProduct({
    folder,
    flags: [['--storage-repair-from', `**=${liar.host},team/**=${mirror.host}/team`]],
  });
  await writeCredential(world.host, { username: 'admin', password }, readPlaces({ HOME: home.path }));
  const shown = await run(world, 'storage', 'damage', '--exit-code');
  assert.equal(shown.exitCode, 2, shown.stderr);
  assert.match(
    shown.stdout,
    new RegExp(`^${layer} .*\n  found .*: its digest has changed\n  hits +team/app:1\n`),
  );
  assert.match(shown.stdout, new RegExp(`mirrors +${liar.host}/team/app, ${mirror.host}/team/app\n`));
  const asked = await run(world, 'storage', 'repair', layer);
  assert.equal(asked.exitCode, 0, asked.stderr);
  await untilRepaired(world, 1);
  const after = await run(world, 'storage', 'damage', '--repaired');
  assert.match(after.stdout, new RegExp(`repaired +\\S+: from ${mirror.host}/team/app\n`));
  assert.equal((await run(world, 'storage', 'damage', '--exit-code')).stdout, 'nothing is damaged\n');
  await checkWhole(world);
  const metrics = await (await world.send('GET', '/metrics', { headers: { authorization } })).text();
  assert.match(metrics, /^plimsoll_repairs_total\{outcome="refused"\} 1$/m);
});

test('without a mirror damage waits for a push, which repairs it and is said to have', async () => {
  await using world = await bootProduct();
  await world.push('team/app', '1', made);
  rmSync(world.blobFile(layer));
  await world.get('/api/v1/storage/checks', { method: 'POST', status: 202, isAdmin: true });
  const [entry] = await until(async () => {
    const { damage } = await listDamage(world);
    return damage.length === 0 ? undefined : damage;
  }, 'the damage');
  assert.deepEqual([entry?.mirrors, entry?.why], [[], 'its file is gone']);
  await world.get('/api/v1/storage/repairs', { method: 'POST', status: 202, isAdmin: true, body: {} });
  const wrong = { method: 'POST', isAdmin: true, body: { digest: 'sha256:1' } };
  assert.equal((await world.problem('/api/v1/storage/repairs', 400, wrong)).code, 'http.body_invalid');
  await world.problem('/api/v1/storage/damage', 401);
  await world.push('team/app', '1', made);
  const { damage } = await listDamage(world, 'repaired');
  assert.deepEqual([damage[0]?.digest, damage[0]?.repairedFrom], [layer, 'push']);
  await checkWhole(world);
});
