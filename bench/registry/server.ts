// A registry as a process of its own on loopback, on a data folder that is removed with it; it can be stopped and
// started again on that folder.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Contestant, password } from './contestant.ts';
import { openWire } from './wire.ts';

export interface Server extends AsyncDisposable {
  readonly contestant: Contestant;
  readonly name: string;
  readonly port: number;
  readonly host: string;
  /** `Authorization` of the administrator for one repository, or of nobody; undefined where none is asked for. */
  authorize(repository: string, as?: 'administrator' | 'anybody'): Promise<string | undefined>;
  /** Makes a repository private. */
  hide(repository: string): Promise<void>;
  /** Since the process began. */
  peakMemoryBytes(): number;
  /** Waits until the process has nothing left to do from what was asked of it before; 20 seconds at most. */
  settle(): Promise<void>;
  /** Ends the process and begins another; milliseconds from its start to the first answer to `path`. */
  restart(path: string): Promise<number>;
}

/** Of a contestant that this machine has. */
export async function startServer(contestant: Contestant): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), `bench-${contestant.name}-`));
  const port = await freePort();
  const { args, env } = contestant.command(folder, port);
  const begin = (): ChildProcess =>
    spawn(contestant.program as string, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
  let child = begin();
  await answering(port, '/v2/', child);
  const host = `127.0.0.1:${port}`;
  return {
    contestant,
    name: contestant.name,
    port,
    host,
    authorize: async (repository, as = 'administrator') =>
      contestant.hasTokens ? `Bearer ${await readToken(host, repository, as)}` : undefined,
    async hide(repository) {
      const answer = await fetch(`http://${host}/api/v1/repositories/${repository}/-/visibility`, {
        method: 'POST',
        headers: { authorization: basic, 'content-type': 'application/json' },
        body: '{"isPublic":false}',
      });
      if (!answer.ok) throw new Error(`visibility: ${answer.status} ${await answer.text()}`);
    },
    peakMemoryBytes: () =>
      Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * 1024,
    async settle() {
      for (let tries = 0; tries < 100; tries += 1) {
        const before = readTicks(child);
        await new Promise((resolve) => setTimeout(resolve, 200));
        if (readTicks(child) - before <= 1) return;
      }
    },
    async restart(path) {
      await end(child);
      const start = performance.now();
      child = begin();
      await answering(port, path, child);
      return performance.now() - start;
    },
    async [Symbol.asyncDispose]() {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Of the administrator or of nobody, to pull and push or to pull. */
export function tokenPath(repository: string, as: 'administrator' | 'anybody'): string {
  const actions = as === 'administrator' ? 'pull,push' : 'pull';
  return `/token?service=plimsoll&scope=repository:${repository}:${actions}`;
}

export const basic: string = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;

async function readToken(host: string, repository: string, as: 'administrator' | 'anybody'): Promise<string> {
  const headers = as === 'administrator' ? { authorization: basic } : {};
  const answer = await fetch(`http://${host}${tokenPath(repository, as)}`, { headers });
  if (!answer.ok) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { token: string }).token;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.on('close', resolve));
  child.kill('SIGTERM');
  const killing = setTimeout(() => child.kill('SIGKILL'), 30_000);
  await ended;
  clearTimeout(killing);
}

/** Hundredths of a second of processor time, all threads. */
function readTicks(child: ChildProcess): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** Waits for 200, or for 401 where one has to log in. */
async function answering(port: number, path: string, child: ChildProcess): Promise<void> {
  const start = performance.now();
  while (performance.now() - start < 120_000) {
    const status = await ask(port, path).catch(() => 0);
    if (status === 200 || status === 401) return;
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`${child.spawnfile} does not answer ${path}`);
}

async function ask(port: number, path: string): Promise<number> {
  using wire = await openWire(port);
  const accept = 'Accept: application/vnd.oci.image.manifest.v1+json';
  return (await wire.send(`GET ${path} HTTP/1.1\r\n${accept}\r\n`)).status;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
