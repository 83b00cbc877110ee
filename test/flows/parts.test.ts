// Promise: a process that was invited joins once, is known by its SPIFFE ID over mutual TLS, renews itself for ever
// without a refused request, and is nobody from the moment of its removal; who copied its file is refused and told of.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { type KeyObject, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { certifyWorkload, certifyWorkloadRoot } from '../../src/engines/authority/workload.ts';
import type { PartCertificate } from '../../src/entry/http/contract-part.ts';
import { formatPem } from '../../src/formats/x509/certificate-pem.ts';
import { createMemoryKey } from '../../src/io/keys/memory.ts';
import { systemRandom } from '../../src/kit/clock.ts';
import { debianImage } from '../world/image.ts';
import {
  askAsPart,
  codeOf,
  createPartKey,
  type HeldPart,
  joinBody,
  keepOne,
  renewBody,
  spkiOf,
} from '../world/part.ts';
import { bootProduct, type ProductWorld, password, temporaryFolder } from '../world/product.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const folder = temporaryFolder();
// Handshakes go by the machine's clock: the instance's stands a little behind and is moved up to it.
const START = Date.now() - 55 * MINUTE;
let now = START;
let world: ProductWorld;

before(async () => {
  world = await bootProduct({
    clock: { now: () => now },
    flags: [['--parts-listen', '127.0.0.1:0']],
  });
  await world.get('/api/v1/namespaces', {
    method: 'POST',
    status: 201,
    isAdmin: true,
    body: { name: 'acme', owner: 'admin' },
  });
  const visibility = { method: 'POST', isAdmin: true, body: { isPublic: false } };
  await world.get('/api/v1/namespaces/acme/visibility', visibility);
  await world.push('acme/app', '1', debianImage(['openssl 3.0.11-1']));
});
after(async () => {
  await world[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function invite(name: string, wish: Record<string, unknown> = {}, part = {}): Promise<string> {
  const admin = { method: 'POST', isAdmin: true };
  await world.get('/api/v1/parts', { ...admin, body: { name, ...part } });
  const path = `/api/v1/parts/${name}/invitations`;
  return (await world.get<{ secret: string }>(path, { ...admin, status: 201, body: wish })).secret;
}

async function joinAs(invitation: string, key = createPartKey()): Promise<HeldPart> {
  const body = joinBody(world.host, invitation, key);
  return { key, told: await world.get<PartCertificate>('/api/v1/parts/join', { method: 'POST', body }) };
}

async function refusedJoin(body: unknown, status: number): Promise<string> {
  return (await world.problem('/api/v1/parts/join', status, { method: 'POST', body })).code;
}

async function renew(held: HeldPart, key = createPartKey()): Promise<HeldPart> {
  const body = renewBody(world.host, held, key);
  return { key, told: await world.get<PartCertificate>('/api/v1/parts/renew', { method: 'POST', body }) };
}

async function refusedRenewal(held: HeldPart, status: number, key?: KeyObject): Promise<string> {
  const body = renewBody(world.host, held, key ?? createPartKey());
  return (await world.problem('/api/v1/parts/renew', status, { method: 'POST', body })).code;
}

const manifest = { path: '/v2/acme/app/manifests/1' };

test('who was invited joins, reads what the owner may over mutual TLS, and is known by its name', async () => {
  const held = await joinAs(await invite('gate/prod'));
  const { told } = held;
  assert.equal(told.part, 'gate/prod');
  assert.equal(told.host, world.host);
  assert.deepEqual(
    [told.spiffeId, told.serverId],
    ['spiffe://127.0.0.1/gate/prod', 'spiffe://127.0.0.1/instance'],
  );
  assert.equal(Date.parse(told.notAfter) - Date.parse(told.renewAfter), HOUR / 2);
  const read = await askAsPart(held, manifest);
  assert.equal(read.status, 200, read.text);
  assert.match(read.server?.subjectAltName ?? '', /IP Address:127\.0\.0\.1/);
  assert.equal((await world.send('GET', manifest.path)).status, 401, 'nobody else reads it');
  const self = JSON.parse((await askAsPart(held, { path: '/api/v1/self' })).text);
  assert.deepEqual([self.name, self.via], ['admin', 'part gate/prod']);
  const verdict = await askAsPart(held, { path: '/v2/' });
  assert.equal(verdict.status, 200);
  const { parts } = await world.get<{ parts: { holders: { lastUsedAt?: string }[] }[] }>('/api/v1/parts', {
    isAdmin: true,
  });
  assert.equal(parts[0]?.holders[0]?.lastUsedAt, new Date(now).toISOString());
});

test('a certificate is an X509-SVID, and openssl follows it to its authority', async (t) => {
  const { told } = await joinAs(await invite('mirror/one'));
  const leaf = new X509Certificate(told.certificate);
  assert.equal(leaf.subjectAltName, 'URI:spiffe://127.0.0.1/mirror/one');
  assert.equal(leaf.ca, false);
  assert.equal(leaf.validToDate.getTime() - leaf.validFromDate.getTime(), HOUR + MINUTE);
  const authority = new X509Certificate(told.authorities[0] as string);
  assert.equal(authority.subjectAltName, 'URI:spiffe://127.0.0.1');
  const paths = ['leaf.pem', 'authority.pem'].map((name) => join(folder.path, name));
  writeFileSync(paths[0] as string, told.certificate);
  writeFileSync(paths[1] as string, told.authorities.join(''));
  for (const purpose of ['sslclient', 'sslserver']) {
    const args = [
      'verify',
      '-x509_strict',
      '-purpose',
      purpose,
      '-CAfile',
      paths[1] as string,
      paths[0] as string,
    ];
    const { error, status, stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    if (error !== undefined) return t.skip('openssl is not here');
    assert.equal(status, 0, `${stdout}${stderr}`);
  }
});

test('a part may no more than it was invited for: no pushes, no tokens, no rights, whatever login comes along', async () => {
  const held = await joinAs(
    await invite('gate/narrow', {}, { permissions: [{ repositories: 'other/*', actions: ['pull'] }] }),
  );
  assert.equal((await askAsPart(held, manifest)).status, 404, 'not for it');
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  const asAdmin = { headers: { authorization } };
  const self = JSON.parse((await askAsPart(held, { path: '/api/v1/self', ...asAdmin })).text);
  assert.equal(self.via, 'part gate/narrow', 'its certificate says who it is');
  assert.equal((await askAsPart(held, { ...manifest, ...asAdmin })).status, 404);
  const upload = { path: '/v2/acme/app/blobs/uploads/', method: 'POST', ...asAdmin };
  assert.equal(codeOf(await askAsPart(held, upload)), 'hub.access_denied');
  for (const path of ['/token?service=plimsoll&scope=repository:acme/app:pull', '/token'])
    assert.equal(codeOf(await askAsPart(held, { path, ...asAdmin })), 'hub.access_denied');
  const token = { path: '/api/v1/tokens', method: 'POST', body: JSON.stringify({ name: 'x' }), ...asAdmin };
  assert.equal(codeOf(await askAsPart(held, token)), 'hub.access_denied');
  assert.equal(codeOf(await askAsPart(held, { path: '/api/v1/parts', ...asAdmin })), 'hub.access_denied');
  const identity = { path: '/trust/identity-token', method: 'POST' };
  assert.equal(codeOf(await askAsPart(held, identity)), 'hub.access_denied');
});

test('an invitation is used once and in time, with a proof for this instance by a key of P-256', async () => {
  const invitation = await invite('gate/once');
  const key = createPartKey();
  const good = joinBody(world.host, invitation, key);
  assert.equal(await refusedJoin(joinBody('elsewhere.test', invitation, key), 401), 'parts.proof_wrong');
  assert.equal(await refusedJoin({ ...good, proof: 'AAAA' }, 401), 'parts.proof_wrong');
  assert.equal(await refusedJoin({ ...good, publicKey: 'AAAA' }, 400), 'parts.key_invalid');
  const [first, again] = [await joinAs(invitation, key), await joinAs(invitation, key)];
  assert.notEqual(
    first.told.certificate,
    again.told.certificate,
    'a lost answer is given again to the same key',
  );
  assert.equal(
    await refusedJoin(joinBody(world.host, invitation, createPartKey()), 401),
    'parts.invitation_wrong',
  );
  const late = await invite('gate/once', { validSeconds: 60 });
  now += MINUTE;
  assert.equal(await refusedJoin(joinBody(world.host, late, createPartKey()), 401), 'parts.invitation_wrong');
  const twice = await invite('gate/once', { uses: 2 });
  await joinAs(twice);
  await joinAs(twice);
  assert.equal(
    await refusedJoin(joinBody(world.host, twice, createPartKey()), 401),
    'parts.invitation_wrong',
  );
});

test('no certificate and another authority’s do not get past the handshake', async () => {
  const held = await joinAs(await invite('gate/strict'));
  await assert.rejects(
    askAsPart(held, { ...manifest, shown: null }),
    /alert|ECONNRESET|EPIPE|socket hang up/,
  );
  const { trustDomain } = held.told;
  const plan = { trustDomain, fromMs: Date.now(), random: systemRandom };
  const foreign = await certifyWorkloadRoot(await createMemoryKey('ecdsa-p256-sha256'), plan);
  const wish = {
    id: { trustDomain, path: '/gate/strict' },
    publicKey: spkiOf(held.key),
    random: systemRandom,
  };
  const { der } = await certifyWorkload(foreign, { ...wish, now: Date.now() });
  const key = held.key.export({ format: 'pem', type: 'pkcs8' }).toString();
  const shown = { certificate: formatPem([der]), key };
  await assert.rejects(askAsPart(held, { ...manifest, shown }), /alert|ECONNRESET|EPIPE|socket hang up/);
});

test('a removed part is refused on the connection that it has open, and so is a removed holder', async () => {
  const invitation = await invite('gate/gone', { uses: 2 });
  const [one, other] = [await joinAs(invitation), await joinAs(invitation)];
  using agent = disposable(keepOne());
  using otherAgent = disposable(keepOne());
  assert.equal((await askAsPart(one, { ...manifest, ...agent })).status, 200);
  assert.equal((await askAsPart(other, { ...manifest, ...otherAgent })).status, 200);
  const [, id] = /serialNumber=(\S+)/.exec(new X509Certificate(one.told.certificate).subject) ?? [];
  const remove = { method: 'DELETE', isAdmin: true };
  await world.get(`/api/v1/parts/gate/gone/holders/${id}`, remove);
  assert.equal(codeOf(await askAsPart(one, { ...manifest, ...agent })), 'parts.removed');
  assert.equal((await askAsPart(other, { ...manifest, ...otherAgent })).status, 200, 'the other stays');
  await world.get('/api/v1/parts/gate/gone', remove);
  assert.equal(codeOf(await askAsPart(other, { path: '/api/v1/self', ...otherAgent })), 'parts.removed');
  assert.equal(await refusedRenewal(other, 401), 'parts.removed');
  await world.problem('/api/v1/parts/gate/gone', 404, remove);
});

test('renewing refuses no request, and a lost answer is given again', async () => {
  let held = await joinAs(await invite('gate/busy'));
  const first = held;
  let isRenewed = false;
  const ask = async (): Promise<void> => {
    while (!isRenewed) assert.equal((await askAsPart(held, manifest)).status, 200);
  };
  const asking = Promise.all([ask(), ask()]);
  now += 5 * MINUTE;
  const key = createPartKey();
  const lost = await renew(held, key);
  held = await renew(first, key);
  isRenewed = true;
  await asking;
  assert.notEqual(lost.told.certificate, held.told.certificate);
  assert.equal(
    (await askAsPart(first, manifest)).status,
    200,
    'what began with the former one may end with it',
  );
  assert.equal((await askAsPart(held, manifest)).status, 200);
  assert.equal((await askAsPart(lost, manifest)).status, 200);
});

test('a copied file is refused when it comes to be renewed, and everybody is told', async () => {
  const held = await joinAs(await invite('gate/copied'));
  const next = await renew(held);
  assert.equal(await refusedRenewal(held, 403), 'parts.holder_superseded');
  assert.equal(await refusedRenewal(held, 403), 'parts.holder_superseded');
  assert.equal((await askAsPart(next, manifest)).status, 200, 'nobody knows which of both is the part');
  const last = await renew(next);
  assert.equal(
    codeOf(await askAsPart(held, manifest)),
    'parts.certificate_refused',
    'two keys back is nobody',
  );
  assert.equal((await askAsPart(last, manifest)).status, 200);
  const { keys } = await world.get<{
    keys: { purpose: string; name: string; state: string; renewal: string }[];
  }>('/api/v1/keys', { isAdmin: true });
  const told = keys.filter(({ purpose, name }) => purpose === 'part' && name.startsWith('gate/copied '));
  assert.deepEqual(
    told.map(({ state }) => state),
    ['overdue'],
  );
  assert.match(told[0]?.renewal ?? '', /part remove gate\/copied --holder/);
  assert.ok(
    keys.some(({ purpose }) => purpose === 'workload'),
    'the authority’s own key is told too',
  );
  const audited = world.rows(
    "select action, count(*) as times from audit where target = 'gate/copied' group by action order by action",
  );
  assert.deepEqual(
    audited.map(({ action, times }) => `${action} ${times}`),
    ['part.add 1', 'part.invite 1', 'part.join 1', 'part.suspect 1'],
  );
});

test('a certificate that ended is refused in the middle of a connection, and renewed until it lapsed', async () => {
  const held = await joinAs(await invite('worker/late'));
  using agent = disposable(keepOne());
  assert.equal((await askAsPart(held, { ...manifest, ...agent })).status, 200);
  const before = now;
  now += HOUR + MINUTE;
  assert.equal(codeOf(await askAsPart(held, { ...manifest, ...agent })), 'parts.certificate_over');
  const key = createPartKey();
  const renewed = await renew(held, key);
  assert.ok(Date.parse(renewed.told.notAfter) > now);
  now += 32 * 24 * HOUR;
  assert.equal(await refusedRenewal(renewed, 401), 'parts.lapsed');
  now = before;
});

test('what is not of this instance is refused at the door of renewal', async () => {
  const held = await joinAs(await invite('gate/forged'));
  const { trustDomain } = held.told;
  const root = await certifyWorkloadRoot(await createMemoryKey('ecdsa-p256-sha256'), {
    trustDomain,
    fromMs: now,
    random: systemRandom,
  });
  const forge = async (id: { trustDomain: string; path: string }) => {
    const { der } = await certifyWorkload(root, {
      id,
      holder: 'somebody',
      publicKey: spkiOf(held.key),
      now,
      random: systemRandom,
    });
    return { ...held, told: { ...held.told, certificate: formatPem([der]) } };
  };
  for (const id of [
    { trustDomain, path: '/gate/forged' },
    { trustDomain: 'elsewhere.test', path: '/gate/forged' },
    { trustDomain, path: '/instance' },
  ])
    assert.equal(await refusedRenewal(await forge(id), 401), 'parts.certificate_refused');
  const body = { ...renewBody(world.host, held, createPartKey()), certificate: 'AAAA' };
  const renewal = { method: 'POST', body };
  assert.equal((await world.problem('/api/v1/parts/renew', 401, renewal)).code, 'parts.certificate_refused');
});

test('parts are made by administrators, once, and with a name that is one', async () => {
  const admin = { method: 'POST', isAdmin: true };
  const ensure = async (body: unknown, status: number) =>
    (await world.problem('/api/v1/parts', status, { ...admin, body })).code;
  assert.equal(await ensure({ name: 'printer/one' }, 400), 'parts.name_invalid');
  await world.get('/api/v1/parts', { ...admin, body: { name: 'gate/again' } });
  await world.get('/api/v1/parts', { ...admin, body: { name: 'gate/again', account: 'admin' } });
  const permissions = [{ repositories: 'acme/*', actions: ['pull'] }];
  assert.equal(await ensure({ name: 'gate/again', permissions }, 409), 'parts.exists');
  const path = '/api/v1/parts/gate/again/invitations';
  const problem = await world.problem(path, 400, { ...admin, body: { uses: 1_000 } });
  assert.equal(problem.code, 'parts.wish_invalid');
  await world.problem('/api/v1/parts/gate/nothing/invitations', 404, { ...admin, body: {} });
  await world.problem('/api/v1/parts', 401);
});

function disposable(agent: ReturnType<typeof keepOne>) {
  return { agent, [Symbol.dispose]: () => agent.destroy() };
}
