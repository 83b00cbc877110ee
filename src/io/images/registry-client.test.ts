// Reading from a registry: logins, statuses, redirects, lists; hostile ones too.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { digestOf } from '../../formats/oci/digest.ts';
import type { PlimsollError } from '../../kit/error.ts';
import type { Credential } from './credentials.ts';
import {
  all,
  basic,
  challenge,
  code,
  describe,
  manifest,
  manifestBytes,
  open,
  password,
  sendManifest,
  serve,
} from './registry-client.fixture.ts';
import { verifiedBlob } from './verify.ts';

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
