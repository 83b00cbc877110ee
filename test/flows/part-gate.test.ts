// Promise: a gate that joined an instance asks it over mutual TLS without any login, renews its certificate while it
// answers, is nobody from the moment of its removal, and speaks to nobody else in the instance's place.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import type { RunningGate } from '../../src/app/gate.ts';
import type { MarkList } from '../../src/entry/http/contract-verdict.ts';
import { silentLog } from '../../src/kit/log.ts';
import { createAuthority } from '../world/authority.ts';
import { type CommandOptions, runCommand } from '../world/command.ts';
import { pod, review, startGateWorld } from '../world/gate.ts';
import { debianImage } from '../world/image.ts';
import { bootProduct, type ProductWorld, temporaryFolder, until } from '../world/product.ts';
import { ask } from '../world/secure.ts';
import { createWorkload } from '../world/workload.ts';

const MINUTE = 60_000;
const folder = temporaryFolder();
const authority = createAuthority();
const image = debianImage(['one 1.0'], { user: '1000' });
// Handshakes go by the machine's clock: everybody's here stands behind it, and is moved up.
let now = Date.now() - 50 * MINUTE;
const clock = { now: () => now };
const home = join(folder.path, 'home');
const policyFile = join(folder.path, 'gate.yaml');
let world: ProductWorld;
let gate: RunningGate;

const opened = new AsyncDisposableStack();
before(async () => {
  opened.use(folder);
  const policy = join(folder.path, 'policy.yaml');
  writeFileSync(policy, 'policies: [{name: non-root-user}]');
  const flags = [
    ['--parts-listen', '127.0.0.1:0'],
    ['--marks', 'on'],
  ] as const;
  world = opened.use(await bootProduct({ clock, policy, flags }));
  const admin = { method: 'POST', isAdmin: true };
  await world.get('/api/v1/namespaces', { ...admin, status: 201, body: { name: 'acme', owner: 'admin' } });
  await world.get('/api/v1/namespaces/acme/visibility', { ...admin, body: { isPublic: false } });
  await world.push('acme/app', '1', image);
  await until(async () => {
    const path = '/api/v1/repositories/acme/app/-/images/1/marks';
    const [mark] = (await world.get<MarkList>(path, { isAdmin: true })).marks;
    return mark;
  }, 'the mark of acme/app');
  const root = await world.send('GET', '/trust/trusted_root.json');
  writeFileSync(join(folder.path, 'root.json'), await root.text());
  writeFileSync(
    policyFile,
    `gate:
  trusted-roots: [root.json]
  remember: 0
  rules:
    - name: ours
      images: ['${world.host}/*']
      require:
        mark: { issuer: '${world.url}', identity: '${world.url}' }
        verdict: { instance: '${world.host}' }
`,
  );
  mkdirSync(home);
});
after(() => opened.disposeAsync());

const run = (argv: readonly string[], more: Partial<CommandOptions> = {}) =>
  runCommand(argv, { home, clock, ...more });

async function invite(name: string, more: object = {}): Promise<string> {
  const admin = { method: 'POST', isAdmin: true };
  await world.get('/api/v1/parts', { ...admin, body: { name, ...more } });
  const path = `/api/v1/parts/${name}/invitations`;
  return (await world.get<{ secret: string }>(path, { ...admin, status: 201, body: {} })).secret;
}

interface Holder {
  readonly renewedAt: string;
  readonly notAfter: string;
  readonly suspectedAt?: string;
}

async function holderOf(name: string): Promise<Holder | undefined> {
  const { parts } = await world.get<{ parts: { name: string; holders: Holder[] }[] }>('/api/v1/parts', {
    isAdmin: true,
  });
  return parts.find((one) => one.name === name)?.holders[0];
}

const named = (): string => `${world.host}/acme/app:1@${image.digest}`;

async function admit() {
  const headers = { 'content-type': 'application/json' };
  const body = review(pod(named()));
  const { text } = await ask(`${gate.url}/validate`, {
    method: 'POST',
    headers,
    body,
    ca: authority.certificate,
  });
  return JSON.parse(text).response as { allowed: boolean; status?: { message: string } };
}

test('without a login nothing is let in; who was invited joins, and is let read by its certificate', async () => {
  const before = await run(['gate', 'check', policyFile, named()]);
  assert.equal(before.exitCode, 2, before.stderr);
  const joined = await run(['part', 'join', world.url, '--invitation', '-'], {
    stdin: await invite('gate/prod'),
  });
  assert.equal(joined.exitCode, 0, joined.stderr);
  assert.match(joined.stderr, /as spiffe:\/\/127\.0\.0\.1\/gate\/prod/);
  const after = await run(['gate', 'check', policyFile, named()]);
  assert.equal(after.exitCode, 0, after.stdout + after.stderr);
  const descriptor = { mediaType: image.mediaType, digest: image.digest, size: image.bytes.byteLength };
  const call = [
    '-name',
    named(),
    '-digest',
    image.digest,
    '-stdin-media-type',
    'application/vnd.oci.descriptor.v1+json',
  ];
  const contained = await run(['gate', 'containerd', policyFile, '--', ...call], {
    stdin: JSON.stringify(descriptor),
  });
  assert.equal(contained.exitCode, 0, contained.stdout + contained.stderr);
  assert.match((await run(['part', 'show'])).stdout, /gate\/prod .* good/);
});

