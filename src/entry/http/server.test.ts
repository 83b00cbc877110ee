import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as send } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { silentLog } from '../../kit/log.ts';
import type { FetchHandler } from './fetch-bridge.ts';
import { type RunningServer, type ServerParts, startServer } from './server.ts';

function start(parts: Partial<ServerParts>): Promise<RunningServer> {
  return startServer({
    host: '127.0.0.1',
    port: 0,
    registry: async (_request, response) => void response.end('registry'),
    site: () => new Response('site'),
    log: silentLog,
    ...parts,
  });
}

test('the registry’s addresses go to the registry, all others to the site', async () => {
  await using server = await start({});
  assert.equal(server.url, `http://127.0.0.1:${server.port}`);
  for (const path of ['/v2/', '/token?a=b'])
    assert.equal(await (await fetch(server.url + path)).text(), 'registry');
  for (const path of ['/', '/v2x', '//double'])
    assert.equal(await (await fetch(server.url + path)).text(), 'site');
});

test('requests wait for what must be there first', async () => {
  const ready = Promise.withResolvers<void>();
  const seen: string[] = [];
  await using server = await start({
    ready: ready.promise,
    registry: async (_request, response) => {
      seen.push('answered');
      response.end('registry');
    },
  });
  const early = fetch(`${server.url}/v2/`);
  // A second connection that was refused shows that the first has come in: requests are taken in their order.
  const socket = connect(server.port, '127.0.0.1');
  socket.end('nonsense\r\n\r\n');
  await once(socket.resume(), 'close');
  assert.deepEqual(seen, []);
  ready.resolve();
  assert.equal(await (await early).text(), 'registry');
  assert.equal(await (await fetch(`${server.url}/v2/`)).text(), 'registry');
  assert.deepEqual(seen, ['answered', 'answered']);
});

test('a taken port is one clear sentence', async () => {
  await using server = await start({});
  await assert.rejects(start({ port: server.port }), {
    code: 'http.address_unusable',
    message: `cannot listen on 127.0.0.1:${server.port}: another program listens there`,
  });
});

test('a fetch handler gets method, headers, address and body, and answers with all of it', async () => {
  const site: FetchHandler = async (request) => {
    const url = new URL(request.url);
    const body = `${request.method} ${url.pathname}${url.search} ${request.headers.get('x-a')} ${await request.text()}`;
    const headers = new Headers({ 'x-b': '1' });
    headers.append('set-cookie', 'a=1');
    headers.append('set-cookie', 'b=2');
    return new Response(body, { status: 201, headers });
  };
  await using server = await start({ site });
  const response = await fetch(`${server.url}/p?q=1`, {
    method: 'POST',
    body: 'hello',
    headers: { 'x-a': '7' },
  });
  assert.equal(response.status, 201);
  assert.equal(response.headers.get('x-b'), '1');
  assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2']);
  assert.equal(await response.text(), 'POST /p?q=1 7 hello');
  const head = await fetch(`${server.url}/p`, { method: 'HEAD' });
  assert.equal(head.status, 201);
  assert.equal(await head.text(), '');
});

test('a fetch handler that fails is a 500 that says nothing', async () => {
  await using server = await start({
    site: () => {
      throw new Error('secret');
    },
  });
  const response = await fetch(server.url);
  assert.equal(response.status, 500);
  assert.equal(await response.text(), '');
});

test('a fetch handler hears that its client left', async () => {
  const left = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const site: FetchHandler = (request) => {
    const answered = Promise.withResolvers<Response>();
    request.signal.addEventListener('abort', () => {
      left.resolve();
      answered.resolve(new Response());
    });
    arrived.resolve();
    return answered.promise;
  };
  await using server = await start({ site });
  const client = send(server.url).end();
  client.on('error', () => {});
  await arrived.promise;
  client.destroy();
  await left.promise;
});

test('draining refuses new connections, lets running requests finish, and then ends', async () => {
  const arrived = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const server = await start({
    registry: async (_request, response) => {
      arrived.resolve();
      await go.promise;
      response.end('done');
    },
  });
  const running = fetch(`${server.url}/v2/`);
  await arrived.promise;
  assert.equal(server.isDraining, false);
  const ended = server[Symbol.asyncDispose]();
  assert.equal(server.isDraining, true);
  await assert.rejects(fetch(server.url));
  go.resolve();
  assert.equal(await (await running).text(), 'done');
  await ended;
  await server[Symbol.asyncDispose]();
});

test('a client that never ends is cut off when the drain’s time is up', async () => {
  const arrived = Promise.withResolvers<void>();
  const server = await start({
    drainMs: 1,
    registry: async (request) => {
      arrived.resolve();
      await once(request, 'close');
    },
  });
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('PUT /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf');
  await arrived.promise;
  await Promise.all([server[Symbol.asyncDispose](), once(socket, 'close')]);
});

test('a handler that rejects ends the connection and nothing else', async () => {
  await using server = await start({
    registry: async () => {
      throw new Error('a defect');
    },
  });
  await assert.rejects(fetch(`${server.url}/v2/`));
  assert.equal(await (await fetch(server.url)).text(), 'site');
});

test('a request head that is too large is refused', async () => {
  await using server = await start({});
  const response = await fetch(server.url, { headers: { 'x-a': 'a'.repeat(20_000) } });
  assert.equal(response.status, 431);
});
