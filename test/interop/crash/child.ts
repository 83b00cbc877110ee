// Runs one of the workloads in a process of its own with faults loaded, and says what it told and how it ended.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const fault = new URL('fault.ts', import.meta.url).href;

export interface Ended<L> {
  readonly lines: readonly (L & { readonly killed?: string; readonly error?: string })[];
  readonly signal: string | null;
  readonly code: number | null;
}

/** `env` says where it ends (fault.ts); each whole line of its output is one value. */
export async function runChild<L>(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended<L>> {
  const child: ChildProcess = spawn(process.execPath, ['--import', fault, script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  let said = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  const whole = said.slice(0, said.lastIndexOf('\n') + 1).split('\n');
  return { lines: whole.filter((line) => line !== '').map((line) => JSON.parse(line)), code, signal };
}
