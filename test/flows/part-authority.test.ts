// Promise: the authority of parts is renewed under their connections, by a rotation or after a theft; the instance's own
// certificate follows by itself, whoever shows one that has ended stays outside, and workers change nothing of it.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { PartCertificate } from '../../src/entry/http/contract-part.ts';
import {
  askAsPart,
  codeOf,
  createPartKey,
  type HeldPart,
  joinBody,
  keepOne,
  renewBody,
} from '../world/part.ts';
import { bootProduct, type ProductWorld, temporaryFolder } from '../world/product.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const listening: readonly (readonly [string, string])[] = [
  ['--parts-listen', '127.0.0.1:0'],
  ['--keys-overlap', '10m'],
];
const question = { path: '/api/v1/self' };
const HANDSHAKE = /alert|ECONNRESET|EPIPE|socket hang up/;

async function joinAs(world: ProductWorld, name: string): Promise<HeldPart> {
  const admin = { method: 'POST', isAdmin: true };
  await world.get('/api/v1/parts', { ...admin, body: { name } });
  const path = `/api/v1/parts/${name}/invitations`;
  const { secret } = await world.get<{ secret: string }>(path, { ...admin, status: 201, body: {} });
  const key = createPartKey();
  const body = joinBody(world.host, secret, key);
  return { key, told: await world.get<PartCertificate>('/api/v1/parts/join', { method: 'POST', body }) };
}

async function renew(world: ProductWorld, held: HeldPart): Promise<HeldPart> {
  const key = createPartKey();
  const body = renewBody(world.host, held, key);
  return { key, told: await world.get<PartCertificate>('/api/v1/parts/renew', { method: 'POST', body }) };
}

const rotate = (world: ProductWorld, more = {}) =>
  world.get('/api/v1/keys/rotations', {
    method: 'POST',
    isAdmin: true,
    body: { purposes: ['workload'], ...more },
  });

test('the authority’s key is renewed under parts of before and after, and at once where it was stolen', async () => {
  // Handshakes go by the machine's clock: the instance's stands behind, and is moved up to it.
  let now = Date.now() - 55 * MINUTE;
  await using world = await bootProduct({ clock: { now: () => now }, flags: listening });
  const old = await joinAs(world, 'gate/old');
  await rotate(world);
  assert.equal((await askAsPart(old, question)).status, 200, 'who knows the former authority alone');
  const both = await renew(world, old);
  assert.equal(both.told.authorities.length, 2, 'both are believed in the overlap');
  assert.equal((await askAsPart(both, question)).status, 200);
  now += 31 * MINUTE;
  await world.product.renewTls?.();
  const young = await joinAs(world, 'gate/young');
  const [former, next] = both.told.authorities.map((one) => new X509Certificate(one).publicKey);
  assert.ok(former !== undefined && next !== undefined);
  assert.equal(new X509Certificate(young.told.certificate).verify(next), true, 'the new key signs');
  const answers = [await askAsPart(both, question), await askAsPart(young, question)];
  for (const { status, server } of answers) {
    assert.equal(status, 200);
    assert.equal(server?.verify(next), true, 'the instance shows what the new key signed');
  }
  await assert.rejects(
    askAsPart(old, question),
    /self-signed|unable to (?:get|verify)|issuer/,
    'it slept too long',
  );
  const awake = await renew(world, both);
  using agent = disposable(keepOne());
  assert.equal((await askAsPart(awake, { ...question, ...agent })).status, 200);
  await rotate(world, { isAtOnce: true });
  now += 2_000;
  await world.product.renewTls?.();
  await assert.rejects(
    askAsPart(awake, { ...question, ...agent }),
    'what the stolen key signed opens nothing, and keeps no connection',
  );
  const after = await renew(world, awake);
  assert.equal(after.told.authorities.length, 1);
  assert.equal((await askAsPart(after, question)).status, 200);
});

test('the instance’s own certificate is another one after half an hour, and connections go on', async () => {
  let now = Date.now() - 55 * MINUTE;
  await using world = await bootProduct({ clock: { now: () => now }, flags: listening });
  const held = await joinAs(world, 'gate/prod');
  using agent = disposable(keepOne());
  const first = await askAsPart(held, { ...question, ...agent });
  now += 31 * MINUTE;
  await world.product.renewTls?.();
  assert.equal((await askAsPart(held, { ...question, ...agent })).status, 200);
  const second = await askAsPart(held, question);
  assert.notEqual(second.server?.serialNumber, first.server?.serialNumber);
  await world.product.renewTls?.();
  assert.equal((await askAsPart(held, question)).server?.serialNumber, second.server?.serialNumber);
});

