import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { openTestHttp } from '../net/http.fixture.ts';
import type { Credential } from './credentials.ts';
import { createTrustServer, defaultTrustHost, type TrustPlace } from './trust-server.ts';

const START = '/v2/registry.example.org/team/app/_trust/tuf/';

/** A loopback server; `seen` keeps `PATH AUTHORIZATION` of each request. */
async function serve(
  t: TestContext,
  handle: (url: URL, response: http.ServerResponse, authorization: string | undefined) => void,
) {
  const seen: string[] = [];
  const server = http.createServer((request, response) => {
    const { authorization } = request.headers;
    seen.push(`${request.url} ${authorization ?? '-'}`);
    handle(new URL(request.url ?? '', 'http://x'), response, authorization);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

/** `logins` has the password of each host; `asked` what a login was asked for. */
function open(
  t: TestContext,
  place: Partial<TrustPlace> & { host: string },
  logins: Record<string, string> = {},
) {
  const client = openTestHttp();
  t.after(() => client[Symbol.asyncDispose]());
  const asked: string[] = [];
  const credential = async (host: string, repository?: string): Promise<Credential | undefined> => {
    asked.push(`${host} ${repository}`);
    const password = logins[host];
    return password === undefined
      ? undefined
      : { kind: 'password', username: 'ann', password, source: 'test' };
  };
  const whole = { registry: 'registry.example.org', repository: 'team/app', ...place };
  return { asked, server: createTrustServer(whole, { http: client, clock: { now: () => 0 }, credential }) };
}

test('trust server: files come byte for byte with their address; what is not there has none', async (t) => {
  const { host, seen } = await serve(t, (url, response) => {
    if (url.pathname !== `${START}targets/releases.json`) return void response.writeHead(404).end('{}');
    response.writeHead(200, { 'last-modified': 'Sat, 21 Nov 2026 20:31:46 UTC' }).end('{ "a":1 }\n');
  });
  const { server } = open(t, { host });
  const found = await server.read('targets/releases', 100);
  assert.equal(Buffer.from(found.bytes ?? []).toString(), '{ "a":1 }\n');
  assert.equal(found.url, `http://${host}${START}targets/releases.json`);
  assert.equal(found.lastModified, 'Sat, 21 Nov 2026 20:31:46 UTC');
  assert.deepEqual(await server.read('2.root', 100), { url: `http://${host}${START}2.root.json` });
  assert.equal(server.gun, 'registry.example.org/team/app');
  assert.deepEqual(seen.slice(-1), [`${START}2.root.json -`]);
  await assert.rejects(server.read('targets/releases', 5), { code: 'net.answer_too_large' });
});

test('trust server: a token is fetched for the repository with its host, with the registry’s own login', async (t) => {
  const { host, seen } = await serve(t, (url, response, authorization) => {
    if (url.pathname === '/token')
      return void response.end(JSON.stringify({ token: 'tok', expires_in: 300 }));
    if (authorization === 'Bearer tok') return void response.end('{}');
    const realm = `Bearer realm="http://${host}/token",service="notary.example.org"`;
    response.writeHead(401, { 'www-authenticate': realm }).end();
  });
  const registry = host.replace(/:\d+$/, ':5000');
  const { server, asked } = open(t, { host, registry }, { [registry]: 'pw' });
  assert.ok(await server.read('root', 100));
  const basic = `Basic ${Buffer.from('ann:pw').toString('base64')}`;
  const scope = encodeURIComponent(`repository:${registry}/team/app:pull`);
  const token = seen.find((line) => line.startsWith('/token'));
  assert.equal(token, `/token?service=notary.example.org&scope=${scope}&account=ann ${basic}`);
  assert.deepEqual([...new Set(asked)], [`${registry} team/app`]);
});

test('trust server: a server of somebody else does not get the registry’s login', async (t) => {
  const { host, seen } = await serve(t, (_url, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
  });
  const { server, asked } = open(t, { host }, { 'registry.example.org': 'pw' });
  await assert.rejects(server.read('root', 100), { code: 'images.unauthenticated' });
  assert.ok(
    seen.every((line) => line.endsWith(' -')),
    seen.join('\n'),
  );
  assert.deepEqual([...new Set(asked)], [`${host} undefined`]);
});

test('trust server: a server that fails is an error, never an empty answer', async (t) => {
  for (const [status, code] of [
    [403, 'images.denied'],
    [410, 'images.registry_refused'],
    [500, 'images.registry_failed'],
  ] as const) {
    const { host } = await serve(t, (_url, response) => void response.writeHead(status).end());
    await assert.rejects(open(t, { host }).server.read('root', 100), { code }, String(status));
  }
});

test('trust server: Docker Hub’s has its own name, others are their registry', () => {
  assert.equal(defaultTrustHost('docker.io'), 'notary.docker.io');
  assert.equal(defaultTrustHost('registry.example.org:5000'), 'registry.example.org:5000');
});
