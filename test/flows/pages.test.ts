// Promise: the pages come with headers that let nothing foreign in, every address of the UI leads to it, no
// request names a file on the disk, and a server whose pages are not built says so and works.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bootProduct, type ProductWorld, temporaryFolder } from '../world/product.ts';

let world: ProductWorld;
const folder = temporaryFolder();
const page = '<!doctype html><title>Plimsoll</title><script src="/assets/app-1a2b3c.js"></script>';

before(async () => {
  const webFolder = join(folder.path, 'web');
  mkdirSync(join(webFolder, 'assets'), { recursive: true });
  writeFileSync(join(webFolder, 'index.html'), page);
  writeFileSync(join(webFolder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(webFolder, 'assets', 'app-1a2b3c.js'), `${'console.log("plimsoll");'.repeat(200)}`);
  writeFileSync(join(folder.path, 'outside.txt'), 'not to be seen');
  world = await bootProduct({ folder: folder.path, webFolder });
});
after(async () => {
  await world[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

test('every address of the UI is answered by its page, with headers that let nothing foreign in', async () => {
  for (const path of ['/', '/search?q=x', '/r/team/app', '/r/x/-/y', '/r/team/app/-/sha256:abc?tab=layers']) {
    const answer = await world.send('GET', path);
    assert.equal(answer.status, 200, path);
    assert.equal(await answer.text(), page, path);
    assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.equal(answer.headers.get('cache-control'), 'no-cache');
    const policy = answer.headers.get('content-security-policy') ?? '';
    for (const part of [
      `default-src 'none'`,
      `script-src 'self'`,
      `frame-ancestors 'none'`,
      `base-uri 'none'`,
    ])
      assert.ok(policy.split('; ').includes(part), part);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(answer.headers.get('referrer-policy'), 'same-origin');
    assert.equal(answer.headers.get('cross-origin-opener-policy'), 'same-origin');
    assert.equal(answer.headers.get('access-control-allow-origin'), null);
  }
});

test('the API and its failures have the same headers', async () => {
  for (const path of ['/api/v1/home', '/api/v1/nothing', '/healthz', '/api/v1/openapi.json']) {
    const answer = await world.send('GET', path);
    assert.match(answer.headers.get('content-security-policy') ?? '', /^default-src 'none'/, path);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(answer.headers.get('access-control-allow-origin'), null, path);
  }
});

test('an address that nobody knows gets the page, with 404 for machines', async () => {
  const answer = await world.send('GET', '/no/such/page');
  assert.equal(answer.status, 404);
  assert.equal(await answer.text(), page);
  assert.equal((await world.send('GET', '/assets/none-000000.js')).status, 404);
  assert.equal(await world.send('GET', '/assets/none-000000.js').then((one) => one.text()), '');
});

test('no path leads out of the folder', async () => {
  for (const path of [
    '/../outside.txt',
    '/assets/../../outside.txt',
    '/..%2foutside.txt',
    '/%2e%2e/outside.txt',
    '/assets/..%5c..%5coutside.txt',
    '//outside.txt',
    '/./../outside.txt',
    `/${encodeURIComponent(join(folder.path, 'outside.txt'))}`,
    '/assets/%00.js',
  ]) {
    const { status, body } = await sendRaw(path);
    assert.ok(status === 404 || status === 400, `${path}: ${status}`);
    assert.doesNotMatch(body, /not to be seen/, path);
  }
});

test('files named by their content are kept for ever, compressed as wished, and never sent twice', async () => {
  const path = '/assets/app-1a2b3c.js';
  const plain = await world.send('GET', path, { headers: { 'accept-encoding': 'identity' } });
  assert.equal(plain.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  assert.equal(plain.headers.get('content-type'), 'text/javascript; charset=utf-8');
  assert.equal(plain.headers.get('content-encoding'), null);
  const text = await plain.text();
  for (const encoding of ['br', 'gzip']) {
    const answer = await world.send('GET', path, { headers: { 'accept-encoding': encoding } });
    assert.equal(answer.headers.get('content-encoding'), encoding);
    assert.ok(Number(answer.headers.get('content-length')) < text.length / 2);
    assert.equal(await answer.text(), text);
  }
  const refused = await world.send('GET', path, { headers: { 'accept-encoding': 'br;q=0, gzip;q=0.5' } });
  assert.equal(refused.headers.get('content-encoding'), 'gzip');
  const etag = plain.headers.get('etag') as string;
  assert.equal((await world.send('GET', path, { headers: { 'if-none-match': etag } })).status, 304);
  const head = await world.send('HEAD', path);
  assert.equal(head.status, 200);
  assert.equal(await head.text(), '');
  assert.equal((await world.send('POST', path)).status, 405);
});

test('where the pages are not built, a page says so, and the rest works', async () => {
  await using bare = await bootProduct();
  const answer = await bare.send('GET', '/');
  assert.equal(answer.status, 503);
  assert.match(await answer.text(), /The pages are not built/);
  assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  assert.equal((await bare.get<{ status: string }>('/readyz')).status, 'ready');
  assert.equal((await bare.send('GET', '/v2/')).status, 401);
});

/** As an attacker writes it: nothing on the way tidies the path. */
function sendRaw(path: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(world.url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}
