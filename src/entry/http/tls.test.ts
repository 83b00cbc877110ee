// The listener with TLS: certificates that change under running requests, clients that show theirs, and what is no TLS.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { connect } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls, type SecureVersion, type TLSSocket } from 'node:tls';
import { createAuthority, type Pair } from '../../../test/world/authority.ts';
import { ask } from '../../../test/world/secure.ts';
import { silentLog } from '../../kit/log.ts';
import { type RunningServer, type ServerParts, startServer } from './server.ts';
import { peerOf, type TlsMaterial, type TlsParts } from './tls.ts';

const authority = createAuthority();
const ca = authority.certificate;
const issue = () => authority.issue({ commonName: 'server', addresses: ['127.0.0.1'] });
const people = createAuthority('people');
const ada = people.issue({ commonName: 'ada', uris: ['spiffe://acme/ada'] });

function material(pair: Pair, ...clientAuthorities: string[]): TlsMaterial {
  return { certificate: pair.certificate, key: pair.key, clientAuthorities };
}

/** Answers with what it saw of the client. */
function start(tls: TlsParts, more: Partial<ServerParts> = {}): Promise<RunningServer> {
  return startServer({
    host: '127.0.0.1',
    port: 0,
    registry: async ({ socket }, response) => {
      const { names, isVerified } = peerOf(socket) ?? {};
      response.end(JSON.stringify({ names: names?.map(({ value }) => value), isVerified }));
    },
    site: (_request, _remote, peer) => new Response(peer?.fingerprint ?? 'nobody'),
    log: silentLog,
    tls,
    ...more,
  });
}

async function greet(port: number, options: object = {}): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port, ca, ...options });
  await once(socket, 'secureConnect');
  return socket;
}

const seen = async (server: RunningServer, client?: Pair, agent?: Agent) =>
  JSON.parse(
    (await ask(`${server.url}/v2/`, { ca, ...(client && { client }), ...(agent && { agent }) })).text,
  ) as object;

test('tls: the address says https, and nothing older than TLS 1.2 is spoken', async () => {
  await using server = await start({ material: material(issue()), clientCertificates: 'none' });
  assert.equal(server.url, `https://127.0.0.1:${server.port}`);
  assert.deepEqual(await seen(server, ada), {}, 'nobody is asked for a certificate');
  const versions = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' };
  await assert.rejects(greet(server.port, versions), /protocol version|unsupported protocol/i);
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
    const socket = await greet(server.port, { maxVersion });
    assert.equal(socket.getProtocol(), maxVersion);
    socket.destroy();
  }
});

test('tls: plain HTTP at its port ends that connection and nothing else', async () => {
  await using server = await start({ material: material(issue()), clientCertificates: 'none' });
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.end('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket.resume(), 'close');
  assert.deepEqual(await seen(server), {});
});

test('tls: a client is known by its certificate, to the registry and to the site', async () => {
  const pair = issue();
  await using server = await start({
    material: material(pair, people.certificate),
    clientCertificates: 'optional',
  });
  assert.deepEqual(await seen(server, ada), { names: ['spiffe://acme/ada', 'ada'], isVerified: true });
  assert.deepEqual(await seen(server), {});
  const stranger = createAuthority('people').issue({ commonName: 'ada' });
  assert.deepEqual(await seen(server, stranger), { names: ['ada'], isVerified: false });
  const ended = people.issue({ commonName: 'ada', notAfter: new Date(Date.now() - 1000) });
  assert.deepEqual(await seen(server, ended), { names: ['ada'], isVerified: false });
  assert.match((await ask(server.url, { ca, client: ada })).text, /^[0-9a-f]{64}$/);
  assert.equal((await ask(server.url, { ca })).text, 'nobody');
});

test('tls: without an authority no certificate is vouched for, a public authority’s neither', async () => {
  await using server = await start({ material: material(issue()), clientCertificates: 'optional' });
  assert.deepEqual(await seen(server, ada), { names: ['spiffe://acme/ada', 'ada'], isVerified: false });
});

test('tls: where certificates are required, the handshake refuses who has none', async () => {
  await using server = await start({
    material: material(issue(), people.certificate),
    clientCertificates: 'required',
  });
  await assert.rejects(seen(server));
  await assert.rejects(seen(server, createAuthority().issue({ commonName: 'ada' })));
  assert.deepEqual(await seen(server, ada), { names: ['spiffe://acme/ada', 'ada'], isVerified: true });
});

test('tls: a new certificate is served at once, and a running answer ends on the old one', async () => {
  const goOn = Promise.withResolvers<void>();
  const [first, next] = [issue(), issue()];
  await using server = await start(
    { material: material(first), clientCertificates: 'none' },
    {
      registry: async (_request, response) => {
        response.write('half');
        await goOn.promise;
        response.end(' and half');
      },
    },
  );
  const running = request(`${server.url}/v2/`, { ca, agent: false }).end();
  const [answer] = await once(running, 'response');
  await once(answer, 'data');
  server.renewTls?.(material(next));
  const socket = await greet(server.port);
  assert.equal(socket.getPeerX509Certificate()?.toString(), next.certificate);
  socket.destroy();
  goOn.resolve();
  const rest = Buffer.concat(await answer.toArray()).toString();
  assert.equal(rest, ' and half');
  assert.throws(() => server.renewTls?.({ ...material(first), certificate: 'no certificate' }));
  const after = await greet(server.port);
  assert.equal(
    after.getPeerX509Certificate()?.toString(),
    next.certificate,
    'what cannot be used changes nothing',
  );
  after.destroy();
});

test('tls: authorities that change end what the old ones vouched for, with its running answer', async () => {
  const pair = issue();
  await using server = await start({
    material: material(pair, people.certificate),
    clientCertificates: 'optional',
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  assert.deepEqual(await seen(server, ada, agent), { names: ['spiffe://acme/ada', 'ada'], isVerified: true });
  const [kept] = Object.values(agent.freeSockets).flat() as TLSSocket[];
  const closed = once(kept as TLSSocket, 'close');
  const others = createAuthority('others');
  server.renewTls?.(material(pair, others.certificate));
  await closed;
  assert.deepEqual(await seen(server, ada, agent), {
    names: ['spiffe://acme/ada', 'ada'],
    isVerified: false,
  });
  const bob = others.issue({ commonName: 'bob' });
  assert.deepEqual(await seen(server, bob), { names: ['bob'], isVerified: true });
  agent.destroy();
});

test('tls: a session of before does not bring an authority back', async () => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
    const pair = issue();
    await using server = await start({
      material: material(pair, people.certificate),
      clientCertificates: 'optional',
    });
    const client = { cert: ada.certificate, key: ada.key, maxVersion: maxVersion as SecureVersion };
    const first = connectTls({ host: '127.0.0.1', port: server.port, ca, ...client });
    const [session] = await once(first, 'session');
    first.destroy();
    const resumed = await greet(server.port, { ...client, session });
    assert.equal(resumed.isSessionReused(), true, `${maxVersion} resumes as long as nothing changes`);
    resumed.destroy();
    server.renewTls?.(material(pair, createAuthority().certificate));
    const again = await greet(server.port, { ...client, session });
    assert.equal(again.isSessionReused(), false, maxVersion);
    again.write('GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const text = Buffer.concat(await again.toArray()).toString();
    assert.match(text, /"isVerified":false/, maxVersion);
  }
});
