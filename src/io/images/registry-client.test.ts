import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import type { PlimsollError } from '../../kit/error.ts';
import { silentLog } from '../../kit/log.ts';
import { createHttp } from '../net/fetch.ts';
import type { Credential } from './credentials.ts';
import { createRegistryClient, type RegistryClient } from './registry-client.ts';
import { openRegistryTarget } from './registry-source.ts';
import { verifiedBlob } from './verify.ts';

type Exchange = { request: http.IncomingMessage; response: http.ServerResponse; url: URL; body: Buffer };

/**
 * A loopback server; `handle` answers each request, and `seen` keeps `METHOD path authorization`, but for the first
 * question of all, by which a client finds the scheme.
 */
async function serve(t: TestContext, handle: (exchange: Exchange) => void) {
  const seen: string[] = [];
  let isFound = false;
  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    if (url.pathname === '/v2/' && !isFound) isFound = true;
    else seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'}`);
    const body = Buffer.concat(await request.toArray().catch(() => []));
    handle({ request, response, url, body });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, origin: `http://${host}`, seen };
}

function open(t: TestContext, host: string, options: { credential?: Credential; now?: () => number } = {}) {
  const clock = { now: options.now ?? (() => 0) };
  const client = createHttp({
    clock,
    random: { uuid: () => '', bytes: (n) => new Uint8Array(n) },
    log: silentLog,
    userAgent: 'plimsoll/test',
    wait: async () => {},
  });
  t.after(() => client[Symbol.asyncDispose]());
  return createRegistryClient(host, { http: client, clock, credential: async () => options.credential });
}

async function all(tags: AsyncIterable<string>): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const tag of tags) found.push(tag);
  return found;
}

const code = (wanted: string) => (error: PlimsollError) => error.code === wanted;
const password: Credential = { kind: 'password', username: 'ann', password: 'pw', source: 'test' };
const basic = `Basic ${Buffer.from('ann:pw').toString('base64')}`;

function describe(bytes: Uint8Array, mediaType: string = mediaTypes.ociLayer): Descriptor {
  return { mediaType, digest: digestOf(bytes), sizeBytes: bytes.byteLength };
}

const manifestBytes = Buffer.from(
  JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: {}, layers: [] }),
);
const manifest = { bytes: manifestBytes, descriptor: describe(manifestBytes, mediaTypes.ociManifest) };

function sendManifest({ response }: Exchange): void {
  response.writeHead(200, { 'content-type': mediaTypes.ociManifest }).end(manifestBytes);
}

function challenge(response: http.ServerResponse, realm: string): void {
  const header = `Bearer realm="${realm}",service="s",scope="repository:a/b:pull"`;
  response.writeHead(401, { 'www-authenticate': header }).end();
}

test('a bearer token is fetched once with the login, used for further reads, and renewed when it expires', async (t) => {
  let now = 0;
  let tokens = 0;
  const registry = await serve(t, (exchange) => {
    const { request, response, url } = exchange;
    if (url.pathname === '/token') {
      tokens += 1;
      response.end(JSON.stringify({ access_token: `t${tokens}`, expires_in: 100 }));
    } else if (request.headers.authorization !== `Bearer t${tokens}`)
      challenge(response, `${registry.origin}/token`);
    else sendManifest(exchange);
  });
  const client = open(t, registry.host, { credential: password, now: () => now });
  const read = await client.readManifest('a/b', 'latest');
  assert.deepEqual(read.descriptor, manifest.descriptor);
  await client.readManifest('a/b', manifest.descriptor.digest);
  now = 95_000;
  await client.readManifest('a/b', 'latest');
  assert.deepEqual(registry.seen, [
    'GET /v2/a/b/manifests/latest -',
    `GET /token?service=s&scope=repository%3Aa%2Fb%3Apull&account=ann ${basic}`,
    'GET /v2/a/b/manifests/latest Bearer t1',
    `GET /v2/a/b/manifests/${manifest.descriptor.digest} Bearer t1`,
    `GET /token?service=s&scope=repository%3Aa%2Fb%3Apull&account=ann ${basic}`,
    'GET /v2/a/b/manifests/latest Bearer t2',
  ]);
});

test('an identity token is exchanged by POST', async (t) => {
  let form = '';
  const registry = await serve(t, (exchange) => {
    const { request, response, url, body } = exchange;
    if (url.pathname === '/token') {
      form = `${request.method} ${body}`;
      response.end('{"access_token":"t"}');
    } else if (request.headers.authorization === undefined) challenge(response, `${registry.origin}/token`);
    else sendManifest(exchange);
  });
  const credential: Credential = { kind: 'identity-token', token: 'refresh', source: 'test' };
  await open(t, registry.host, { credential }).readManifest('a/b', 'latest');
  assert.equal(
    form,
    'POST grant_type=refresh_token&refresh_token=refresh&client_id=plimsoll&service=s&scope=repository%3Aa%2Fb%3Apull',
  );
});

