// The published command, as release.json pins it: version and sha512 of the package. What npm brings is compared
// with that before any of it is unpacked; the packages below it are pinned with their sums by the shrinkwrap inside,
// which npm checks. No script of any package runs. Kept for later steps and jobs in the runner's tool cache.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { installEnvironment } from './environment.js';
import { findNpm } from './npm.js';
import { runProgram } from './process.js';
import { inGroup } from './workflow.js';

/** @typedef {import('./process.js').Program} Program */

/**
 * @typedef {object} Release
 * @property {string} version
 * @property {string | null} integrity `sha512-BASE64`; null in a state that is no release
 */

/**
 * @typedef {object} InstallPlace
 * @property {Readonly<Record<string, string | undefined>>} env
 * @property {string} cacheFolder outlives the step
 */

/**
 * Throws an Error of one sentence where the release cannot be had, or is not what is pinned.
 * @param {Release} release
 * @param {InstallPlace} place
 * @returns {Promise<Program>}
 */
export async function installRelease(release, { env, cacheFolder }) {
  const { version, integrity } = release;
  if (integrity === null)
    throw new Error(
      'This state of the action is no release, so it pins no command: use a tag, or name an installed command with the input plimsoll.',
    );
  const sum = createHash('sha256').update(integrity).digest('hex').slice(0, 16);
  const parent = join(cacheFolder, 'plimsoll');
  const folder = join(parent, `${version}-${sum}`);
  if (!isComplete(folder, integrity)) {
    mkdirSync(parent, { recursive: true });
    const work = mkdtempSync(join(parent, 'new-'));
    try {
      await inGroup(`Install plimsoll ${version}`, () => install(release, integrity, work, env));
      writeFileSync(join(work, MARK), integrity);
      settle(work, folder, integrity);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  return { file: process.execPath, args: [join(folder, 'package', 'bin', 'plimsoll.js')] };
}

/** Written last: what lies beside it is whole. */
const MARK = 'complete';

/**
 * @param {string} folder
 * @param {string} integrity
 */
function isComplete(folder, integrity) {
  return existsSync(join(folder, MARK)) && readFileSync(join(folder, MARK), 'utf8') === integrity;
}

/**
 * @param {string} work
 * @param {string} folder
 * @param {string} integrity
 */
function settle(work, folder, integrity) {
  if (!isComplete(folder, integrity)) rmSync(folder, { recursive: true, force: true });
  try {
    renameSync(work, folder);
  } catch (error) {
    // Another job of this machine was quicker.
    if (!isComplete(folder, integrity)) throw error;
  }
}

/**
 * @param {Release} release
 * @param {string} integrity
 * @param {string} work
 * @param {InstallPlace['env']} env
 */
async function install({ version }, integrity, work, env) {
  const npm = findNpm(env, process.platform);
  // In the work folder, so that no .npmrc of the checked out sources says where packages come from.
  const options = { env: installEnvironment(env), cwd: work };
  const packed = await runProgram(
    npm,
    ['pack', '--ignore-scripts', '--loglevel=error', `plimsoll@${version}`],
    options,
  );
  const file = readdirSync(work).find((name) => name.endsWith('.tgz'));
  if (packed.exitCode !== 0 || file === undefined)
    throw new Error(`npm could not fetch plimsoll ${version}; the log says why.`);
  checkIntegrity(readFileSync(join(work, file)), version, integrity);
  const unpacked = await runProgram({ file: 'tar', args: [] }, ['-xzf', file], options);
  if (unpacked.exitCode !== 0) throw new Error(`tar could not unpack plimsoll ${version}; the log says why.`);
  const folder = join(work, 'package');
  leaveDevelopment(join(folder, 'package.json'));
  const installed = await runProgram(
    npm,
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    { ...options, cwd: folder },
  );
  if (installed.exitCode !== 0)
    throw new Error(`npm could not install what plimsoll ${version} needs; the log says why.`);
  rmSync(join(work, file));
}

/**
 * Throws an Error that names both sums where they differ.
 * @param {Uint8Array} bytes
 * @param {string} version
 * @param {string} integrity
 */
function checkIntegrity(bytes, version, integrity) {
  const found = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  if (found !== integrity)
    throw new Error(
      `plimsoll ${version} is not the package that this action was released with, and nothing of it was run: expected ${integrity}, found ${found}.`,
    );
}

/** The shrinkwrap pins what runs; what only building needs is in neither. @param {string} file */
function leaveDevelopment(file) {
  const { devDependencies: _, scripts: __, ...manifest } = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify(manifest));
}
