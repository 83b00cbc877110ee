// npm as a program that can be started without a shell. On Windows it is a .cmd file, which Node refuses to start
// so; what that file starts is started instead.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** @typedef {import('./process.js').Program} Program */

/**
 * Throws an Error of one sentence where PATH has none.
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {string} platform as process.platform
 * @returns {Program}
 */
export function findNpm(env, platform) {
  for (const folder of (env.PATH ?? env.Path ?? '').split(delimiter).filter((one) => one !== '')) {
    if (platform !== 'win32') {
      if (existsSync(join(folder, 'npm'))) return { file: join(folder, 'npm'), args: [] };
      continue;
    }
    const script = join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js');
    if (existsSync(join(folder, 'npm.cmd')) && existsSync(script))
      return { file: join(folder, 'node.exe'), args: [script] };
  }
  throw new Error(
    'npm is not on PATH, and the pinned command is installed with it: run actions/setup-node before this step, or name an installed command with the input plimsoll.',
  );
}
