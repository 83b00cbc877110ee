// Promise: a client certificate is a login like any other, for the registry, for tokens and for the API; who removes it
// ends it at once, and certificates of the server are renewed while images are pulled.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type AnswerCheck, createAnswerCheck, type OpenApi } from '../world/answers.ts';
import { createAuthority, type Pair } from '../world/authority.ts';
import { bootProduct, type ProductWorld, password, temporaryFolder } from '../world/product.ts';
import { ask, type SecureAnswer } from '../world/secure.ts';

const folder = temporaryFolder();
const authority = createAuthority();
const people = createAuthority('people');
const ca = authority.certificate;
const server = () =>
  authority.issue({ commonName: 'server', hosts: ['localhost'], addresses: ['127.0.0.1'] });
const ci = (options = {}) => people.issue({ commonName: 'ci', uris: ['spiffe://acme.test/ci'], ...options });
const login = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
let files: { certificate: string; key: string };
let bundle: string;
let world: ProductWorld;
let now = Date.now();
let quick = login;
let check: AnswerCheck | undefined;

before(async () => {
  files = server().write(folder.path, 'server');
  bundle = join(folder.path, 'people.crt');
  writeFileSync(bundle, people.certificate);
  world = await bootProduct({
    clock: { now: () => now },
    flags: [
      ['--tls-certificate', files.certificate],
      ['--tls-key', files.key],
      ['--tls-client-authority', bundle],
    ],
  });
  quick = `Bearer ${(await call('POST', '/api/v1/tokens', 201, { name: 'quick' })).secret}`;
  await call('POST', '/api/v1/namespaces', 201, { name: 'acme', owner: 'admin' });
  await call('POST', '/api/v1/namespaces/acme/visibility', 200, { isPublic: false });
  await call('POST', '/api/v1/namespaces/acme/robots', 201, { name: 'ci' });
  const subject = { kind: 'robot', name: 'ci' };
  await call('POST', '/api/v1/namespaces/acme/roles', 200, { subject, role: 'writer' });
});
after(async () => {
  await world[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

interface Sent {
  readonly client?: Pair;
  readonly authorization?: string;
  readonly body?: unknown;
  readonly agent?: Agent;
}

function send(method: string, path: string, sent: Sent = {}): Promise<SecureAnswer> {
  const { client, authorization, body, agent } = sent;
  return ask(`${world.url}${path}`, {
    method,
    ca,
    headers: authorization === undefined ? {} : { authorization },
    ...(client === undefined ? {} : { client }),
    ...(agent === undefined ? {} : { agent }),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

/** As the administrator; by password where it has to be, else by a token, which is checked much faster. */
async function call(
  method: string,
  path: string,
  status: number,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const authorization = path === '/api/v1/certificates' || path === '/api/v1/tokens' ? login : quick;
  const answer = await send(method, path, { authorization, body });
  assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
  check ??= createAnswerCheck(JSON.parse((await send('GET', '/api/v1/openapi.json')).text) as OpenApi);
  const headers = { 'content-type': String(answer.headers['content-type']) };
  check(method, path, new Response(answer.text, { status, headers }), answer.text);
  return JSON.parse(answer.text) as Record<string, unknown>;
}

const robotPath = '/api/v1/namespaces/acme/robots/ci/certificates';
const uri = { kind: 'uri', value: 'spiffe://acme.test/ci' };

async function withRobot(work: (id: string) => Promise<void>, more = {}): Promise<void> {
  const { id } = await call('POST', robotPath, 201, { name: 'pipeline', identity: uri, ...more });
  try {
    await work(String(id));
  } finally {
    await send('DELETE', `${robotPath}/${id}`, { authorization: quick });
  }
}

async function tokenOf(scope: string, sent: Sent): Promise<string> {
  const answer = await send('GET', `/token?service=plimsoll&scope=${encodeURIComponent(scope)}`, sent);
  assert.equal(answer.status, 200, answer.text);
  return `Bearer ${(JSON.parse(answer.text) as { token: string }).token}`;
}

const startUpload = (repository: string, sent: Sent) =>
  send('POST', `/v2/${repository}/blobs/uploads/`, sent);

test('the address, the realm of tokens and the answers say https', async () => {
  assert.match(world.url, /^https:\/\/127\.0\.0\.1:\d+$/);
  const { status, headers } = await send('GET', '/v2/');
  assert.equal(status, 401);
  assert.equal(headers['www-authenticate'], `Bearer realm="${world.url}/token",service="plimsoll"`);
});

test('who has a registered certificate pushes without a login, and with a token for it', async () => {
  await withRobot(async () => {
    const client = ci();
    assert.equal((await startUpload('acme/app', { client })).status, 202);
    const scope = 'repository:acme/app:pull,push';
    const authorization = await tokenOf(scope, { client });
    assert.equal((await startUpload('acme/app', { client, authorization })).status, 202);
    assert.equal((await startUpload('acme/app', { authorization })).status, 202, 'the token is a token');
    const own = JSON.parse((await send('GET', '/api/v1/self', { client })).text);
    assert.deepEqual([own.kind, own.name], ['robot', 'acme+ci']);
    assert.match(own.via, /^certificate pipeline sha256:[0-9a-f]{64}$/);
    const [listed] = (await call('GET', robotPath, 200)).certificates as Record<string, unknown>[];
    assert.equal(listed?.lastUsedAt, new Date(now).toISOString());
  });
});

test('a login that is sent goes before the certificate, also one that is wrong', async () => {
  await withRobot(async () => {
    const client = ci();
    const own = JSON.parse((await send('GET', '/api/v1/self', { client, authorization: login })).text);
    assert.deepEqual([own.name, own.via], ['admin', 'password']);
    const authorization = `Basic ${Buffer.from('admin:wrong password').toString('base64')}`;
    assert.equal((await startUpload('acme/app', { client, authorization })).status, 401);
    assert.equal(
      (await send('GET', '/token?scope=repository:acme/app:pull', { client, authorization })).status,
      401,
    );
    const empty = `Basic ${Buffer.from(':').toString('base64')}`;
    const token = await tokenOf('repository:acme/app:pull,push', { client, authorization: empty });
    assert.equal((await startUpload('acme/app', { client, authorization: token })).status, 202);
  });
});

test('clients are asked for a login before their certificate is believed, so that no wrong password seems right', async () => {
  await withRobot(async () => {
    const { status, headers } = await send('GET', '/v2/', { client: ci() });
    assert.equal(status, 401);
    assert.match(String(headers['www-authenticate']), /^Bearer realm="https:/);
    const authorization = await tokenOf('', { client: ci() });
    assert.equal((await send('GET', '/v2/', { client: ci(), authorization })).status, 200);
  });
});

test('a certificate may what its registration and its owner may, and is asked for a login that may more', async () => {
  const permissions = [{ repositories: 'acme/*', actions: ['pull'] }];
  await withRobot(
    async () => {
      const client = ci();
      const refused = await startUpload('acme/app', { client });
      assert.equal(refused.status, 401);
      assert.match(String(refused.headers['www-authenticate']), /scope="repository:acme\/app:pull,push"/);
      assert.match(refused.text, /needs a login: acme\+ci, whose client certificate this is, may not/);
      const authorization = await tokenOf('repository:acme/app:pull,push', { client });
      const denied = await startUpload('acme/app', { client, authorization });
      assert.equal(denied.status, 401);
      assert.match(denied.text, /the token does not allow push in acme\/app: acme\+ci, whose client/);
      const elsewhere = await tokenOf('repository:other/app:pull,push', { client });
      const foreign = await startUpload('other/app', { client, authorization: elsewhere });
      assert.equal(foreign.status, 403);
      assert.match(foreign.text, /acme\+ci may not push in other\/app/);
      assert.equal((await send('GET', '/v2/acme/app/tags/list', { client })).status, 200);
    },
    { permissions },
  );
});

test('a certificate of nobody, or of no authority, is anonymous and says so', async () => {
  const client = people.issue({ commonName: 'nobody' });
  const refused = await startUpload('acme/app', { client });
  assert.equal(refused.status, 401);
  assert.match(refused.text, /the client certificate sha256:[0-9a-f]{64} stands for no login here"/);
  await withRobot(async () => {
    const forged = createAuthority('people').issue({ commonName: 'ci', uris: ['spiffe://acme.test/ci'] });
    const answer = await startUpload('acme/app', { client: forged });
    assert.equal(answer.status, 401);
    assert.match(answer.text, /no authority that this server knows vouches for it/);
    const authorization = await tokenOf('repository:acme/app:pull,push', { client: forged });
    assert.equal((await startUpload('acme/app', { client: forged, authorization })).status, 401);
  });
});

test('a certificate by its fingerprint needs no authority, and no other is it', async () => {
  const client = createAuthority('of my own').issue({ commonName: 'laptop' });
  const { fingerprint } = await fingerprintOf(client);
  const identity = {
    kind: 'fingerprint',
    value: `SHA256:${fingerprint.toUpperCase().replace(/(..)(?=.)/g, '$1:')}`,
  };
  const { id } = await call('POST', '/api/v1/certificates', 201, { name: 'laptop', identity });
  const own = JSON.parse((await send('GET', '/api/v1/self', { client })).text);
  assert.deepEqual([own.name, own.isAdmin], ['admin', true]);
  assert.equal((await startUpload('admin/app', { client })).status, 202);
  const minted = await send('POST', '/api/v1/tokens', { client, body: { name: 'more' } });
  assert.equal(minted.status, 403, 'a certificate makes no token that would outlive it');
  assert.match(minted.text, /logged in with a client certificate/);
  const refresh = await send('GET', '/token?offline_token=true&service=plimsoll', { client });
  assert.equal('refresh_token' in JSON.parse(refresh.text), false);
  const removed = await send('DELETE', `/api/v1/certificates/${id}`, { authorization: login });
  assert.equal(removed.status, 200);
  assert.equal(JSON.parse((await send('GET', '/api/v1/self', { client })).text).kind, 'anonymous');
});

test('removing it ends it at once: on its open connection, and for the tokens that it gave', async () => {
  await withRobot(async (id) => {
    const client = ci();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    assert.equal((await startUpload('acme/app', { client, agent })).status, 202);
    const authorization = await tokenOf('repository:acme/app:pull', { client });
    const list = '/v2/acme/app/tags/list';
    assert.equal((await send('GET', list, { authorization })).status, 200);
    await call('DELETE', `${robotPath}/${id}`, 200);
    assert.equal((await startUpload('acme/app', { client, agent })).status, 401);
    const ended = await send('GET', list, { authorization });
    assert.equal(ended.status, 401);
    assert.match(ended.text, /client certificate that this token was got with was removed/);
    agent.destroy();
    await call('DELETE', `${robotPath}/${id}`, 404);
  });
});

test('an account that is disabled, and a registration that is over, log nobody in', async () => {
  const account = { name: 'ada', password: 'ada has a password', isAdmin: false };
  await call('POST', '/api/v1/accounts', 201, account);
  const path = '/api/v1/accounts/ada/certificates';
  const identity = { kind: 'email', value: 'ada@acme.test' };
  const expiresAt = new Date(now + 60_000).toISOString();
  await call('POST', path, 201, { name: 'ada', identity, expiresAt });
  const client = people.issue({ commonName: 'x', emails: ['ada@ACME.test'] });
  const who = async () => JSON.parse((await send('GET', '/api/v1/self', { client })).text).name;
  assert.equal(await who(), 'ada');
  await call('POST', '/api/v1/accounts/ada/disable', 200);
  assert.equal(await who(), undefined);
  await call('POST', '/api/v1/accounts/ada/enable', 200);
  assert.equal(await who(), 'ada');
  now += 120_000;
  assert.equal(await who(), undefined);
  await call('POST', path, 201, { name: 'again', identity });
  assert.equal(await who(), 'ada', 'what is over can be registered again');
});

test('a certificate that ends while its connection is open is refused from then on', async () => {
  await withRobot(async () => {
    const client = ci({ notAfter: new Date(now + 3_600_000) });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    assert.equal((await startUpload('acme/app', { client, agent })).status, 202);
    const before = now;
    now += 7_200_000;
    const refused = await startUpload('acme/app', { client, agent });
    assert.equal(refused.status, 401);
    assert.match(refused.text, /the client certificate ended at /);
    const token = await send('GET', '/token?service=plimsoll', { client, agent });
    assert.equal(token.status, 401);
    now = before;
    agent.destroy();
  });
});

test('who registers what: names are for administrators, and no identity stands for two', async () => {
  const authorization = `Basic ${Buffer.from('ada:ada has a password').toString('base64')}`;
  const body = { name: 'x', identity: { kind: 'dns', value: 'ada.acme.test' } };
  const refused = await send('POST', '/api/v1/certificates', { authorization, body });
  assert.equal(refused.status, 400);
  assert.match(refused.text, /only an administrator registers a name/);
  assert.equal((await send('GET', robotPath, { authorization })).status, 403);
  assert.equal((await send('GET', '/api/v1/accounts/admin/certificates', { authorization })).status, 403);
  await withRobot(async () => {
    const taken = await call('POST', '/api/v1/certificates', 409, { name: 'x', identity: uri });
    assert.equal(taken.code, 'hub.certificate_taken');
  });
  for (const [identity, sentence] of [
    [{ kind: 'dns', value: '*.acme.test' }, /cannot be a name of the kind dns/],
    [{ kind: 'common-name', value: 'a, b' }, /cannot be a name/],
    [{ kind: 'fingerprint', value: 'abc' }, /64 hexadecimal digits/],
  ] as const)
    assert.match(
      String((await call('POST', '/api/v1/certificates', 400, { name: 'x', identity })).detail),
      sentence,
    );
  await call('GET', '/api/v1/accounts/nobody/certificates', 404);
  await call('GET', '/api/v1/namespaces/acme/robots/nobody/certificates', 404);
});

test('the audit log says which certificate did what', async () => {
  await withRobot(async () => {
    const client = ci();
    const made = await send('PUT', '/v2/acme/audited/manifests/1', {
      client,
      body: '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}',
    });
    assert.equal(made.status, 201, made.text);
    const { fingerprint } = await fingerprintOf(client);
    const rows = world.rows(
      "select via, action from audit where target = 'acme/audited' and action = 'tag.move'",
    );
    assert.deepEqual(
      rows.map((row) => ({ ...row })),
      [{ via: `certificate pipeline sha256:${fingerprint}`, action: 'tag.move' }],
    );
    const known = world.rows("select credential from tag_pusher where repository = 'acme/audited'");
    assert.deepEqual(
      known.map((row) => ({ ...row })),
      [{ credential: 'acme+ci by certificate pipeline' }],
    );
  });
  const actions = world.rows(
    "select distinct action from audit where action like 'certificate.%' order by action",
  );
  assert.deepEqual(
    actions.map(({ action }) => action),
    ['certificate.add', 'certificate.remove'],
  );
});

test('the server’s certificate and its authorities are renewed while a request runs', async () => {
  const digest = `sha256:${createHash('sha256').update('helloworld').digest('hex')}`;
  const running = request(`${world.url}/v2/admin/app/blobs/uploads/?digest=${digest}`, {
    ca,
    method: 'POST',
    agent: false,
    headers: { authorization: login, 'content-length': '10' },
  });
  running.write('hello');
  await once(running, 'socket').then(([socket]) => once(socket, 'secureConnect'));
  const others = createAuthority('others');
  const next = server();
  writeFileSync(files.certificate, next.certificate);
  writeFileSync(files.key, next.key);
  writeFileSync(bundle, `${people.certificate}${others.certificate}`);
  await world.product.renewTls?.();
  running.end('world');
  const [answer] = await once(running, 'response');
  assert.equal(answer.statusCode, 201, 'it ends on the connection that it began on');
  answer.resume();
  const client = others.issue({ commonName: 'ci', uris: ['spiffe://acme.test/ci'] });
  await withRobot(async () => {
    assert.equal((await startUpload('acme/app', { client })).status, 202);
    assert.equal((await startUpload('acme/app', { client: ci() })).status, 202);
    writeFileSync(bundle, others.certificate);
    await world.product.renewTls?.();
    assert.equal((await startUpload('acme/app', { client: ci() })).status, 401);
    assert.equal((await startUpload('acme/app', { client })).status, 202);
  });
  writeFileSync(files.key, server().key);
  await world.product.renewTls?.();
  const metrics = (await send('GET', '/metrics', { authorization: login })).text;
  assert.match(metrics, /^plimsoll_tls_reload_failures_total 1$/m);
  assert.match(metrics, /^plimsoll_tls_certificate_not_after_seconds \d{10}$/m);
});

async function fingerprintOf(pair: Pair): Promise<{ fingerprint: string }> {
  const { parseCertificates, readCertificate } = await import('../../src/formats/crypto/certificate.ts');
  const [certificate] = parseCertificates(pair.certificate);
  assert.ok(certificate);
  return readCertificate(certificate);
}
