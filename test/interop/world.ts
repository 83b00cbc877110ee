// The real product as a process of its own, and real clients against it. Needs tools that `npm test` must not
// need; a missing tool skips with its name, except where CI says that it must be there.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { root } from '../house.ts';

/** Undefined where all tools are there; else the reason to skip. In CI a missing tool is a failure. */
export function missingTools(...tools: string[]): string | undefined {
  const missing = absentOf(tools);
  if (missing.length === 0) return undefined;
  const reason = `not installed: ${missing.join(', ')}`;
  if (process.env.CI === 'true') throw new Error(`CI must have every client, ${reason}`);
  return reason;
}

/**
 * The same for clients that this Debian has not and `.ci/newer-tools` looks for elsewhere: where it finds none, it says
 * why, and the tests skip, in CI too.
 */
export function missingNewerTools(...tools: string[]): string | undefined {
  const missing = absentOf(tools);
  return missing.length === 0
    ? undefined
    : `not installed, and not got by .ci/newer-tools: ${missing.join(', ')}`;
}

/** The same for what no registry has that CI reaches: somebody may have put it on the search path. */
export function absentTools(...tools: string[]): string | undefined {
  const missing = absentOf(tools);
  return missing.length === 0 ? undefined : `not on the search path: ${missing.join(', ')}`;
}

function absentOf(tools: readonly string[]): readonly string[] {
  const paths = (process.env.PATH ?? '').split(delimiter);
  return tools.filter((tool) => !paths.some((path) => existsSync(join(path, tool))));
}

/** The folder of shared data beside the project, or undefined where it is absent. */
export function sharedFolder(): string | undefined {
  const folder = join(root, '..', 'shared');
  return existsSync(join(folder, 'feeds')) ? folder : undefined;
}

/** A temporary folder, removed at the end of the scope. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'plimsoll-interop-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; anything but status 0 (or the one allowed) throws with all that it said. */
export function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; status?: number } = {},
): Ran {
  const ran = spawnSync(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (ran.error !== undefined || ran.status !== (options.status ?? 0))
    throw new Error(
      `${program} ${args.join(' ')}\nended with ${ran.status} ${ran.error ?? ''}\n${ran.stdout}\n${ran.stderr}`,
    );
  return ran;
}

/** The same, without blocking: for clients at once. */
export async function runAsync(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
  expected: number | readonly number[] = 0,
): Promise<Ran> {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (![expected].flat().includes(status ?? -1))
    throw new Error(`${program} ${args.join(' ')}\nended with ${status}\n${stdout}\n${stderr}`);
  return { status, stdout, stderr };
}

/** The `plimsoll` command as a user has it. */
export function plimsoll(
  args: readonly string[],
  options: { env?: Record<string, string>; status?: number } = {},
): Ran {
  return run(process.execPath, [join(root, 'bin/plimsoll.js'), ...args], options);
}

export const password = 'correct-horse-battery';

export interface RunningProduct extends AsyncDisposable {
  readonly url: string;
  /** host:port */
  readonly host: string;
  readonly pid: number;
  readonly output: () => string;
  get<T>(path: string): Promise<T>;
  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null>;
  /** kill -9. */
  kill(): Promise<void>;
  /** Peak resident memory so far, bytes. */
  peakMemoryBytes(): number;
}

/** Starts the product on a data folder and waits until it is ready. */
export async function startProduct(
  data: string,
  options: {
    args?: string[];
    env?: Record<string, string>;
    listen?: string;
    /** Where `fetch` does not reach it: over TLS with an authority of its own. */
    isReady?: (url: string) => Promise<boolean>;
  } = {},
): Promise<RunningProduct> {
  const { isReady = async (at) => (await fetch(`${at}/readyz`)).ok } = options;
  const args = [
    join(root, 'bin/plimsoll.js'),
    'serve',
    '--data',
    data,
    '--listen',
    options.listen ?? '127.0.0.1:0',
  ];
  const child = spawn(process.execPath, [...args, ...(options.args ?? [])], {
    env: { ...process.env, PLIMSOLL_ADMIN_PASSWORD: password, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const url = await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`the product ended with ${child.exitCode}:\n${output}`);
      const found = /https?:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
      return found !== undefined && (await isReady(found).catch(() => false)) ? found : undefined;
    },
    60_000,
    () => `the product did not get ready:\n${output}`,
  );
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return ended;
  };
  return {
    url,
    host: new URL(url).host,
    pid: pidOf(child),
    output: () => output,
    get: async (path) => {
      const answer = await fetch(`${url}${path}`);
      if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
      return answer.json() as never;
    },
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
    peakMemoryBytes: () => {
      const status = readFileSync(`/proc/${pidOf(child)}/status`, 'utf8');
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    },
    [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
  };
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the process did not start');
  return child.pid;
}

/** Asks until there is an answer; the only waiting in these tests, bounded. */
export async function until<T>(
  ask: () => Promise<T | undefined>,
  timeoutMs: number,
  why: () => string,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(why());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
