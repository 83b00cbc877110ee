// As a part of an instance: at its own address, by a certificate, with the instance's own authority alone.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import {
  createWorkload,
  type Leaf,
  type LeafWish,
  serverPurpose,
  type Workload,
} from '../../../test/world/workload.ts';
import { systemClock, systemRandom } from '../../kit/clock.ts';
import { isPlimsollError, type PlimsollError } from '../../kit/error.ts';
import { silentLog } from '../../kit/log.ts';
import { createRegistryClient } from '../images/registry-client.ts';
import { createHttp } from './fetch.ts';
import type { Http, HttpRequest, ProxySettings } from './http.ts';
import type { PartRoute } from './part-route.ts';

const HOST = 'images.example.org';
const workload = createWorkload(HOST);
const serverId = `spiffe://${HOST}/instance`;
const instance: LeafWish = { uris: [serverId] };
const gate = (): Leaf => workload.issue({ uris: [`spiffe://${HOST}/gate/prod`] });

interface Place {
  readonly address: string;
  readonly server: Server;
  /** What came, newest last. */
  readonly seen: {
    readonly peer: string | undefined;
    readonly request: IncomingMessage;
    readonly socket: TLSSocket;
  }[];
}

async function serve(
  t: TestContext,
  own: Pick<Leaf, 'certificate' | 'key'>,
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) =>
    void response.end('yes'),
  authority: Workload | undefined = workload,
): Promise<Place> {
  const seen: Place['seen'] = [];
  const asks = authority === undefined ? {} : { ca: authority.certificate, requestCert: true };
  const server = createServer({ cert: own.certificate, key: own.key, ...asks }, (request, response) => {
    const socket = request.socket as TLSSocket;
    seen.push({ peer: socket.getPeerX509Certificate()?.subjectAltName, request, socket });
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, server, seen };
}

function client(
  t: TestContext,
  routes: () => Readonly<Record<string, PartRoute>>,
  proxy?: ProxySettings,
): Http {
  const http = createHttp({
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    userAgent: 'test',
    ...(proxy === undefined ? {} : { proxy }),
    parts: { has: (host) => Object.hasOwn(routes(), host), find: async (host) => routes()[host] },
  });
  t.after(() => http[Symbol.asyncDispose]());
  return http;
}

const route = (address: string, shown = gate(), more: Partial<PartRoute> = {}): PartRoute => ({
  address,
  certificate: shown.certificate,
  key: shown.key,
  authorities: [workload.certificate],
  serverId,
  ...more,
});

async function read(http: Http, request: HttpRequest): Promise<string> {
  const { body } = await http.request(request);
  return Buffer.concat(await body.toArray()).toString();
}

test('part: its host is reached at its address, by its certificate, with no login', async (t) => {
  const { address, seen } = await serve(t, workload.issue(instance));
  const http = client(t, () => ({ [HOST]: one }));
  const one = route(address);
  const headers = { authorization: 'Bearer x', Cookie: 'a=b', accept: 'text/plain' };
  const answer = await http.request({ url: `https://${HOST}/v2/`, headers });
  assert.equal(String(answer.url), `https://${HOST}/v2/`);
  assert.equal(Buffer.concat(await answer.body.toArray()).toString(), 'yes');
  const [{ peer, request, socket }] = seen as [Place['seen'][number]];
  assert.equal(peer, `URI:spiffe://${HOST}/gate/prod`);
  assert.deepEqual(
    [request.headers.host, request.headers.authorization, request.headers.cookie, request.headers.accept],
    [HOST, undefined, undefined, 'text/plain'],
  );
  assert.equal(socket.getProtocol(), 'TLSv1.3');
  await read(http, { url: `https://${HOST}/v2/` });
  assert.equal(seen[1]?.socket, socket, 'the connection is kept');
});

test('part: who is not the instance is refused, whatever its names and whoever vouches for it', async (t) => {
  const other = createWorkload(HOST);
  for (const [own, about] of [
    [other.issue(instance), /is not spiffe:\/\/images\.example\.org\/instance/],
    [
      workload.issue({ uris: [`spiffe://${HOST}/gate/prod`], hosts: [HOST] }),
      /is spiffe:.*gate\/prod, and should be/,
    ],
    [workload.issue({ uris: [], hosts: [HOST] }), /has 0 URIs/],
    [workload.issue({ uris: [serverId, serverId] }), /has 2 URIs/],
    [workload.issue({ ...instance, purposes: [serverPurpose] }), /not for a server and a client/],
    [workload.issue({ ...instance, notAfterMs: Date.now() - 1_000 }), /CERT_HAS_EXPIRED/],
  ] as const) {
    const { address, seen } = await serve(t, own);
    const one = route(address);
    await assert.rejects(
      read(
        client(t, () => ({ [HOST]: one })),
        { url: `https://${HOST}/` },
      ),
      (error: PlimsollError) => {
        assert.equal(error.code, 'net.part_server_untrusted', error.message);
        assert.match(error.message, about);
        return true;
      },
    );
    assert.equal(seen.length, 0, 'nothing was asked of it');
  }
});

test('part: an instance that does not take the certificate says so', async (t) => {
  const { address } = await serve(t, workload.issue(instance));
  const stranger = createWorkload(HOST).issue({ uris: [`spiffe://${HOST}/gate/prod`] });
  const one = route(address, stranger);
  const http = client(t, () => ({ [HOST]: one }));
  await assert.rejects(read(http, { url: `https://${HOST}/` }), (error: PlimsollError) => {
    // By an alert, or by cutting the connection: which of them comes first is the kernel's.
    assert.ok(['net.part_refused', 'net.unreachable'].includes(error.code), error.code);
    assert.match(error.message, /this part’s certificate/);
    return true;
  });
});

test('part: the next certificate is shown on a new connection, and the former one is let go', async (t) => {
  const release = Promise.withResolvers<void>();
  const { address, seen } = await serve(t, workload.issue(instance), async (request, response) => {
    if (request.url === '/slow') await release.promise;
    response.end('yes');
  });
  let one = route(address);
  const http = client(t, () => ({ [HOST]: one }));
  await read(http, { url: `https://${HOST}/` });
  const first = seen[0]?.socket as TLSSocket;
  const slow = read(http, { url: `https://${HOST}/slow` });
  while (seen.length < 2) await new Promise((resolve) => setImmediate(resolve));
  one = route(address, workload.issue({ uris: [`spiffe://${HOST}/gate/next`] }));
  await read(http, { url: `https://${HOST}/` });
  assert.equal(seen[2]?.peer, `URI:spiffe://${HOST}/gate/next`);
  assert.equal(seen[1]?.socket, first);
  release.resolve();
  assert.equal(await slow, 'yes', 'what was under way came to its end');
  if (!first.destroyed) await once(first, 'close');
});

test('part: nobody else is shown its certificate: neither where a redirect leads, nor who leads to its host', async (t) => {
  const elsewhere = await serve(
    t,
    workload.issue({ uris: [serverId], hosts: ['x'] }),
    (_, response) => void response.writeHead(302, { location: `https://${HOST}/private` }).end(),
  );
  const { address, seen } = await serve(
    t,
    workload.issue(instance),
    (_, response) => void response.writeHead(302, { location: `${elsewhere.address}/blob` }).end(),
  );
  const one = route(address);
  const http = client(t, () => ({ [HOST]: one }));
  const isUntrusted = (error: unknown) => isPlimsollError(error, { code: 'net.certificate_untrusted' });
  // Elsewhere the public authorities count, which do not know it: it is not spoken to as to the instance.
  await assert.rejects(read(http, { url: `https://${HOST}/v2/` }), isUntrusted);
  assert.deepEqual([seen.length, elsewhere.seen.length], [1, 0]);
  const [, port] = /:(\d+)$/.exec(address) ?? [];
  const foreign = client(t, () => ({ [`127.0.0.1:${port}`]: one }));
  await assert.rejects(read(foreign, { url: `https://127.0.0.1:${port}/`, isForeign: true }), isUntrusted);
  assert.equal(seen.length, 1);
});

test('part: through a proxy the instance is reached and known as without', async (t) => {
  const asked: string[] = [];
  let port = 0;
  const proxy = createPlainServer().on('connect', (request, socket: Socket) => {
    asked.push(request.url ?? '');
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const one of [onward, socket])
      one.on('error', () => [onward, socket].forEach((each) => void each.destroy()));
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => proxy.close());
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const one = route('https://parts.test:8444');
  const http = client(t, () => ({ [HOST]: one }), { https: url });
  const { server } = await serve(t, workload.issue(instance));
  port = (server.address() as AddressInfo).port;
  assert.equal(await read(http, { url: `https://${HOST}/` }), 'yes');
  assert.deepEqual(asked, ['parts.test:8444']);
  const impostor = await serve(t, workload.issue({ uris: [`spiffe://${HOST}/gate/prod`] }));
  port = (impostor.server.address() as AddressInfo).port;
  const anew = client(t, () => ({ [HOST]: one }), { https: url });
  await assert.rejects(read(anew, { url: `https://${HOST}/` }), { code: 'net.part_server_untrusted' });
});

test('part: its host is never spoken to in the clear, though it is near', async (t) => {
  const http = client(t, () => ({ '127.0.0.1:1': route('https://127.0.0.1:1') }));
  assert.equal(http.allowsPlaintext(new URL('http://127.0.0.1:1')), false);
  assert.equal(http.allowsPlaintext(new URL('http://127.0.0.1:2')), true);
  await assert.rejects(http.request({ url: 'http://127.0.0.1:1/' }), {
    code: 'net.plaintext_refused',
    message: /this is a part of it/,
  });
  await assert.rejects(http.request({ url: 'https://127.0.0.1:1/' }), { code: 'net.unreachable' });
});

test('part: a registry that names the instance as its token server is given none of its tokens', async (t) => {
  const { address, seen } = await serve(
    t,
    workload.issue(instance),
    (_, response) => void response.end('{"token":"t"}'),
  );
  const one = route(address);
  const asked: HttpRequest[] = [];
  const inner = client(t, () => ({ [HOST]: one }));
  const http: Http = {
    ...inner,
    async requestWithRetry(request) {
      asked.push(request);
      if (asked.length > 1) throw new Error('it would be asked as nobody');
      const headers = { 'www-authenticate': `Bearer realm="https://${HOST}/token",service="x"` };
      return { status: 401, headers, body: Readable.from([]), url: new URL(request.url) };
    },
  };
  const credential = async () => undefined;
  const registry = createRegistryClient('evil.test', { http, clock: systemClock, credential });
  await assert.rejects(registry.checkLogin());
  assert.equal(asked.at(-1)?.isForeign, true, String(asked.at(-1)?.url));
  assert.equal(seen.length, 0);
});
