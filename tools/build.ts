// Builds what is published: the web UI into dist/web, emitted JavaScript into dist/lib.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../test/house.ts';
import { groupStart } from './group-start.ts';

const dist = join(root, 'dist');
const emitted = join(dist, 'emitted');
rmSync(dist, { recursive: true, force: true });
run('vite/bin/vite.js', ['build', 'web', '--logLevel', 'warn']);
run('typescript/bin/tsc', ['-p', 'tsconfig.build.json', '--outDir', emitted]);
await groupStart(emitted, join(dist, 'lib'));
rmSync(emitted, { recursive: true });

function run(script: string, args: readonly string[]): void {
  const ran = spawnSync(process.execPath, [join(root, 'node_modules', script), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (ran.status !== 0) process.exit(ran.status ?? 1);
}