test('a gate that runs asks as the part, and renews while it answers, without a question that fails', async () => {
  const printed: string[] = [];
  gate = opened.use(
    await startGateWorld({
      ...{ folder: folder.path, policyFile, certificates: authority, log: silentLog, clock },
      print: (text) => void printed.push(text),
    }),
  );
  assert.deepEqual(
    gate.parts.map(({ spiffeId }) => spiffeId),
    ['spiffe://127.0.0.1/gate/prod'],
  );
  assert.match(
    printed.join(''),
    /It asks 127\.0\.0\.1:\d+ as spiffe:\/\/127\.0\.0\.1\/gate\/prod, by a certificate until 20/,
  );
  const first = await admit();
  assert.equal(first.allowed, true, first.status?.message ?? '');
  const ends = async (): Promise<number> => {
    const { text } = await ask(`${gate.url}/metrics`, { ca: authority.certificate });
    const [, host = '', value] =
      /^plimsoll_gate_part_not_after_seconds\{host="(.*)",part="spiffe:\/\/127\.0\.0\.1\/gate\/prod"\} (\d+)$/m.exec(
        text,
      ) ?? [];
    assert.equal(host, world.host);
    return Number(value);
  };
  const firstEnd = await ends();
  now += 31 * MINUTE;
  const answers = await Promise.all([...Array.from({ length: 8 }, admit), gate.look().then(admit)]);
  for (const { allowed, status } of answers) assert.equal(allowed, true, status?.message ?? '');
  assert.equal((await holderOf('gate/prod'))?.renewedAt, new Date(now).toISOString());
  assert.equal((await holderOf('gate/prod'))?.suspectedAt, undefined);
  await gate.look();
  assert.equal((await ends()) - firstEnd, (31 * MINUTE) / 1000);
});

test('a part that may push copies an image through its certificate, byte for byte', async () => {
  const permissions = [{ repositories: 'acme/*', actions: ['pull', 'push'] }];
  const stdin = await invite('mirror/one', { permissions });
  const flags = { '--part-folder': join(folder.path, 'mirror') };
  const joined = await run(['part', 'join', world.url, '--invitation', '-'], { stdin, flags });
  assert.equal(joined.exitCode, 0, joined.stderr);
  const layout = `oci-dir://${join(folder.path, 'layout')}:1`;
  for (const [from, to] of [
    [`${world.host}/acme/app:1`, layout],
    [layout, `${world.host}/acme/copied:1`],
  ] as const) {
    const copied = await run(['copy', from, to], { flags });
    assert.equal(copied.exitCode, 0, copied.stderr);
  }
  const bearer = await world.token('repository:acme/copied:pull');
  const headers = { authorization: `Bearer ${bearer}` };
  const found = await world.send('HEAD', '/v2/acme/copied/manifests/1', { headers });
  assert.equal(found.headers.get('docker-content-digest'), image.digest);
});

test('whoever may pull an image is told its verdict, by a token for some repositories too', async () => {
  const rulesFor = async (repositories: string): Promise<string> => {
    const permissions = [{ repositories, actions: ['pull'] }];
    const made = { method: 'POST', status: 201, isAdmin: true, body: { name: repositories, permissions } };
    const { secret } = await world.get<{ secret: string }>('/api/v1/tokens', made);
    const headers = { authorization: `Bearer ${secret}` };
    const answer = await world.send('GET', '/api/v1/verdict?image=acme/app:1', { headers });
    const { result, reasons } = (await answer.json()) as { result: string; reasons: { rule: string }[] };
    return [result, ...reasons.map(({ rule }) => rule)].join();
  };
  assert.equal(await rulesFor('acme/*'), 'pass');
  assert.equal(await rulesFor('other/*'), 'unknown,not-found');
});

test('who answers in the instance’s place is refused: of another authority, of another name, known to the public', async (t) => {
  const parts = join(home, '.local/state/plimsoll/parts');
  const name = readdirSync(parts).find((one) => one.endsWith('.json')) ?? '';
  const path = join(parts, name);
  const text = readFileSync(path, 'utf8');
  const other = join(folder.path, 'other');
  const joined = await run(['part', 'join', world.url, '--invitation', '-'], {
    stdin: await invite('worker/one'),
    flags: { '--part-folder': other },
  });
  assert.equal(joined.exitCode, 0, joined.stderr);
  const worker = JSON.parse(readFileSync(join(other, name), 'utf8')) as {
    certificate: string;
    key: string;
  };
  const publicly = createAuthority('public');
  publicly.write(folder.path, 'public');
  const impostors = [
    createWorkload('127.0.0.1').issue({ uris: ['spiffe://127.0.0.1/instance'] }),
    worker,
    publicly.issue({
      commonName: '127.0.0.1',
      addresses: ['127.0.0.1'],
      uris: ['spiffe://127.0.0.1/instance'],
    }),
  ];
  for (const impostor of impostors) {
    const { address, count } = await impersonate(t, impostor);
    writeFileSync(path, JSON.stringify({ ...JSON.parse(text), address }));
    const flags = { '--tls-trust': join(folder.path, 'public.crt') };
    const told = await run(['org', 'list', '--host', world.host], { flags });
    assert.equal(told.exitCode, 1);
    assert.match(told.stderr, /net\.part_server_untrusted/);
    assert.equal((await admit()).allowed, false);
    assert.equal(count(), 0, 'nothing was asked of it');
  }
  writeFileSync(path, text);
  assert.equal((await admit()).allowed, true);
});

async function impersonate(t: TestContext, own: { readonly certificate: string; readonly key: string }) {
  let requests = 0;
  const server = createServer({ cert: own.certificate, key: own.key }, (_request, response) => {
    requests += 1;
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, count: () => requests };
}

test('a gate whose part was removed lets nothing in from that moment, on its open connections neither', async () => {
  assert.equal((await admit()).allowed, true);
  await world.get('/api/v1/parts/gate/prod', { method: 'DELETE', isAdmin: true });
  const denied = await admit();
  assert.equal(denied.allowed, false);
  const told = await run(['org', 'list', '--host', world.host]);
  assert.match(told.stderr, /parts\.removed/);
});