test('Basic where the registry asks for it, and a refused login is said once', async (t) => {
  const registry = await serve(t, (exchange) => {
    const { request, response } = exchange;
    if (request.headers.authorization === basic) sendManifest(exchange);
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
  });
  await open(t, registry.host, { credential: password }).readManifest('a/b', 'latest');
  const wrong: Credential = { ...password, password: 'no' } as Credential;
  await assert.rejects(
    open(t, registry.host, { credential: wrong }).checkLogin(),
    code('images.unauthenticated'),
  );
  // Two of the first client, and of the second its question for the scheme, and two.
  assert.equal(registry.seen.length, 5);
});

test('a token server of another host, in the clear, gets no login', async (t) => {
  const registry = await serve(t, ({ response }) => challenge(response, 'http://tokens.example/token'));
  await assert.rejects(
    open(t, registry.host, { credential: password }).readManifest('a/b', 'x'),
    code('images.address_refused'),
  );
});

test('a token answer that is none', async (t) => {
  for (const answer of ['{}', 'no', '{"token":"a\\nb"}', '{"token":5}']) {
    const registry = await serve(t, ({ response, url }) => {
      if (url.pathname === '/token') response.end(answer);
      else challenge(response, `${registry.origin}/token`);
    });
    await assert.rejects(open(t, registry.host).readManifest('a/b', 'x'), code('images.registry_failed'));
  }
});

test('statuses become codes, with the words of the registry in one bounded line', async (t) => {
  const registry = await serve(t, ({ response, url }) => {
    const status = Number(url.pathname.split('/').at(-1)?.slice(1)) || 200;
    const words = { code: 'DENIED', message: `no\u001b[31m way ${'x'.repeat(9_000)}`, detail: { at: 1 } };
    response.writeHead(status, { 'retry-after': '7200' }).end(JSON.stringify({ errors: [words] }));
  });
  const client = open(t, registry.host);
  const wanted: Record<number, string> = {
    401: 'images.unauthenticated',
    403: 'images.denied',
    404: 'images.missing',
    418: 'images.registry_refused',
    429: 'images.limited',
    500: 'images.registry_failed',
  };
  for (const [status, name] of Object.entries(wanted))
    await assert.rejects(client.readManifest('a/b', `s${status}`), (error: PlimsollError) => {
      assert.equal(error.code, name);
      assert.match(error.message, /DENIED no \[31m way xxx/);
      assert.ok(error.message.length < 700);
      return true;
    });
});

test('an image that its registry revoked is told apart from one that this account may not read', async (t) => {
  const registry = await serve(t, ({ response }) => {
    const detail = { code: 'trust.revoked', hint: 'Use another version.' };
    const errors = [{ code: 'DENIED', message: 'a/b@sha256:00 was revoked: a key was in it', detail }];
    response.writeHead(403).end(JSON.stringify({ errors }));
  });
  await assert.rejects(open(t, registry.host).readManifest('a/b', '1'), (error: PlimsollError) => {
    assert.equal(error.code, 'images.revoked');
    assert.match(error.message, /was revoked: a key was in it/);
    return true;
  });
});

test('429 is waited for', async (t) => {
  let tries = 0;
  const registry = await serve(t, (exchange) => {
    tries += 1;
    if (tries === 1) exchange.response.writeHead(429, { 'retry-after': '1' }).end();
    else sendManifest(exchange);
  });
  await open(t, registry.host).readManifest('a/b', 'latest');
  assert.equal(tries, 2);
});

test('a manifest with other bytes than asked or claimed is damaged; bad names are never sent', async (t) => {
  const registry = await serve(t, ({ response }) => {
    response.writeHead(200, { 'docker-content-digest': digestOf('other') }).end(manifestBytes);
  });
  const client = open(t, registry.host);
  await assert.rejects(client.readManifest('a/b', 'latest'), code('images.damaged'));
  await assert.rejects(client.readManifest('a/b', digestOf('another')), code('images.damaged'));
  await assert.rejects(client.readManifest('../b', 'latest'), code('oci.repository_name_invalid'));
  await assert.rejects(client.readManifest('a/b', '../x'), code('oci.tag_invalid'));
  assert.equal(registry.seen.length, 2);
});

test('a blob comes from a redirect that sees no Authorization, and goes on where the line broke', async (t) => {
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
  const asked: string[] = [];
  const store = await serve(t, ({ request, response }) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    asked.push(`${from > 0} ${request.headers.authorization}`);
    const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': bytes.length - from,
      'content-range': range,
    });
    if (asked.length > 2) response.end(bytes.subarray(from));
    else response.write(bytes.subarray(from, from + 100_000), () => setImmediate(() => response.destroy()));
  });
  const registry = await serve(t, ({ request, response }) => {
    if (request.headers.authorization !== basic)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    else response.writeHead(307, { location: `${store.origin}/blob` }).end();
  });
  const client = open(t, registry.host, { credential: password });
  const body = await client.readBlob('a/b', describe(bytes));
  assert.ok(Buffer.concat(await verifiedBlob(body, describe(bytes)).toArray()).equals(bytes));
  assert.deepEqual(asked, ['false undefined', 'true undefined', 'true undefined']);
});

