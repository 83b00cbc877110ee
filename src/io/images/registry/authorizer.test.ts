import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { Http, HttpAnswer } from '../../net/http.ts';
import { createAuthorizer, type Need } from './authorizer.ts';

const origin = new URL('http://127.0.0.1:1');
const push: Need = { repositories: [{ name: 'a/b', actions: 'pull,push' }] };

function answer(status: number, headers: Record<string, string>, body: string): HttpAnswer {
  return { status, headers, body: Readable.from([Buffer.from(body)]), url: origin };
}

function unauthorized(): HttpAnswer {
  return answer(401, { 'www-authenticate': 'Bearer realm="http://127.0.0.1:1/token",service="s"' }, '');
}

function create(): { authorizer: ReturnType<typeof createAuthorizer>; fetched: () => number } {
  let fetched = 0;
  const request = async (): Promise<HttpAnswer> => {
    fetched += 1;
    return answer(200, {}, `{"token":"t${fetched}","expires_in":300}`);
  };
  const http = { request, requestWithRetry: request, allowsPlaintext: () => true } as unknown as Http;
  const authorizer = createAuthorizer({
    http,
    clock: { now: () => 0 },
    origin,
    credential: async () => ({ kind: 'password', username: 'ann', password: 'pw', source: 'test' }),
  });
  return { authorizer, fetched: () => fetched };
}

test('two uploads that were refused side by side both go on, with one token', async () => {
  const { authorizer, fetched } = create();
  assert.equal(await authorizer.header(push), undefined);
  assert.equal(await authorizer.learn(unauthorized(), push, undefined), true);
  const first = await authorizer.header(push);
  assert.equal(await authorizer.learn(unauthorized(), push, undefined), true);
  assert.equal(await authorizer.header(push), first);
  assert.equal(fetched(), 1);
});

test('a token that is refused is fetched anew; one that another request has replaced meanwhile is not', async () => {
  const { authorizer, fetched } = create();
  await authorizer.learn(unauthorized(), push, undefined);
  const stale = await authorizer.header(push);
  assert.equal(await authorizer.learn(unauthorized(), push, stale), true);
  assert.equal(await authorizer.header(push), 'Bearer t2');
  assert.equal(await authorizer.learn(unauthorized(), push, stale), true);
  assert.equal(await authorizer.header(push), 'Bearer t2');
  assert.equal(fetched(), 2);
});

test('a 401 without a challenge that can be read, or to a Basic login, stands', async () => {
  const { authorizer } = create();
  assert.equal(await authorizer.learn(answer(401, {}, ''), push, undefined), false);
  const basic = answer(401, { 'www-authenticate': 'Basic realm="x"' }, '');
  assert.equal(await authorizer.learn(basic, push, undefined), true);
  assert.equal(await authorizer.learn(basic, push, await authorizer.header(push)), false);
});
