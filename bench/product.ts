// The product as a process of its own on a given data folder, for measurements that fill it first.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../test/house.ts';

const PASSWORD = 'bench-password';
/** How often readiness is asked for: what it adds to a time to readiness is half of it. */
const POLL_MS = 5;
const START_MS = 120_000;
/** sysconf(_SC_CLK_TCK) is 100 on every Linux. */
const TICK_MS = 10;

export interface StartedProduct extends AsyncDisposable {
  readonly url: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** From the start of the process to the first good answer of /readyz. */
  readonly readyMs: number;
  /** A login as administrator: the password, which costs the server a slow hash, and an access token. */
  readonly basic: string;
  makeToken(): Promise<string>;
  /** Of the server's process, so far; in steps of 10 ms. */
  processorMs(): number;
  memoryBytes(): number;
}

export async function startProduct(data: string): Promise<StartedProduct> {
  const startedAt = Date.now();
  const started = performance.now();
  const args = ['serve', '--data', data, '--listen', '127.0.0.1:0', '--advisories-refresh', 'off'];
  const child = spawn(process.execPath, [join(root, 'bin/plimsoll.js'), ...args], {
    env: { ...process.env, PLIMSOLL_ADMIN_PASSWORD: PASSWORD, PLIMSOLL_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const basic = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`;
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the product ended with ${child.exitCode}`);
    if (performance.now() - started > START_MS) throw new Error('the product does not get ready');
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
    if (url !== undefined && (await fetch(`${url}/readyz`).catch(() => undefined))?.ok)
      return {
        url,
        startedAt,
        readyMs: performance.now() - started,
        basic,
        async makeToken() {
          const answer = await fetch(`${url}/api/v1/tokens`, {
            method: 'POST',
            headers: { authorization: basic, 'content-type': 'application/json' },
            body: JSON.stringify({ name: `bench ${startedAt}` }),
          });
          return `Bearer ${((await answer.json()) as { secret: string }).secret}`;
        },
        processorMs() {
          // proc(5): user and system time are the 14th and 15th; the name before them may hold spaces.
          const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
          return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
        },
        memoryBytes: () =>
          Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * 1024,
        async [Symbol.asyncDispose]() {
          child.kill('SIGTERM');
          await ended;
        },
      };
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
