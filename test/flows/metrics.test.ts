// Promise: /metrics says what the server does, to an administrator or to whom it is opened, and no client can make
// its list long.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { debianImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, password } from '../world/product.ts';

const image = debianImage(['bash 5.2-1']);
const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;

/** Each line's value by what stands before it. */
async function read(world: ProductWorld): Promise<ReadonlyMap<string, number>> {
  const response = await world.send('GET', '/metrics', { headers: { authorization } });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, name = '', value] = /^([a-z_]+(?:\{.*\})?) (\S+)$/.exec(line) ?? assert.fail(line);
      assert.ok(Number.isFinite(Number(value)), line);
      return [name, Number(value)] as const;
    }),
  );
}

test('metrics count pulls, requests, bytes, refusals and what is stored', async () => {
  await using world = await bootProduct({ flags: [['--limits-pulls', 'anonymous=1/6h']] });
  await world.push('team/app', '1', image);
  await world.untilScanned('team/app', '1');
  const quota = { method: 'POST', isAdmin: true, body: { quotaBytes: 1_000_000 } };
  await world.get('/api/v1/namespaces/team/quota', quota);
  const pull = async () => {
    const response = await world.send('GET', '/v2/team/app/manifests/1');
    await response.arrayBuffer();
    return response.status;
  };
  assert.deepEqual([await pull(), await pull()], [200, 429]);
  for (const method of ['PROPFIND', 'QUERY']) await world.send(method, '/v2/team/app/manifests/1');
  for (let at = 0; at < 20; at += 1) await (await world.send('GET', `/v2/a${at}/b`)).arrayBuffer();

  const found = await read(world);
  const value = (name: string) => found.get(name);
  assert.equal(value('plimsoll_pulls_total{kind="tag"}'), 1);
  assert.equal(value('plimsoll_pulls_total{kind="digest"}'), 0);
  assert.equal(value('plimsoll_limited_total{limit="pulls"}'), 1);
  assert.equal(value('plimsoll_http_requests_total{route="manifest",method="GET",status="200"}'), 1);
  assert.equal(value('plimsoll_http_requests_total{route="manifest",method="GET",status="429"}'), 1);
  assert.equal(value('plimsoll_http_requests_total{route="manifest",method="other",status="405"}'), 2);
  assert.equal(value('plimsoll_http_requests_total{route="unknown",method="GET",status="404"}'), 20);
  const sizes = [...image.blobs.values(), ...image.manifests.map(({ bytes }) => bytes)];
  const stored = sizes.reduce((sum, bytes) => sum + bytes.byteLength, 0);
  assert.equal(value('plimsoll_stored_bytes'), stored);
  assert.equal(value('plimsoll_namespace_bytes{namespace="team"}'), stored);
  assert.equal(value('plimsoll_namespace_quota_bytes{namespace="team"}'), 1_000_000);
  assert.deepEqual([value('plimsoll_blobs'), value('plimsoll_uploads')], [sizes.length, 0]);
  assert.equal(value('plimsoll_scans{state="judged"}'), 1);
  assert.ok((value('plimsoll_audit_entries') ?? 0) > 0);
  assert.ok((value('plimsoll_http_received_bytes_total') ?? 0) > stored);
  assert.ok((value('plimsoll_http_sent_bytes_total') ?? 0) > 0);
});

test('metrics are for administrators, for all, or for nobody', async () => {
  await using closed = await bootProduct();
  await closed.problem('/metrics', 401);
  await using open = await bootProduct({ flags: [['--metrics', 'open']] });
  assert.equal((await open.send('GET', '/metrics')).status, 200);
  await using off = await bootProduct({ flags: [['--metrics', 'off']] });
  assert.equal((await off.send('GET', '/metrics', { headers: { authorization } })).status, 404);
});
