// The two registries that are measured, each as a process of its own on loopback with its default durability.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../test/house.ts';

export interface Peer extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  /** Sent with every write. */
  readonly authorization: string | undefined;
  peakMemoryBytes(): number;
}

const PASSWORD = 'bench-password';

export async function startPlimsoll(repository: string): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [
      join(root, 'bin/plimsoll.js'),
      'serve',
      '--data',
      folder,
      '--listen',
      `127.0.0.1:${port}`,
      '--advisories-refresh',
      'off',
    ],
    {
      env: { ...process.env, PLIMSOLL_ADMIN_PASSWORD: PASSWORD, PLIMSOLL_LOG_LEVEL: 'error' },
      stdio: 'ignore',
    },
  );
  await answering(`http://127.0.0.1:${port}/readyz`);
  const basic = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`;
  const answer = await fetch(
    `http://127.0.0.1:${port}/token?service=plimsoll&scope=repository:${repository}:pull,push`,
    {
      headers: { authorization: basic },
    },
  );
  const { token } = (await answer.json()) as { token: string };
  return peer(`plimsoll (Node ${process.version})`, port, child, folder, `Bearer ${token}`);
}

export async function startDockerRegistry(): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), 'docker-registry-bench-'));
  const port = await freePort();
  const file = join(folder, 'config.yml');
  writeFileSync(
    file,
    `version: 0.1\nlog:\n  level: error\n  accesslog:\n    disabled: true\nstorage:\n  filesystem:\n    rootdirectory: ${folder}/store\n  cache:\n    blobdescriptor: inmemory\nhttp:\n  addr: 127.0.0.1:${port}\n`,
  );
  const child = spawn('docker-registry', ['serve', file], { stdio: 'ignore' });
  await answering(`http://127.0.0.1:${port}/v2/`);
  return peer('docker-registry (Debian 12)', port, child, folder, undefined);
}

function peer(
  name: string,
  port: number,
  child: ChildProcess,
  folder: string,
  authorization: string | undefined,
): Peer {
  return {
    name,
    port,
    authorization,
    peakMemoryBytes: () =>
      Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * 1024,
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.on('close', resolve));
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answering(url: string): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nothing answers at ${url}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
