// Promise: whatever is refused is refused in the caller's own tongue, with our code and a hint beside it: the
// registry's JSON for clients, problem details for the API.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { limits } from '../../src/kit/limits.ts';
import { debianImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, password } from '../world/product.ts';

let world: ProductWorld;
const made = debianImage(['openssl 3.0.11-1']);

before(async () => {
  world = await bootProduct();
  await world.push('team/app', '1', made);
});
after(() => world[Symbol.asyncDispose]());

/** Status, the specification's code and ours. */
async function refusal(method: string, path: string, more: RequestInit = {}) {
  // A new one each time: the whole suite may take longer than a token lives.
  const authorization = `Bearer ${await world.token('repository:team/app:pull,push,delete')}`;
  const headers = { authorization, ...(more.headers as Record<string, string>) };
  const response = await world.send(method, path, { ...more, headers });
  const { errors } = (await response.json()) as {
    errors: [{ code: string; message: string; detail: { code: string; hint: string } }];
  };
  assert.ok(errors[0].message.length > 5 && errors[0].detail.hint.length > 5);
  return [response.status, errors[0].code, errors[0].detail.code];
}

test('a manifest over its limit', async () => {
  const headers = { 'content-type': made.mediaType };
  assert.deepEqual(
    await refusal('PUT', '/v2/team/app/manifests/2', { headers, body: ' '.repeat(4 * 1024 * 1024 + 1) }),
    [413, 'SIZE_INVALID', 'http.body_too_large'],
  );
});

test('more tags in one push than are taken', async () => {
  const tags = Array.from({ length: 101 }, (_, at) => `tag=v${at}`).join('&');
  const headers = { 'content-type': made.mediaType };
  const body = made.bytes as Uint8Array<ArrayBuffer>;
  assert.deepEqual(await refusal('PUT', `/v2/team/app/manifests/${made.digest}?${tags}`, { headers, body }), [
    414,
    'UNSUPPORTED',
    'http.tags_too_many',
  ]);
});

test('a manifest of a type that the client does not name', async () => {
  const headers = { accept: 'application/vnd.docker.distribution.manifest.v1+prettyjws' };
  assert.deepEqual(await refusal('GET', '/v2/team/app/manifests/1', { headers }), [
    404,
    'MANIFEST_UNKNOWN',
    'http.not_acceptable',
  ]);
});

test('a method that does not work there, on /v2 and in the API', async () => {
  assert.deepEqual(await refusal('PATCH', '/v2/team/app/manifests/1'), [
    405,
    'UNSUPPORTED',
    'http.method_not_allowed',
  ]);
  for (const [path, allow] of [
    ['/api/v1/home', 'GET, HEAD'],
    ['/api/v1/openapi.json', 'GET, HEAD'],
    ['/api/v1/repositories/team/app', 'PATCH, GET, HEAD'],
    ['/api/v1/repositories/team/app/-/images/1/findings', 'GET, HEAD'],
    ['/api/v1/advisories/refresh', 'POST'],
    ['/healthz', 'GET, HEAD'],
  ] as const) {
    assert.deepEqual(await problemOf('DELETE', path), [405, 'http.method_not_allowed'], path);
    assert.equal((await world.send('DELETE', path)).headers.get('allow'), allow);
  }
  const head = await world.send('HEAD', '/api/v1/home');
  assert.deepEqual([head.status, await head.text()], [200, '']);
});

test('a login that does not hold, one that is not needed, and a page of another site', async () => {
  const login = (word: string) => `Basic ${Buffer.from(`admin:${word}`).toString('base64')}`;
  const refresh = '/api/v1/advisories/refresh';
  for (const authorization of [login('wrong-password'), 'Bearer x', 'Basic !'])
    assert.deepEqual(
      await problemOf('GET', '/api/v1/home', { authorization }),
      [401, 'hub.credentials_wrong'],
      authorization,
    );
  assert.deepEqual(await problemOf('POST', refresh), [401, 'hub.login_required']);
  for (const site of ['cross-site', 'same-site'])
    assert.deepEqual(
      await problemOf('POST', refresh, { authorization: login(password), 'sec-fetch-site': site }),
      [403, 'hub.access_denied'],
    );
  assert.equal(world.rows(`select id from job where kind = 'refresh-advisories'`).length, 0);
  assert.deepEqual(await refusal('GET', '/v2/', { headers: { authorization: login('wrong-password') } }), [
    401,
    'UNAUTHORIZED',
    'hub.credentials_wrong',
  ]);
});

test('a body over its limit, in the API', async () => {
  const headers = {
    authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`,
    'content-type': 'application/json',
  };
  const body = JSON.stringify({ note: ' '.repeat(limits.apiBodyBytes) });
  assert.deepEqual(await problemOf('POST', '/api/v1/tokens', headers, body), [413, 'http.body_too_large']);
});

async function problemOf(method: string, path: string, headers: Record<string, string> = {}, body?: string) {
  const response = await world.send(method, path, { headers, ...(body === undefined ? {} : { body }) });
  assert.equal(response.headers.get('content-type'), 'application/problem+json', path);
  const { code, status } = (await response.json()) as { code: string; status: number };
  assert.equal(status, response.status);
  return [status, code];
}
