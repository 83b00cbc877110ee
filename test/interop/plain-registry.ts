// Debian's docker-registry: no referrers API, no OCI-Subject, so that what hangs on an image is found by tags alone.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './world.ts';

export interface PlainRegistry extends AsyncDisposable {
  readonly host: string;
}

export async function startPlainRegistry(folder: string): Promise<PlainRegistry> {
  const config = join(folder, 'registry.yml');
  writeFileSync(
    config,
    `version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: ${join(folder, 'registry')}\nhttp:\n  addr: 127.0.0.1:0\n`,
  );
  const child = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const host = await until(
    async () => /listening on (127\.0\.0\.1:\d+)/.exec(output)?.[1],
    20_000,
    () => `docker-registry did not start:\n${output}`,
  );
  return {
    host,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