test('a certificate that has ended does not get past the handshake, and is renewed at the public address', async () => {
  let now = Date.now() - 3 * HOUR;
  await using world = await bootProduct({ clock: { now: () => now }, flags: listening });
  const held = await joinAs(world, 'gate/prod');
  now = Date.now();
  await world.product.renewTls?.();
  await assert.rejects(askAsPart(held, question), HANDSHAKE);
  const renewed = await renew(world, held);
  assert.equal((await askAsPart(renewed, question)).status, 200);
});

test('who renames an instance has its parts join anew; an address of its own is what they are told', async () => {
  using folder = temporaryFolder();
  let held: HeldPart;
  {
    await using world = await bootProduct({ folder: folder.path, flags: listening });
    held = await joinAs(world, 'gate/prod');
  }
  const renamed: readonly (readonly [string, string])[] = [
    ...listening,
    ['--public-url', 'https://Images.Example.org'],
    ['--parts-address', 'parts.example.org:8444'],
  ];
  await using world = await bootProduct({ folder: folder.path, flags: renamed });
  const body = renewBody('images.example.org', held, createPartKey());
  const problem = await world.problem('/api/v1/parts/renew', 401, { method: 'POST', body });
  assert.equal(problem.code, 'parts.certificate_refused');
  const admin = { method: 'POST', isAdmin: true };
  const path = '/api/v1/parts/gate/prod/invitations';
  const { secret } = await world.get<{ secret: string }>(path, { ...admin, status: 201, body: {} });
  const joining = joinBody('images.example.org', secret, createPartKey());
  const told = await world.get<PartCertificate>('/api/v1/parts/join', { method: 'POST', body: joining });
  assert.deepEqual(
    [told.host, told.address, told.spiffeId],
    ['images.example.org', 'https://parts.example.org:8444', 'spiffe://images.example.org/gate/prod'],
  );
  assert.equal(told.authorities.length, 1, 'of this name alone');
});

test('without its setting an instance has no parts, and without a name for them it does not start', async () => {
  await using world = await bootProduct();
  const admin = { method: 'POST', isAdmin: true };
  await world.get('/api/v1/parts', { ...admin, body: { name: 'gate/prod' } });
  const path = '/api/v1/parts/gate/prod/invitations';
  const { secret } = await world.get<{ secret: string }>(path, { ...admin, status: 201, body: {} });
  const body = joinBody(world.host, secret, createPartKey());
  const problem = await world.problem('/api/v1/parts/join', 503, { method: 'POST', body });
  assert.equal(problem.code, 'parts.off');
  const alone = { ...admin, body: { purposes: ['workload'] } };
  assert.equal((await world.problem('/api/v1/keys/rotations', 503, alone)).code, 'trust.key_missing');
  const flags: readonly (readonly [string, string])[] = [
    ...listening,
    ['--public-url', 'https://[2001:db8::1]'],
  ];
  await assert.rejects(bootProduct({ flags }), { code: 'app.setting_invalid' });
});

test('where the authority’s key cannot be opened, everything else serves', async () => {
  using folder = temporaryFolder();
  {
    await using world = await bootProduct({ folder: folder.path, flags: listening });
    await joinAs(world, 'gate/prod');
  }
  const keys = join(folder.path, 'data', 'trust', 'keys');
  const [file] = readdirSync(keys).filter((name) => name.startsWith('workload-'));
  rmSync(join(keys, file as string));
  await using world = await bootProduct({ folder: folder.path, flags: listening });
  assert.equal((await world.send('GET', '/healthz')).status, 200);
  const admin = { method: 'POST', isAdmin: true };
  const path = '/api/v1/parts/gate/prod/invitations';
  const { secret } = await world.get<{ secret: string }>(path, { ...admin, status: 201, body: {} });
  const body = joinBody(world.host, secret, createPartKey());
  assert.equal((await world.problem('/api/v1/parts/join', 503, { method: 'POST', body })).code, 'parts.off');
});

test('with workers the owner listens for parts itself', {
  skip: process.platform === 'linux' ? false : 'ports are shared on Linux alone',
}, async () => {
  await using world = await bootProduct({ flags: [...listening, ['--workers', '2']] });
  const held = await joinAs(world, 'gate/prod');
  const headers = { 'x-forwarded-for': '203.0.113.7' };
  const answer = await askAsPart(held, { ...question, headers });
  assert.equal(JSON.parse(answer.text).via, 'part gate/prod');
  await world.get('/api/v1/parts/gate/prod', { method: 'DELETE', isAdmin: true });
  assert.equal(codeOf(await askAsPart(held, question)), 'parts.removed');
});

function disposable(agent: ReturnType<typeof keepOne>) {
  return { agent, [Symbol.dispose]: () => agent.destroy() };
}
