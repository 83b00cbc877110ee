// Imports every file named on the command line with the world's doors watched, and prints, as JSON, what
// importing did: files or sockets opened, processes started, timers or listeners left behind.
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const done: string[] = [];
let current = '';

function watch(owner: object, name: string): void {
  const target = owner as Record<string, (...args: unknown[]) => unknown>;
  const before = target[name] as (...args: unknown[]) => unknown;
  target[name] = function (this: unknown, ...args: unknown[]) {
    // The loader itself reads source files; a package's own files are its business.
    const stack = new Error().stack ?? '';
    if (stack.includes('/src/') && !/node_modules/.test(stack.split('/src/')[0] ?? ''))
      done.push(`${current} called ${name}`);
    return before.apply(this, args);
  };
}

for (const name of [
  'openSync',
  'readFileSync',
  'writeFileSync',
  'mkdirSync',
  'createReadStream',
  'createWriteStream',
  'watch',
])
  watch(fs, name);
for (const name of ['spawn', 'spawnSync', 'exec', 'execFile', 'fork']) watch(childProcess, name);
for (const name of ['createServer', 'connect', 'createConnection']) watch(net, name);
for (const name of ['setTimeout', 'setInterval', 'setImmediate']) watch(globalThis, name);
watch(process, 'on');
watch(process, 'once');
syncBuiltinESMExports();

// Made on first use, whoever uses them: they are not what is looked for.
void process.stdout;
void process.stderr;

const before = process.getActiveResourcesInfo().length;
for (const path of process.argv.slice(2)) {
  current = path;
  await import(pathToFileURL(resolve(path)).href);
}
const after = process.getActiveResourcesInfo().length;
if (after > before) done.push(`${after - before} handles were left open`);
process.stdout.write(JSON.stringify([...new Set(done)]));
