// Container engines of the test's own: private sockets and folders, started and ended by their process id.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './world.ts';

/** A refusal is the last line of a log whose engine ended by itself before it listened. */
export type Engine = AsyncDisposable & ({ readonly address: string } | { readonly refusal: string });

/** The machine's own engines, contexts and logins are left alone. */
export function engineEnv(folder: string, hosts: { DOCKER_HOST?: string; CONTAINER_HOST?: string }) {
  const nowhere = `unix://${join(folder, 'nowhere.sock')}`;
  return {
    DOCKER_HOST: nowhere,
    CONTAINER_HOST: nowhere,
    DOCKER_CONFIG: join(folder, 'docker-config'),
    PLIMSOLL_ADVISORIES: join(folder, 'advisories'),
    ...hosts,
  };
}

export async function startPodman(socket: string, store: readonly string[]): Promise<Engine> {
  const address = `unix://${socket}`;
  return startEngine(
    'podman',
    [...store, 'system', 'service', '--time=0', address],
    address,
    `${socket}.log`,
  );
}

/** Started, and waited for until it listens or ends; ended by its own process id. */
export async function startEngine(
  program: string,
  args: readonly string[],
  address: string,
  log: string,
): Promise<Engine> {
  const output = openSync(log, 'w');
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', output, output] });
  closeSync(output);
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await ended;
  };
  const socket = address.slice('unix://'.length);
  const said = (): string => readFileSync(log, 'utf8').trim();
  try {
    const state = await until(
      async () => (child.exitCode !== null ? 'ended' : existsSync(socket) ? 'listens' : undefined),
      60_000,
      () => `${program} does not listen:\n${said()}`,
    );
    if (state === 'listens') return { address, [Symbol.asyncDispose]: stop };
    return { refusal: said().split('\n').at(-1) ?? '', [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