test('a blob: a registry without ranges is read again, one of another size is damaged, one that never ends fails', async (t) => {
  const bytes = Buffer.from('0123456789');
  const registry = await serve(t, ({ response, url }) => {
    if (url.pathname.startsWith('/v2/cut/')) {
      response
        .writeHead(200, { 'content-length': 10 })
        .write('0123', () => setImmediate(() => response.destroy()));
    } else if (url.pathname.startsWith('/v2/moved/')) {
      response.writeHead(206, { 'content-range': 'bytes 1-9/10' }).end('123456789');
    } else response.end(bytes);
  });
  const client = open(t, registry.host);
  const read = async (repository: string, descriptor: Descriptor, offset?: number) =>
    Buffer.concat(await (await client.readBlob(repository, descriptor, offset)).toArray()).toString();
  assert.equal(await read('a', describe(bytes), 4), '456789');
  await assert.rejects(read('a', { ...describe(bytes), sizeBytes: 9 }), code('images.damaged'));
  await assert.rejects(read('moved', describe(bytes), 4), code('images.damaged'));
  await assert.rejects(read('cut', describe(bytes)), code('net.broken_off'));
  assert.equal(registry.seen.filter((line) => line.startsWith('GET /v2/cut/')).length, 4);
});

/** A registry that takes uploads, without a referrers API. */
async function serveUploads(
  t: TestContext,
  options: { failFirst?: boolean; mounts?: boolean; elsewhere?: string } = {},
) {
  const stored = new Map<string, Buffer>();
  let puts = 0;
  const registry = await serve(t, ({ request, response, url, body }) => {
    const { method } = request;
    if (method === 'POST' && url.searchParams.has('mount') && options.mounts === true) {
      response.writeHead(201).end();
    } else if (method === 'POST') {
      const location = options.elsewhere ?? `/up?state=a%20b~c`;
      response.writeHead(202, { location }).end();
    } else if (method === 'PUT' && url.pathname.startsWith('/up')) {
      puts += 1;
      if (options.failFirst === true && puts === 1) return void response.writeHead(500).end();
      stored.set(url.searchParams.get('digest') ?? '', body);
      response.writeHead(201).end();
    } else if (method === 'PUT') {
      stored.set(url.pathname, body);
      response.writeHead(201).end();
    } else if (stored.has(url.pathname)) {
      response.writeHead(200, { 'content-type': mediaTypes.ociIndex }).end(stored.get(url.pathname));
    } else response.writeHead(404).end();
  });
  return { ...registry, stored };
}

const layer = Buffer.from('a layer');
const write = (client: RegistryClient, mountFrom?: string) =>
  client.writeBlob('a/b', describe(layer), async () => Readable.from([layer]), mountFrom);

test('an upload keeps the query that the registry gave, and is started over after a failure', async (t) => {
  const registry = await serveUploads(t, { failFirst: true });
  await write(open(t, registry.host));
  assert.deepEqual(registry.stored.get(describe(layer).digest), layer);
  const put = `PUT /up?state=a%20b~c&digest=${encodeURIComponent(describe(layer).digest)} -`;
  assert.deepEqual(
    registry.seen.filter((line) => !line.startsWith('GET')),
    ['POST /v2/a/b/blobs/uploads/ -', put, 'POST /v2/a/b/blobs/uploads/ -', put],
  );
});

test('a mount saves the bytes; where it is not done, they are sent', async (t) => {
  const mounting = await serveUploads(t, { mounts: true });
  await write(open(t, mounting.host), 'other/repo');
  assert.equal(mounting.stored.size, 0);
  const sending = await serveUploads(t);
  await write(open(t, sending.host), 'other/repo');
  assert.equal(sending.stored.size, 1);
});

test('an upload sent to another origin carries no Authorization there', async (t) => {
  const other = await serveUploads(t);
  const registry = await serve(t, ({ request, response }) => {
    if (request.headers.authorization !== basic)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    else response.writeHead(202, { location: `${other.origin}/up` }).end();
  });
  await write(open(t, registry.host, { credential: password }));
  assert.equal(other.seen.length, 1);
  assert.match(other.seen[0] ?? '', / -$/);
});

