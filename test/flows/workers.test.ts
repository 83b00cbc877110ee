// Promise: with `workers`, all cores answer pulls, and what they answer is exactly what the last push, deletion or
// change of rights made of it; a process that dies is begun anew, and an end is an orderly one.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { digestFor } from '../world/registry.ts';

const program = fileURLToPath(new URL('../../bin/plimsoll.js', import.meta.url));
const password = 'workers-password';
const skip = process.platform === 'linux' ? false : 'ports are shared on Linux alone';
const admin = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;

interface World extends AsyncDisposable {
  readonly url: string;
  readonly owner: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<unknown>;
}

async function start(args: readonly string[] = []): Promise<World> {
  const data = await mkdtemp(join(tmpdir(), 'plimsoll-workers-'));
  const serve = ['serve', '--data', data, '--listen', '127.0.0.1:0', '--workers', '2'];
  const owner = spawn(process.execPath, [program, ...serve, '--advisories-refresh', 'off', ...args], {
    env: { ...process.env, PLIMSOLL_ADMIN_PASSWORD: password },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = once(owner, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [owner.stdout, owner.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
        const [, found] = /Open +(http:\S+)/.exec(output) ?? [];
        if (found !== undefined) resolve(found);
      });
    void ended.then(() => reject(new Error(output)));
  });
  return {
    url,
    owner,
    output: () => output,
    ended,
    async [Symbol.asyncDispose]() {
      owner.kill('SIGCONT');
      owner.kill('SIGTERM');
      await ended;
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** A connection of its own each time, so that either front may answer. */
function send(
  { url }: World,
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: Uint8Array | string } = {},
): Promise<{ status: number; text: string; headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          text: Buffer.concat(chunks).toString('latin1'),
          headers: answer.headers,
        }),
      );
      answer.on('error', reject);
    });
    sent.on('error', reject);
    if (headers.Expect === undefined) sent.end(body);
    else sent.on('continue', () => sent.end(body));
  });
}

async function pushBlob(world: World, repository: string, body: Uint8Array | string, headers = {}) {
  const digest = digestFor(body);
  const path = `/v2/${repository}/blobs/uploads/?digest=${digest}`;
  const length = { 'Content-Length': `${Buffer.byteLength(body)}` };
  const sent = { headers: { Authorization: admin, ...length, ...headers }, body };
  assert.equal((await send(world, 'POST', path, sent)).status, 201);
  return { digest, size: Buffer.byteLength(body) };
}

async function manifestOf(world: World, repository: string, note: string): Promise<string> {
  const mediaType = 'application/vnd.oci.image.config.v1+json';
  const config = { ...(await pushBlob(world, repository, '{}')), mediaType };
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers: [],
    annotations: { note },
  });
}

function pushTag(world: World, repository: string, tag: string, body: string) {
  const headers = {
    Authorization: admin,
    'Content-Type': 'application/vnd.oci.image.manifest.v1+json',
  };
  return send(world, 'PUT', `/v2/${repository}/manifests/${tag}`, { headers, body });
}

async function frontsOf({ owner }: World): Promise<readonly number[]> {
  const path = `/proc/${owner.pid}/task/${owner.pid}/children`;
  return (await readFile(path, 'utf8')).trim().split(' ').map(Number);
}

test('workers: what a push, a deletion or a change of rights made is what every front answers next', {
  skip,
}, async () => {
  await using world = await start();
  const path = '/v2/team/app/manifests/edge';
  for (let round = 0; round < 20; round += 1) {
    const body = await manifestOf(world, 'team/app', `${round}`);
    assert.equal((await pushTag(world, 'team/app', 'edge', body)).status, 201);
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(world, 'GET', path)));
    for (const { status, text } of answers) assert.deepEqual([status, text], [200, body]);
  }
  const json = { Authorization: admin, 'Content-Type': 'application/json' };
  const setPublic = (isPublic: boolean) =>
    send(world, 'POST', '/api/v1/repositories/team/app/-/visibility', {
      headers: json,
      body: JSON.stringify({ isPublic }),
    });
  const statuses = async () =>
    Promise.all(Array.from({ length: 8 }, async () => (await send(world, 'GET', path)).status));
  assert.equal((await setPublic(false)).status, 200);
  assert.deepEqual([...new Set(await statuses())], [401]);
  assert.equal((await setPublic(true)).status, 200);
  assert.deepEqual([...new Set(await statuses())], [200]);
  assert.equal((await send(world, 'DELETE', path, { headers: { Authorization: admin } })).status, 202);
  assert.deepEqual([...new Set(await statuses())], [404]);
});

