// Promise: a disk that is nearly full refuses pushes with a sentence that clients show, while pulls and deletions go on;
// readiness, liveness, metrics and the command say it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Readiness } from '../../src/entry/http/contract.ts';
import type { StorageStatus } from '../../src/entry/http/contract-storage.ts';
import { debianImage } from '../world/image.ts';
import { bootProduct, password } from '../world/product.ts';

const made = debianImage(['openssl 3.0.11-1']);
const GiB = 1024 ** 3;

test('a nearly full disk: no push, every pull, every deletion', async () => {
  const time = { now: 1_790_000_000_000 };
  const disk = { freeBytes: 50 * GiB, totalBytes: 100 * GiB };
  await using world = await bootProduct({
    clock: { now: () => time.now },
    readSpace: async () => ({ ...disk }),
    flags: [['--storage-reserve', '2GiB']],
  });
  await world.push('team/app', '1', made);
  const ready = await world.get<Readiness>('/readyz');
  assert.deepEqual(
    ready.checks.find(({ name }) => name === 'disk'),
    { name: 'disk', isReady: true },
  );
  assert.deepEqual(await world.get('/healthz'), { status: 'alive' });

  disk.freeBytes = GiB;
  time.now += 1_000;
  const bearer = await world.token('repository:team/app:pull,push,delete');
  const headers = { authorization: `Bearer ${bearer}` };
  const manifest = {
    body: made.bytes as Uint8Array<ArrayBuffer>,
    headers: { ...headers, 'content-type': made.manifests.at(-1)?.mediaType ?? '' },
  };
  for (const answer of [
    await world.send('POST', '/v2/team/app/blobs/uploads/', { headers }),
    await world.send('POST', `/v2/team/app/blobs/uploads/?digest=${made.digest}`, { headers, body: 'bytes' }),
    await world.send('PUT', '/v2/team/app/manifests/2', manifest),
  ]) {
    const { errors } = (await answer.json()) as { errors: { code: string; message: string }[] };
    assert.deepEqual([answer.status, errors[0]?.code], [403, 'DENIED']);
    assert.match(
      errors[0]?.message ?? '',
      /^the disk of this registry .*pulls go on; ask whoever runs this registry/,
    );
  }
  for (const [digest] of made.blobs) {
    const answer = await world.send('GET', `/v2/team/app/blobs/${digest}`, { headers });
    assert.equal((await answer.arrayBuffer()).byteLength, made.blobs.get(digest)?.byteLength);
  }
  const low = await world.get<Readiness>('/readyz');
  assert.equal(low.status, 'ready');
  const warning = low.checks.find(({ name }) => name === 'disk')?.warning ?? '';
  assert.match(warning, /^the disk is nearly full: 1\.1 GB are free, under the 2\.1 GB that are kept/);
  assert.deepEqual(await world.get('/healthz'), { status: 'alive', warnings: [warning] });
  const status = await world.get<StorageStatus>('/api/v1/storage', { isAdmin: true });
  assert.deepEqual(status.disk, { kind: 'known', ...disk, reserveBytes: 2 * GiB, isLow: true });
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  const metrics = await (await world.send('GET', '/metrics', { headers: { authorization } })).text();
  assert.match(metrics, /^plimsoll_disk_free_bytes 1073741824$/m);
  assert.match(metrics, /^plimsoll_disk_reserve_bytes 2147483648$/m);
  const deleted = await world.send('DELETE', '/v2/team/app/manifests/1', { headers });
  assert.equal(deleted.status, 202);

  disk.freeBytes = 50 * GiB;
  time.now += 1_000;
  await world.push('team/app', '3', made);
});
