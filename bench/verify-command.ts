// The whole command that judges a signature by a key, beside cosign's, in turns: each as a process of its own, from a
// registry on this machine, of the same image that cosign signed. Ours reads more: cosign's old tags too, and it
// answers what it did not prove.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../test/house.ts';
import { createClient } from '../test/interop/notation-world.ts';
import {
  missingNewerTools,
  password,
  runAsync,
  startProduct,
  temporaryFolder,
} from '../test/interop/world.ts';
import { median, printTable, quantile } from './figure.ts';
import { isBuilt, linkPublished } from './published.ts';

const RUNS = 30;
const missing = missingNewerTools('cosign');
if (missing !== undefined) process.stdout.write(`  left out: ${missing}\n`);
else await measure();

async function measure(): Promise<void> {
  using folder = temporaryFolder();
  await using product = await startProduct(join(folder.path, 'data'), {
    args: ['--advisories-refresh', 'off'],
  });
  const image = await createClient(product).pushImage('team/app');
  const at = (name: string): string => join(folder.path, name);
  const auth = Buffer.from(`admin:${password}`).toString('base64');
  mkdirSync(at('docker'));
  writeFileSync(at('docker/config.json'), JSON.stringify({ auths: { [product.host]: { auth } } }));
  const environment = { HOME: folder.path, DOCKER_CONFIG: at('docker'), COSIGN_PASSWORD: '' };
  const name = `${product.host}/team/app@${image.digest}`;
  const http = '--allow-http-registry';
  const offline = ['--tlog-upload=false', '--use-signing-config=false'];
  await runAsync('cosign', ['generate-key-pair', '--output-key-prefix', at('ours')], environment);
  await runAsync('cosign', ['sign', '--yes', '--key', at('ours.key'), ...offline, http, name], environment);
  const asked = ['verify', '--key', at('ours.pub'), '--insecure-ignore-tlog=true', name];
  mkdirSync(at('published'));
  const [node, ...published] = linkPublished(at('published'));
  const sides = {
    ...(isBuilt ? { 'plimsoll, as published': [node, [...published, ...asked]] as const } : {}),
    'plimsoll, from the sources': [process.execPath, [join(root, 'bin/plimsoll.js'), ...asked]],
    'cosign, the peer': ['cosign', [...asked, http]],
    'node, starting and ending': [process.execPath, ['-e', '']],
  } as const;
  const times = new Map<string, number[]>(Object.keys(sides).map((side) => [side, []]));
  for (let run = 0; run < RUNS; run += 1)
    for (const [side, [program, args]] of Object.entries(sides)) {
      const start = performance.now();
      await runAsync(program, args, environment);
      times.get(side)?.push(performance.now() - start);
    }
  const peer = median(times.get('cosign, the peer') as number[]);
  printTable(
    ['', 'median', 'of ten, nine within', 'to cosign'],
    [...times].map(([side, values]) => [
      side,
      `${median(values).toFixed(0)} ms`,
      `${quantile(values, 0.9).toFixed(0)} ms`,
      (median(values) / peer).toFixed(2),
    ]),
  );
}
