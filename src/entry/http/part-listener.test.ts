// The listener for parts: TLS 1.3 with a certificate or nothing, who it is noted once for the connection, and no word
// believed that a proxy would have written.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { createAuthority, type Pair } from '../../../test/world/authority.ts';
import { ask } from '../../../test/world/secure.ts';
import { certifyWorkload, certifyWorkloadRoot } from '../../engines/authority/workload.ts';
import { formatPem } from '../../formats/x509/certificate-pem.ts';
import { generatePrivateKey } from '../../io/keys/memory.ts';
import { signWith } from '../../io/keys/sign.ts';
import { systemRandom as random } from '../../kit/clock.ts';
import { silentLog } from '../../kit/log.ts';
import { identifyPart } from './guard.ts';
import { type RunningServer, startServer } from './server.ts';
import { partOf, peerOf, type TlsMaterial } from './tls.ts';

const web = createAuthority();
const foreign = createAuthority('foreign');

type Authority = Awaited<ReturnType<typeof createRoot>>;
const createRoot = async () =>
  certifyWorkloadRoot(signWith(await generatePrivateKey('ecdsa-p256-sha256')), {
    ...{ trustDomain: 'a.test', fromMs: Date.now(), random },
  });

function materialOf(...authorities: Authority[]): TlsMaterial {
  const { certificate, key } = web.issue({ commonName: 'server', addresses: ['127.0.0.1'] });
  return { certificate, key, clientAuthorities: authorities.map(({ chain }) => formatPem(chain)) };
}

async function leafOf(authority: Authority, path = '/gate/prod'): Promise<Pick<Pair, 'certificate' | 'key'>> {
  const key = await generatePrivateKey('ecdsa-p256-sha256');
  const { publicKey } = signWith(key);
  const id = { trustDomain: 'a.test', path };
  const { der } = await certifyWorkload(authority, { id, publicKey, now: Date.now(), random });
  return { certificate: formatPem([der]), key: key.export({ format: 'pem', type: 'pkcs8' }).toString() };
}

/** Answers with what it noted of the connection. */
function start(material: TlsMaterial): Promise<RunningServer> {
  return startServer({
    ...{ host: '127.0.0.1', port: 0, log: silentLog },
    registry: async ({ socket, headers }, response) => {
      const part = partOf(socket);
      const peer = peerOf(socket) !== undefined;
      const seen =
        part?.kind === 'read'
          ? { path: part.certificate.id.path }
          : await identifyPart(undefined, part as NonNullable<typeof part>).catch(({ code }) => ({ code }));
      response.end(JSON.stringify({ ...seen, peer, forwarded: headers['x-forwarded-for'] }));
    },
    site: () => new Response(),
    tls: { material, clientCertificates: 'required', isForParts: true },
  });
}

async function seen(server: RunningServer, client?: Pick<Pair, 'certificate' | 'key'>): Promise<object> {
  const headers = { 'x-forwarded-for': '192.0.2.9' };
  const wish = { ca: web.certificate, headers, ...(client === undefined ? {} : { client }) };
  return JSON.parse((await ask(`${server.url}/v2/`, wish)).text) as object;
}

test('part listener: a part is its SPIFFE ID; who has no certificate of the authority is cut off', async () => {
  const authority = await createRoot();
  await using server = await start(materialOf(authority));
  assert.deepEqual(await seen(server, await leafOf(authority)), { path: '/gate/prod', peer: false });
  await assert.rejects(seen(server));
  await assert.rejects(seen(server, foreign.issue({ commonName: 'x', uris: ['spiffe://a.test/gate/prod'] })));
  const old = connect({ host: '127.0.0.1', port: server.port, ca: web.certificate, maxVersion: 'TLSv1.2' });
  const [error] = (await once(old, 'error')) as [Error];
  assert.match(error.message, /protocol version|unsupported protocol/i);
});

test('part listener: what the authority gave to no part is told why it is refused', async () => {
  await using server = await start({ ...materialOf(), clientAuthorities: [foreign.certificate] });
  const twice = foreign.issue({
    commonName: 'x',
    uris: ['spiffe://a.test/gate/a', 'spiffe://a.test/gate/b'],
  });
  assert.deepEqual(await seen(server, twice), { code: 'http.part_unknown', peer: false });
});

test('part listener: an authority that comes ends no connection, one that goes ends those that it vouched for', async () => {
  const [one, other] = [await createRoot(), await createRoot()];
  await using server = await start(materialOf(one));
  const client = await leafOf(one);
  const options = { host: '127.0.0.1', port: server.port, ca: web.certificate };
  const socket = connect({ ...options, cert: client.certificate, key: client.key });
  await once(socket, 'secureConnect');
  const askOnce = async (): Promise<string> => {
    socket.write('GET /v2/ HTTP/1.1\r\nHost: a.test\r\n\r\n');
    return String((await once(socket, 'data'))[0]);
  };
  assert.match(await askOnce(), /gate\/prod/);
  server.renewTls?.(materialOf(one, other));
  assert.doesNotMatch(await askOnce(), /Connection: close/i);
  const ended = once(socket, 'close');
  server.renewTls?.(materialOf(other));
  await ended;
  await assert.rejects(seen(server, client));
  assert.deepEqual(await seen(server, await leafOf(other)), { path: '/gate/prod', peer: false });
});