test('bytes that are not the descriptor’s are not stored', async (t) => {
  const registry = await serveUploads(t);
  const client = open(t, registry.host);
  const lie = { ...describe(layer), digest: digestOf('else') };
  await assert.rejects(
    client.writeBlob('a/b', lie, async () => Readable.from([layer])),
    code('images.damaged'),
  );
});

test('tags over pages; a next page elsewhere is refused', async (t) => {
  const registry = await serve(t, ({ response, url }) => {
    const last = url.searchParams.get('last');
    if (url.pathname.startsWith('/v2/evil/'))
      response.setHeader('link', '<http://evil.example/>; rel="next"');
    else if (last === null) response.setHeader('link', '</v2/a/b/tags/list?last=2>; rel="next"');
    response.end(JSON.stringify({ tags: last === null ? ['1', '2'] : ['3'] }));
  });
  const client = open(t, registry.host);
  assert.deepEqual(await all(client.listTags('a/b')), ['1', '2', '3']);
  await assert.rejects(all(client.listTags('evil')), code('images.address_refused'));
});

test('lists that never end', async (t) => {
  const registry = await serve(t, ({ response, url }) => {
    response.setHeader('link', `<${url.pathname}?again>; rel="next"`);
    response.end('{"tags":[],"manifests":[]}');
  });
  await assert.rejects(all(open(t, registry.host).listTags('a')), code('images.damaged'));
  await assert.rejects(open(t, registry.host).listReferrers('a', digestOf('x')), code('images.damaged'));
});

test('referrers by the API, over pages', async (t) => {
  const entries = ['one', 'two'].map((text) => ({ mediaType: 'm', digest: digestOf(text), size: 3 }));
  const registry = await serve(t, ({ response, url }) => {
    if (!url.searchParams.has('p')) response.setHeader('link', `<${url.pathname}?p=2>; rel="next"`);
    response.end(JSON.stringify({ manifests: [entries[url.searchParams.has('p') ? 1 : 0]] }));
  });
  const found = await open(t, registry.host).listReferrers('a', digestOf('x'));
  assert.deepEqual(
    found.map(({ digest }) => digest),
    [digestOf('one'), digestOf('two')],
  );
});

test('without the API, a pushed referrer is added to the index under the subject’s tag, once and rightly', async (t) => {
  const registry = await serveUploads(t);
  const client = open(t, registry.host);
  const subject = { mediaType: mediaTypes.ociManifest, digest: manifest.descriptor.digest, size: 9 };
  const config = { mediaType: mediaTypes.ociEmpty, digest: digestOf('{}'), size: 2 };
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: 'a/x',
      config,
      layers: [],
      subject,
    }),
  );
  const referrer = { bytes, descriptor: describe(bytes, mediaTypes.ociManifest) };
  assert.deepEqual(await client.listReferrers('a/b', manifest.descriptor.digest), []);
  await client.writeManifest('a/b', referrer.descriptor.digest, referrer);
  await client.writeManifest('a/b', referrer.descriptor.digest, referrer);
  const found = await client.listReferrers('a/b', manifest.descriptor.digest);
  assert.deepEqual(found, [{ ...referrer.descriptor, artifactType: 'a/x' }]);

  // sigstore/cosign#4641: entered without what it is; another's entry stays as it stands.
  const wrong = { ...referrer.descriptor, artifactType: mediaTypes.ociEmpty };
  const other = {
    mediaType: mediaTypes.ociManifest,
    digest: digestOf('other'),
    sizeBytes: 7,
    artifactType: 'b/y',
  };
  const wire = [wrong, other].map(({ sizeBytes, ...rest }) => ({ ...rest, size: sizeBytes }));
  const index = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: wire }),
  );
  const tag = manifest.descriptor.digest.replace(':', '-');
  await client.writeManifest('a/b', tag, { bytes: index, descriptor: describe(index, mediaTypes.ociIndex) });
  await client.writeManifest('a/b', referrer.descriptor.digest, referrer);
  assert.deepEqual(await client.listReferrers('a/b', manifest.descriptor.digest), [
    other,
    { ...referrer.descriptor, artifactType: 'a/x' },
  ]);
});

test('a target writes the root under its tag, children by digest, and no other image than it names', async (t) => {
  const registry = await serveUploads(t);
  const reference = { kind: 'registry', host: registry.host, repository: 'a/b', tag: 'v1' } as const;
  const client = open(t, registry.host);
  const target = openRegistryTarget(reference, client);
  await target.putManifest(manifest, false);
  await target.putManifest(manifest, true);
  assert.deepEqual(
    [...registry.stored.keys()],
    [`/v2/a/b/manifests/${manifest.descriptor.digest}`, '/v2/a/b/manifests/v1'],
  );
  const other = openRegistryTarget({ ...reference, digest: digestOf('else') }, client);
  await assert.rejects(other.putManifest(manifest, true), code('images.registry_refused'));
});
