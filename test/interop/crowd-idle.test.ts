// Must show: ten thousand idle connections, of which some have asked and some never did, leave the server answering;
// clients that are slow on purpose are ended by its bounds, in bounded memory, while others are served.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeLayout } from './layout.ts';
import {
  missingTools,
  password,
  type RunningProduct,
  run,
  startProduct,
  temporaryFolder,
  until,
} from './world.ts';

const skip = missingTools('skopeo');
const CROWD = 10_000;
const CHILDREN = 4;
/** Of a process here: what each child opens, and what the server holds beside its own files. */
const SPARE_FILES = 500;
const MB = 1_000_000;

test('ten thousand idle connections', { skip: skip ?? tooFewFiles(CROWD + SPARE_FILES) }, async (t) => {
  using folder = temporaryFolder();
  await using product = await startProduct(join(folder.path, 'data'), {
    args: ['--advisories-refresh', 'off', '--limits-idle', '30m', '--limits-head', '30m'],
  });
  const layout = makeLayout(join(folder.path, 'in'), [randomBytes(MB)]);
  push(product, layout, 'crowd/idle:1');
  const before = residentBytes(product);
  const children: ChildProcess[] = [];
  try {
    // Half of them ask once and are kept, half never say a word or stop in the middle of a head.
    const port = product.host.split(':')[1] as string;
    for (let at = 0; at < CHILDREN; at += 1)
      children.push(fork(join(import.meta.dirname, 'idle-clients.ts'), [port, String(CROWD / CHILDREN)]));
    for (const child of children) {
      const [opened] = (await once(child, 'message')) as [number];
      assert.equal(opened, CROWD / CHILDREN);
    }
    const open = await openConnections(product);
    assert.ok(open >= CROWD, `${open} connections are open`);
    const after = residentBytes(product);
    t.diagnostic(
      `memory of one idle connection: ${((after - before) / CROWD / 1000).toFixed(1)} kB; of the server: ${(before / MB).toFixed(0)} MB before, ${(after / MB).toFixed(0)} MB after`,
    );
    assert.ok((after - before) / CROWD < 60_000, `${(after - before) / CROWD} bytes each`);
    pull(product, 'crowd/idle:1', join(folder.path, 'out'));
    push(product, layout, 'crowd/idle:2');
    assert.ok((await openConnections(product)) >= CROWD, 'and none of the crowd was ended for it');
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
});

test('above the limit of connections, the idle ones make room for who comes', { skip }, async () => {
  using folder = temporaryFolder();
  await using product = await startProduct(join(folder.path, 'data'), {
    args: ['--advisories-refresh', 'off', '--limits-connections', '200', '--limits-idle', '30m'],
  });
  const layout = makeLayout(join(folder.path, 'in'), [randomBytes(1_000)]);
  const port = Number(product.host.split(':')[1]);
  const sockets = await Promise.all(Array.from({ length: 200 }, () => openSocket(port)));
  for (const socket of sockets) socket.resume();
  // Those that were opened just now stay; a second later the first of them go.
  await until(
    async () => {
      (await openSocket(port)).destroy();
      return sockets.some((socket) => socket.closed) ? true : undefined;
    },
    30_000,
    () => 'no room is made',
  );
  push(product, layout, 'crowd/room:1');
  pull(product, 'crowd/room:1', join(folder.path, 'out'));
  for (const socket of sockets) socket.destroy();
});

test('slow clients are ended, and others served meanwhile', { skip }, async (t) => {
  using folder = temporaryFolder();
  await using product = await startProduct(join(folder.path, 'data'), {
    args: ['--advisories-refresh', 'off', '--limits-head', '3s', '--limits-pace', '64KiB/3s'],
  });
  const layout = makeLayout(join(folder.path, 'big'), [randomBytes(100 * MB)]);
  push(product, layout, 'slow/big:1');
  const port = Number(product.host.split(':')[1]);
  const token = await pushToken(product, 'slow/big');
  const [layer] = JSON.parse(await (await fetch(`${product.url}/v2/slow/big/manifests/1`)).text()).layers as [
    { digest: string },
  ];
  const peakBefore = product.peakMemoryBytes();
  const sockets: Socket[] = [];
  const many = async (count: number, attack: (at: number) => string): Promise<Socket[]> => {
    const opened = await Promise.all(Array.from({ length: count }, () => openSocket(port)));
    for (const [at, socket] of opened.entries()) socket.write(attack(at));
    sockets.push(...opened);
    return opened;
  };

  const heads = await many(300, () => 'GET /v2/ HTTP/1.1\r\nHost: x\r\n');
  const bodies = await many(300, () => request('POST', '/v2/slow/big/blobs/uploads/', 1_000_000, token));
  // Uploads that are begun and left: each is a row, a file at most, and no memory.
  const uploads = await Promise.all(
    Array.from({ length: 300 }, async () => {
      const answer = await fetch(`${product.url}/v2/slow/big/blobs/uploads/`, {
        method: 'POST',
        headers: { authorization: token },
      });
      return answer.headers.get('location') as string;
    }),
  );
  const patches = await many(300, (at) => request('PATCH', uploads[at] as string, 1_000_000, token));
  const deaf = await many(100, () => `GET /v2/slow/big/blobs/${layer.digest} HTTP/1.1\r\nHost: x\r\n\r\n`);
  for (const socket of deaf) socket.pause();
  for (const socket of [...heads, ...bodies, ...patches]) socket.resume();
  const drip = setInterval(() => {
    for (const socket of heads) if (socket.writable) socket.write('X-A: b\r\n');
    for (const socket of [...bodies, ...patches]) if (socket.writable) socket.write('a');
  }, 1_000);

  try {
    push(product, layout, 'slow/big:2');
    pull(product, 'slow/big:1', join(folder.path, 'out'));
    await until(
      async () => ([...heads, ...bodies, ...patches].every((socket) => socket.closed) ? true : undefined),
      120_000,
      () => `${sockets.filter((socket) => !socket.closed).length} slow clients are still connected`,
    );
    // Those that read nothing hear of their end only when they read.
    await until(
      async () => ((await openConnections(product)) < 20 ? true : undefined),
      120_000,
      () => 'the server still holds connections of those that read nothing',
    );
  } finally {
    clearInterval(drip);
    for (const socket of sockets) socket.destroy();
  }
  const grown = product.peakMemoryBytes() - peakBefore;
  t.diagnostic(
    `peak memory: ${(peakBefore / MB).toFixed(0)} MB before, ${(grown / MB).toFixed(0)} MB more with 1,000 slow clients`,
  );
  assert.ok(grown < 400 * MB, `${grown} bytes more`);
  assert.doesNotMatch(product.output(), /"level":"error"/);
});

function tooFewFiles(wanted: number): string | undefined {
  const line = /Max open files +\d+ +(\d+|unlimited)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  const most = line === 'unlimited' ? Number.POSITIVE_INFINITY : Number(line);
  return most >= wanted ? undefined : `a process may open ${most} files here, and ${wanted} are needed`;
}

function residentBytes({ pid }: RunningProduct): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

async function openConnections({ url }: RunningProduct): Promise<number> {
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  const text = await (await fetch(`${url}/metrics`, { headers: { authorization } })).text();
  return Number(/^plimsoll_http_connections (\d+)$/m.exec(text)?.[1]);
}

async function openSocket(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

function request(method: string, path: string, length: number, token: string): string {
  const target = path.replace(/^https?:\/\/[^/]+/, '');
  return `${method} ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: ${token}\r\nContent-Type: application/octet-stream\r\nContent-Length: ${length}\r\n\r\na`;
}

async function pushToken({ url }: RunningProduct, repository: string): Promise<string> {
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  const scope = `repository:${repository}:pull,push`;
  const answer = await fetch(`${url}/token?service=plimsoll&scope=${scope}`, { headers: { authorization } });
  return `Bearer ${((await answer.json()) as { token: string }).token}`;
}

function push({ host }: RunningProduct, layout: string, name: string): void {
  const to = ['--dest-tls-verify=false', '--dest-creds', `admin:${password}`, `docker://${host}/${name}`];
  run('skopeo', ['copy', '-q', '--preserve-digests', `oci:${layout}:a`, ...to]);
}

function pull({ host }: RunningProduct, name: string, folder: string): void {
  run('skopeo', ['copy', '-q', '--src-tls-verify=false', `docker://${host}/${name}`, `oci:${folder}:a`]);
}
