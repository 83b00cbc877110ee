// How long the command takes to start: the published form (emitted JavaScript) and the sources, each against an
// empty program on the same Node. Run `npm run build` first. Prints medians in milliseconds and the ratio.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../test/house.ts';
import { median, printTable } from './figure.ts';

const RUNS = 21;
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-published-'));
// The published package as npm lays it out: no sources beside the emitted JavaScript.
for (const name of ['bin', 'dist', 'package.json', 'node_modules'])
  symlinkSync(join(root, name), join(folder, name));
const published = ['--preserve-symlinks', '--preserve-symlinks-main', join(folder, 'bin/plimsoll.js')];
const sources = [join(root, 'bin/plimsoll.js')];
const programs: readonly { readonly name: string; readonly args: readonly string[] }[] = [
  { name: 'an empty program', args: ['-e', '0'] },
  { name: 'published, plimsoll --version', args: [...published, '--version'] },
  { name: 'published, plimsoll inspect --help', args: [...published, 'inspect', '--help'] },
  { name: 'sources, plimsoll --version', args: [...sources, '--version'] },
  { name: 'sources, plimsoll inspect --help', args: [...sources, 'inspect', '--help'] },
];

const times = programs.map((): number[] => []);
for (let run = 0; run <= RUNS; run += 1)
  programs.forEach((program, position) => {
    const start = performance.now();
    const ran = spawnSync(process.execPath, program.args, { stdio: 'ignore' });
    if (ran.status !== 0) throw new Error(`${program.name} ended with ${ran.status}`);
    // The first run fills the compile cache.
    if (run > 0) times[position]?.push(performance.now() - start);
  });
const empty = median(times[0] as number[]);
printTable(
  ['', 'median', 'to an empty program'],
  programs.map((program, position) => {
    const value = median(times[position] as number[]);
    return [program.name, `${value.toFixed(0)} ms`, (value / empty).toFixed(2)];
  }),
);
rmSync(folder, { recursive: true });
