// Builds the browser UI when it is missing or older than its sources, so that `npm start` in a clone needs
// no second command. The published package has it built and no sources; then there is nothing to do.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface WebBuild {
  /** The package's folder. */
  readonly root: string;
  /** Told one line before a build begins, and why one failed. */
  readonly say: (line: string) => void;
}

/** The folder to serve. A build that fails leaves what was there. */
export async function ensureWebBuilt({ root, say }: WebBuild): Promise<string> {
  const folder = join(root, 'dist', 'web');
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  if (!isStale(folder, root) || !existsSync(vite)) return folder;
  say('Building the pages, once; this takes some seconds.');
  const problem = await run(root, [vite, 'build', 'web', '--logLevel', 'error']);
  if (problem !== undefined) say(`The pages could not be built:\n${problem}`);
  return folder;
}

/** What the pages are made of: their own sources, and the verifier that they share with the server. */
const SOURCES = ['web', 'src/kit', 'src/formats', 'src/engines/verify', 'src/engines/attest'];

function isStale(folder: string, root: string): boolean {
  if (!existsSync(join(root, 'web', 'index.html'))) return false;
  const built = statSync(join(folder, 'index.html'), { throwIfNoEntry: false });
  if (built === undefined) return true;
  return SOURCES.some((name) =>
    readdirSync(join(root, name), { recursive: true, withFileTypes: true }).some(
      (entry) =>
        entry.isFile() &&
        !entry.name.endsWith('.test.ts') &&
        statSync(join(entry.parentPath, entry.name)).mtimeMs > Math.ceil(built.mtimeMs),
    ),
  );
}

/** What it said, where it failed. */
function run(cwd: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const keep = (chunk: Buffer): void => {
      // The beginning names the cause; a build tool may say megabytes.
      if (said.length < 4_000) said += chunk.toString('utf8');
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => resolve(code === 0 ? undefined : said.trim()));
  });
}