test('workers: fronts pull by themselves, pass on the rest, and count for the owner', { skip }, async () => {
  await using world = await start();
  const layer = randomBytes(3_000_000);
  const { digest } = await pushBlob(world, 'team/app', layer, { Expect: '100-continue' });
  const body = await manifestOf(world, 'team/app', 'one');
  await pushTag(world, 'team/app', '1', body);
  const scope = 'service=plimsoll&scope=repository:team/app:pull';
  const { token } = JSON.parse(
    (await send(world, 'GET', `/token?${scope}`, { headers: { Authorization: admin } })).text,
  );
  const headers = { Authorization: `Bearer ${token}` };
  world.owner.kill('SIGSTOP');
  const manifests = Array.from({ length: 8 }, () =>
    send(world, 'GET', '/v2/team/app/manifests/1', { headers }),
  );
  for (const { text } of await Promise.all(manifests)) assert.equal(text, body);
  const whole = await send(world, 'GET', `/v2/team/app/blobs/${digest}`, { headers });
  assert.equal(digestFor(Buffer.from(whole.text, 'latin1')), digest);
  const part = await send(world, 'GET', `/v2/team/app/blobs/${digest}`, {
    headers: { ...headers, Range: 'bytes=5-9' },
  });
  assert.deepEqual([part.status, Buffer.from(part.text, 'latin1')], [206, layer.subarray(5, 10)]);
  world.owner.kill('SIGCONT');

  const challenge = await send(world, 'GET', '/v2/');
  assert.equal(challenge.status, 401);
  assert.match(`${challenge.headers['www-authenticate']}`, new RegExp(`realm="${world.url}/token"`));
  assert.equal((await send(world, 'GET', '/v2/team/app/manifests/none')).status, 404);
  // A front tells each second; what it has told stays when it dies.
  let counted = 0;
  while (counted < 8) {
    const { text } = await send(world, 'GET', '/metrics', { headers: { Authorization: admin } });
    counted = Number(/^plimsoll_pulls_total\{kind="tag"\} (\d+)$/m.exec(text)?.[1]);
    assert.match(text, /^plimsoll_http_requests_total\{route="blob",method="GET",status="206"\} 1$|^# HELP/m);
  }
  assert.equal(counted, 8);
});

test('workers: where a limit holds the owner counts, and nobody can say that they come from elsewhere', {
  skip,
}, async () => {
  await using world = await start(['--limits-pulls', 'anonymous=3/6h']);
  const body = await manifestOf(world, 'team/app', 'one');
  await pushTag(world, 'team/app', '1', body);
  const statuses: number[] = [];
  for (let pull = 0; pull < 5; pull += 1) {
    const headers = { 'X-Forwarded-For': `10.0.0.${pull}` };
    statuses.push((await send(world, 'GET', '/v2/team/app/manifests/1', { headers })).status);
  }
  assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
});

test('workers: who is refused while they still send reads why; who waited to send is not waited for', {
  skip,
}, async () => {
  await using world = await start();
  const path = `/v2/team/app/blobs/uploads/?digest=sha256:${'0'.repeat(64)}`;
  for (let round = 0; round < 5; round += 1) {
    const refused = await send(world, 'POST', path, { body: randomBytes(8_000_000) });
    assert.equal(refused.status, 401);
    assert.match(refused.text, /needs a login/);
  }
  const { hostname, port } = new URL(world.url);
  const socket = connect(Number(port), hostname);
  let said = '';
  socket.on('data', (chunk) => (said += chunk));
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n`,
  );
  await once(socket, 'close');
  assert.match(said, /^HTTP\/1\.1 401 /);
  assert.match(said, /\r\nconnection: close\r\n/i);
});

test('workers: a front that dies is begun anew; at the end none is left', { skip }, async () => {
  await using world = await start();
  const before = await frontsOf(world);
  assert.equal(before.length, 2);
  process.kill(before[0] as number, 'SIGKILL');
  let now = before;
  while (now.length < 2 || now.includes(before[0] as number)) now = await frontsOf(world);
  // The kernel may have given this connection to the one that died.
  const answered = async () => (await send(world, 'GET', '/readyz').catch(() => ({ status: 0 }))).status;
  while ((await answered()) !== 200) {}
  assert.match(world.output(), /a front process died/);
  world.owner.kill('SIGTERM');
  const [code] = (await world.ended) as [number];
  assert.equal(code, 0);
  for (const pid of now) assert.equal((await readdir('/proc')).includes(`${pid}`), false);
});

test('workers: fronts end with an owner that was killed', { skip }, async () => {
  await using world = await start();
  const fronts = await frontsOf(world);
  world.owner.kill('SIGKILL');
  await world.ended;
  const left = async () => (await readdir('/proc')).filter((name) => fronts.includes(Number(name)));
  while ((await left()).length > 0) {}
});

test('workers: a port that another program has ends the start, with the reason', { skip }, async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const data = await mkdtemp(join(tmpdir(), 'plimsoll-workers-'));
  const args = ['serve', '--data', data, '--listen', `127.0.0.1:${port}`, '--workers', '2'];
  const owner = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  owner.stderr.on('data', (chunk) => (said += chunk));
  const [code] = (await once(owner, 'close')) as [number];
  assert.equal(code, 1);
  assert.match(said, /another program listens there[\s\S]*\[app\.front_failed\]/);
  other.close();
  await rm(data, { recursive: true, force: true });
});
