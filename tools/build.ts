// Builds what is published: the web UI into dist/web, emitted JavaScript into dist/lib.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../test/house.ts';

rmSync(join(root, 'dist'), { recursive: true, force: true });
run('vite/bin/vite.js', ['build', 'web', '--logLevel', 'warn']);
run('typescript/bin/tsc', ['-p', 'tsconfig.build.json']);

function run(script: string, args: readonly string[]): void {
  const ran = spawnSync(process.execPath, [join(root, 'node_modules', script), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (ran.status !== 0) process.exit(ran.status ?? 1);
}
