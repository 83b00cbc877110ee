// `plimsoll sign` with a key as a whole process, beside cosign's in the same run: the same image in the same registry
// on this machine, no log and no time for either, a fresh signature each round.
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPlainRegistry } from '../test/interop/plain-registry.ts';
import { writeScene } from '../test/interop/sign-scene.ts';
import { median, printTable } from './figure.ts';
import { linkPublished } from './published.ts';

const RUNS = 11;
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
const env = { ...process.env, HOME: folder, DOCKER_CONFIG: folder, COSIGN_PASSWORD: 'a passphrase' };
const own = linkPublished(folder);

function run(program: readonly string[]): Promise<number> {
  const start = performance.now();
  const [name = '', ...args] = program;
  const child = spawn(name, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  return new Promise((resolve, reject) =>
    child.on('close', (status) =>
      status === 0 ? resolve(performance.now() - start) : reject(new Error(`${program.join(' ')}: ${said}`)),
    ),
  );
}

const registry = await startPlainRegistry(folder);
try {
  const scene = await writeScene(folder);
  const key = join(folder, 'team.key');
  await run([...own, 'key', 'generate', '--output', key, '--format', 'cosign']);
  // The whole of the key's opening is in both: the same file, the same passphrase.
  const plain = join(folder, 'plain.key');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(plain, privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const image = `${registry.host}/team/app`;
  await run([...own, 'copy', scene.layout, `${image}:1.0`, '--quiet']);
  const at = `${image}@${scene.index}`;
  const sign = ['sign', at, '--index-only', '--no-tag', '--no-log'];
  const commands: Readonly<Record<string, readonly string[]>> = {
    'cosign sign --key, one manifest': [
      ...['cosign', 'sign', '--key', key, '--use-signing-config=false', '--tlog-upload=false', '--yes', at],
    ],
    'plimsoll sign --key, one manifest': [...own, ...sign, '--key', key],
    'the same, a key without a passphrase': [...own, ...sign, '--key', plain],
    'plimsoll sign --key, index, three below it, tag': [
      ...own,
      'sign',
      `${image}:1.0`,
      '--no-log',
      '--key',
      key,
    ],
  };
  const times = Object.values(commands).map((): number[] => []);
  for (let round = 0; round < RUNS; round += 1)
    for (const [position, command] of Object.values(commands).entries())
      times[position]?.push(await run(command));
  const peer = median(times[0] as number[]);
  printTable(
    ['', 'median', 'lowest to highest', 'to cosign'],
    Object.keys(commands).map((name, position) => {
      const values = times[position] as number[];
      const spread = `${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)} ms`;
      return [name, `${median(values).toFixed(0)} ms`, spread, (median(values) / peer).toFixed(2)];
    }),
  );
} finally {
  await registry[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}
