import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import type { PlimsollError } from '../../kit/error.ts';
import { silentLog } from '../../kit/log.ts';
import { createHttp, endBody, type HttpDeps } from './fetch.ts';
import type { Http } from './http.ts';

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

async function serve(t: TestContext, handler: Handler): Promise<{ origin: string; server: http.Server }> {
  const server = http.createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`, server };
}

/** A server that answers with raw bytes. */
async function serveRaw(t: TestContext, answer: (socket: net.Socket) => void): Promise<string> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

function client(t: TestContext, deps: Partial<HttpDeps> = {}): Http & { readonly waits: number[] } {
  const waits: number[] = [];
  const made = createHttp({
    clock: { now: () => Date.parse('2026-03-01T12:00:00Z') },
    random: { uuid: () => '', bytes: (n) => new Uint8Array(n).fill(255) },
    log: silentLog,
    userAgent: 'plimsoll/test',
    wait: async (delayMs) => {
      waits.push(delayMs);
    },
    ...deps,
  });
  t.after(() => made[Symbol.asyncDispose]());
  return { ...made, waits };
}

async function text(body: Readable): Promise<string> {
  return Buffer.concat(await body.toArray()).toString();
}

const code = (wanted: string) => (error: PlimsollError) => error.code === wanted;

test('a request carries method, headers and body, and the answer streams back whatever its status', async (t) => {
  const { origin } = await serve(t, async (request, response) => {
    const body = await text(request);
    response.writeHead(418, { 'x-a': ['1', '2'], 'content-type': 'text/plain' });
    response.end(
      `${request.method} ${request.headers['user-agent']} ${request.headers['content-length']} ${body}`,
    );
  });
  const answer = await client(t).request({ url: `${origin}/x`, method: 'PUT', body: 'héllo' });
  assert.equal(answer.status, 418);
  assert.equal(answer.headers['x-a'], '1, 2');
  assert.equal(await text(answer.body), 'PUT plimsoll/test 6 héllo');
});

test('a stream body goes out with its length, and again on each try', async (t) => {
  const seen: string[] = [];
  const { origin } = await serve(t, async (request, response) => {
    seen.push(`${request.headers['content-length']}:${await text(request)}`);
    response.writeHead(seen.length < 3 ? 503 : 201).end();
  });
  let opened = 0;
  const answer = await client(t).requestWithRetry({
    url: origin,
    method: 'PUT',
    body: {
      sizeBytes: 4,
      open: () => {
        opened += 1;
        return Readable.from([Buffer.from('ab'), Buffer.from('cd')]);
      },
    },
  });
  assert.equal(answer.status, 201);
  assert.equal(opened, 3);
  assert.deepEqual(seen, ['4:abcd', '4:abcd', '4:abcd']);
});

test("the error of a body's own source is thrown as it is", async (t) => {
  const { origin } = await serve(t, (request) => request.resume());
  const failing = () =>
    new Readable({
      read() {
        this.destroy(new Error('the source is cut'));
      },
    });
  await assert.rejects(
    client(t).request({ url: origin, method: 'PUT', body: { sizeBytes: 9, open: failing } }),
    /the source is cut/,
  );
});

test('an answer that comes before the body is sent ends the sending', async (t) => {
  const { origin } = await serve(t, (_request, response) => response.writeHead(413).end('too much'));
  let ended = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.alloc(65_536);
    } finally {
      ended = true;
    }
  }
  const source = Readable.from(endless(), { objectMode: false });
  const closed = once(source, 'close');
  const answer = await client(t).request({ url: origin, method: 'PUT', body: { open: () => source } });
  assert.equal(answer.status, 413);
  assert.equal(await text(answer.body), 'too much');
  await closed;
  assert.equal(ended, true);
});

test('redirects: followed, relative too, and Authorization stays with its origin', async (t) => {
  const seen: string[] = [];
  const log = (name: string, request: http.IncomingMessage) =>
    seen.push(
      `${name} ${request.url} ${request.headers.authorization ?? '-'} ${request.headers.range ?? '-'}`,
    );
  const other = await serve(t, (request, response) => {
    log('other', request);
    response.end('bytes');
  });
  const first = await serve(t, (request, response) => {
    log('first', request);
    const location = request.url === '/a' ? '/b' : `${other.origin}/c`;
    response.writeHead(307, { location }).end('moved');
  });
  const headers = { Authorization: 'Bearer secret', range: 'bytes=1-' };
  const answer = await client(t).request({ url: `${first.origin}/a`, headers });
  assert.equal(await text(answer.body), 'bytes');
  assert.equal(answer.url.href, `${other.origin}/c`);
  assert.deepEqual(seen, [
    'first /a Bearer secret bytes=1-',
    'first /b Bearer secret bytes=1-',
    'other /c - bytes=1-',
  ]);
  const manual = await client(t).request({ url: `${first.origin}/a`, redirects: 'manual' });
  endBody(manual.body);
  assert.equal(manual.status, 307);
});

test('redirects: 303 turns a POST into a GET without its body', async (t) => {
  const { origin } = await serve(t, async (request, response) => {
    if (request.url === '/done') response.end(`${request.method} ${await text(request)}`);
    else response.writeHead(303, { location: '/done' }).end();
  });
  const answer = await client(t).request({ url: origin, method: 'POST', body: 'x' });
  assert.equal(await text(answer.body), 'GET ');
});

test('redirects: circles, other schemes and plain http elsewhere are refused', async (t) => {
  const { origin } = await serve(t, (request, response) => {
    const to = new URL(request.url ?? '', 'http://x').searchParams.get('to') ?? '/';
    response.writeHead(302, { location: to }).end();
  });
  const refused = (to: string) => client(t).request({ url: `${origin}/?to=${encodeURIComponent(to)}` });
  await assert.rejects(client(t).request({ url: origin }), code('net.redirect_refused'));
  await assert.rejects(refused('file:///etc/passwd'), code('net.redirect_refused'));
  await assert.rejects(refused('http://registry.example/'), code('net.plaintext_refused'));
});

test('plain http needs loopback or a named host', async (t) => {
  const url = new URL('http://registry.example:5000/');
  await assert.rejects(client(t).request({ url }), code('net.plaintext_refused'));
  assert.equal(client(t).allowsPlaintext(url), false);
  assert.equal(client(t, { insecureHosts: ['registry.example:5000'] }).allowsPlaintext(url), true);
  assert.equal(client(t, { insecureHosts: ['registry.example'] }).allowsPlaintext(url), true);
  assert.equal(client(t, { insecureHosts: ['registry.example:5001'] }).allowsPlaintext(url), false);
  assert.equal(client(t, { takesPlaintext: true }).allowsPlaintext(url), true);
});

test('addresses that are none', async (t) => {
  for (const url of ['ftp://x/', 'nonsense', 'file:///etc/passwd', ''])
    await assert.rejects(client(t).request({ url }), code('net.address_invalid'));
  assert.throws(() => client(t, { proxy: { https: 'socks5://x' } }), code('net.address_invalid'));
});

test('nobody listens', async (t) => {
  const { origin, server } = await serve(t, () => {});
  server.close();
  await once(server, 'close');
  await assert.rejects(client(t).request({ url: origin }), code('net.unreachable'));
});

test('a limit on the body ends the stream, one on the head the request', async (t) => {
  const { origin } = await serve(t, (request, response) => {
    if (request.url === '/head') response.setHeader('x-long', 'a'.repeat(200_000));
    response.end('0123456789');
  });
  const exact = await client(t).request({ url: origin, limitBytes: 10 });
  assert.equal(await text(exact.body), '0123456789');
  const over = await client(t).request({ url: origin, limitBytes: 9 });
  await assert.rejects(text(over.body), code('net.answer_too_large'));
  await assert.rejects(client(t).request({ url: `${origin}/head` }), code('net.answer_too_large'));
});

test('silence: before the head, and within the body', async (t) => {
  const { origin } = await serve(t, (request, response) => {
    if (request.url === '/body') response.writeHead(200, { 'content-length': '100' }).write('some');
  });
  await assert.rejects(client(t).request({ url: origin, timeoutMs: 30 }), code('net.timed_out'));
  const answer = await client(t).request({ url: `${origin}/body`, timeoutMs: 30 });
  await assert.rejects(text(answer.body), code('net.timed_out'));
});

test('a connection cut amid the answer, or that is not HTTP', async (t) => {
  const cut = await serveRaw(t, (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'));
  const answer = await client(t).request({ url: cut });
  await assert.rejects(text(answer.body), code('net.broken_off'));
  const odd = await serveRaw(t, (socket) => socket.end('SSH-2.0-OpenSSH_9\r\n'));
  await assert.rejects(client(t).request({ url: odd }), code('net.answer_malformed'));
  const mute = await serveRaw(t, (socket) => socket.destroy());
  await assert.rejects(client(t).request({ url: mute }), code('net.unreachable'));
});

test('a kept-alive connection that the server closed is replaced', async (t) => {
  let connections = 0;
  const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
  const server = net.createServer((socket) => {
    connections += 1;
    socket.on('error', () => {});
    // The first connection answers once and dies at the second request, as one that timed out does.
    let requests = 0;
    socket.on('data', () => {
      requests += 1;
      if (requests > 1) socket.resetAndDestroy();
      else socket.write(answer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  const http = client(t);
  for (let i = 0; i < 2; i += 1) assert.equal(await text((await http.request({ url })).body), 'ok');
  assert.equal(connections, 2);
  await assert.rejects(async () => {
    await text((await http.request({ url })).body);
    await http.request({ url, method: 'POST' });
    await http.request({ url, method: 'POST' });
  }, code('net.unreachable'));
});

test('an abort throws its own reason, before, while waiting and within the body', async (t) => {
  const { origin } = await serve(t, (request, response) => {
    if (request.url === '/body') response.writeHead(200).write('some');
  });
  const reason = new Error('no longer wanted');
  await assert.rejects(client(t).request({ url: origin, signal: AbortSignal.abort(reason) }), reason);
  const waiting = new AbortController();
  const pending = client(t).request({ url: origin, signal: waiting.signal });
  setImmediate(() => waiting.abort(reason));
  await assert.rejects(pending, reason);
  const reading = new AbortController();
  const answer = await client(t).request({ url: `${origin}/body`, signal: reading.signal });
  answer.body.once('data', () => reading.abort(reason));
  await assert.rejects(once(answer.body, 'end'), reason);
});

test('retries: as long as Retry-After says, with growing pauses otherwise, and the last answer as it is', async (t) => {
  let tries = 0;
  const { origin } = await serve(t, (request, response) => {
    tries += 1;
    if (request.url === '/asked' && tries === 1) response.writeHead(429, { 'retry-after': '3' }).end('slow');
    else if (request.url === '/asked') response.end('ok');
    else if (request.url === '/later') response.writeHead(429, { 'retry-after': '3600' }).end('an hour');
    else response.writeHead(503).end('still down');
  });
  const asked = client(t);
  assert.equal(await text((await asked.requestWithRetry({ url: `${origin}/asked` })).body), 'ok');
  assert.deepEqual(asked.waits, [3_000]);

  const later = client(t);
  assert.equal((await later.requestWithRetry({ url: `${origin}/later` })).status, 429);
  assert.deepEqual(later.waits, []);

  const down = client(t);
  const last = await down.requestWithRetry({ url: `${origin}/down` });
  assert.equal(await text(last.body), 'still down');
  assert.deepEqual(down.waits, [500, 1000, 2000]);
});

test('retries: connections that fail, but not what will not change', async (t) => {
  let tries = 0;
  const flaky = await serveRaw(t, (socket) => {
    tries += 1;
    if (tries < 3) socket.destroy();
    else socket.end('HTTP/1.1 204 No Content\r\n\r\n');
  });
  assert.equal((await client(t).requestWithRetry({ url: flaky })).status, 204);
  const refusing = client(t);
  await assert.rejects(
    refusing.requestWithRetry({ url: 'http://registry.example/' }),
    code('net.plaintext_refused'),
  );
  assert.deepEqual(refusing.waits, []);
});

test('a proxy is used for others and never for loopback', async (t) => {
  const proxied: string[] = [];
  const proxy = await serve(t, (request, response) => {
    proxied.push(request.url ?? '');
    response.end('by proxy');
  });
  const { origin } = await serve(t, (_request, response) => response.end('direct'));
  const settings = { http: proxy.origin, except: 'other.example' };
  const http = client(t, { proxy: settings, insecureHosts: ['mirror.example'] });
  assert.equal(await text((await http.request({ url: origin })).body), 'direct');
  assert.equal(await text((await http.request({ url: 'http://mirror.example/x' })).body), 'by proxy');
  assert.deepEqual(proxied, ['http://mirror.example/x']);
});

test('a CA file that is absent or holds no certificate', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-net-'));
  t.after(() => rm(folder, { recursive: true }));
  const empty = join(folder, 'empty.pem');
  await writeFile(empty, 'nothing');
  for (const authorityFile of [empty, join(folder, 'absent.pem')])
    await assert.rejects(
      client(t, { authorityFile }).request({ url: 'https://127.0.0.1:1/' }),
      code('net.authority_unreadable'),
    );
});
