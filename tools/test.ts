// Runs the hermetic tests: those beside the code and those of the whole product side by side, each in one process.
// What each said is printed in one piece, so that neither is read into the other. Words given are handed on to both.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { root } from '../test/house.ts';

const groups: Readonly<Record<string, readonly string[]>> = {
  'the code': ['src/**/*.test.ts', 'web/test/*.test.ts'],
  'the product': ['test/*.test.ts', 'test/{conformance,flows}/*.test.ts'],
};

async function run(name: string, files: readonly string[]): Promise<boolean> {
  const args = ['--test', '--test-isolation=none', ...process.argv.slice(2), ...files];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => said.push(bytes));
  const [code] = (await once(child, 'close')) as [number | null];
  process.stdout.write(`\n== ${name}\n${Buffer.concat(said)}`);
  return code === 0;
}

const passed = await Promise.all(Object.entries(groups).map(([name, files]) => run(name, files)));
process.exitCode = passed.every(Boolean) ? 0 : 1;
