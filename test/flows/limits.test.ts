// Promise: pulls are limited as Docker Hub limits them, once somebody asks for it and never before; one address
// cannot take the whole server; what is refused says for how long.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../src/kit/clock.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { debianImage, index } from '../world/image.ts';
import { bootProduct, type ProductWorld } from '../world/product.ts';

const image = debianImage(['bash 5.2-1']);
const flags = [
  ['--limits-pulls', 'anonymous=2/6h,account=3/6h'],
  ['--limits-exempt', 'library'],
  ['--proxy-trusted', 'on'],
] as const;

interface Asked {
  readonly method?: string;
  readonly address?: string;
  readonly token?: string;
  readonly known?: string;
}

async function ask(world: ProductWorld, name: string, reference: string, asked: Asked = {}) {
  const { method = 'GET', address = '192.0.2.1', token, known } = asked;
  const response = await world.send(method, `/v2/${name}/manifests/${reference}`, {
    headers: {
      'x-forwarded-for': address,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(known === undefined ? {} : { 'if-none-match': `"${known}"` }),
    },
  });
  const text = await response.text();
  const said = (header: string) => response.headers.get(header);
  return {
    status: response.status,
    limit: said('ratelimit-limit'),
    remaining: said('ratelimit-remaining'),
    source: said('docker-ratelimit-source'),
    retryAfter: said('retry-after'),
    text,
  };
}

test('without a setting there is no limit, and no header that speaks of one', async () => {
  await using world = await bootProduct();
  await world.push('team/app', '1', image);
  for (let at = 0; at < 5; at += 1) {
    const { status, limit, remaining, source } = await ask(world, 'team/app', '1');
    assert.deepEqual([status, limit, remaining, source], [200, null, null, null]);
  }
});

test('pulls count by address at the manifest’s GET; HEAD and what the client has are free', async () => {
  let ahead = 0;
  const clock: Clock = { ...systemClock, now: () => Date.now() + ahead };
  await using world = await bootProduct({ flags, clock });
  await world.push('team/app', '1', image);
  await world.push('library/app', '1', image);
  for (const asked of [{ method: 'HEAD' }, { method: 'HEAD' }, { known: image.digest }]) {
    const free = await ask(world, 'team/app', '1', asked);
    assert.deepEqual([free.limit, free.remaining], ['2;w=21600', '2;w=21600']);
  }
  assert.equal((await ask(world, 'team/app', 'none')).status, 404, 'a pull of nothing is none');
  const first = await ask(world, 'team/app', '1');
  assert.deepEqual([first.status, first.remaining, first.source], [200, '1;w=21600', '192.0.2.1']);
  assert.equal((await ask(world, 'team/app', image.digest)).remaining, '0;w=21600');

  const over = await ask(world, 'team/app', '1');
  assert.equal(over.status, 429);
  const [{ code, message }] = (JSON.parse(over.text) as { errors: [{ code: string; message: string }] })
    .errors;
  assert.equal(code, 'TOOMANYREQUESTS');
  const [, seconds] =
    /^192\.0\.2\.1 has pulled 2 images within 6 h, which is the limit here; log in to pull more, or try again in (\d+) s$/.exec(
      message,
    ) ?? [];
  assert.equal(seconds, over.retryAfter);
  assert.ok(Number(seconds) > 21_000 && Number(seconds) <= 21_600, seconds);
  assert.equal(
    (await ask(world, 'team/app', '1', { method: 'HEAD' })).status,
    200,
    'a version check is free',
  );
  assert.equal((await ask(world, 'library/app', '1')).limit, null, 'an exempt namespace');
  assert.equal((await ask(world, 'team/app', '1', { address: '192.0.2.2' })).status, 200);

  const token = await world.token('repository:team/app:pull');
  const mine = await ask(world, 'team/app', '1', { token });
  assert.deepEqual([mine.limit, mine.remaining, mine.source], ['3;w=21600', '2;w=21600', 'admin']);
  ahead = 6 * 60 * 60 * 1000;
  assert.equal((await ask(world, 'team/app', '1')).remaining, '1;w=21600', 'the window ended');
});

test('an image for many platforms counts once for each that is pulled', async () => {
  await using world = await bootProduct({ flags });
  const arm = debianImage(['bash 5.2-1'], { architecture: 'arm64' });
  const many = index({ 'linux/amd64': image, 'linux/arm64': arm });
  await world.push('team/app', '1', many);
  assert.equal((await ask(world, 'team/app', '1')).remaining, '2;w=21600');
  assert.equal((await ask(world, 'team/app', image.digest)).remaining, '1;w=21600');
  assert.equal((await ask(world, 'team/app', arm.digest)).remaining, '0;w=21600');
  assert.equal((await ask(world, 'team/app', '1')).status, 429, 'refused at its beginning, not half-way');
});

test('who sends too many requests is told to wait, before any work; others are not', async () => {
  await using world = await bootProduct({
    flags: [
      ['--limits-requests', '3/1m'],
      ['--proxy-trusted', 'on'],
    ],
  });
  const from = (address: string, path: string) =>
    world.send('GET', path, { headers: { 'x-forwarded-for': address } });
  for (const path of ['/v2/', '/api/v1/home', '/livez'])
    assert.notEqual((await from('2001:db8::1', path)).status, 429);
  const plain = await from('2001:db8::2', '/api/v1/home');
  assert.deepEqual([plain.status, plain.headers.get('content-type')], [429, 'text/plain; charset=utf-8']);
  assert.match(
    await plain.text(),
    /^429 Too Many Requests: 2001:db8:0:0 has sent 3 requests within 60 s, .* try again in \d+ s\n$/,
  );
  const registry = await from('2001:db8::1', '/v2/');
  assert.ok(Number(registry.headers.get('retry-after')) > 0);
  const { errors } = (await registry.json()) as { errors: { code: string; detail: { code: string } }[] };
  assert.deepEqual([errors[0]?.code, errors[0]?.detail.code], ['TOOMANYREQUESTS', 'hub.requests_limited']);
  assert.equal((await from('2001:db8:0:1::1', '/v2/')).status, 401);
});
