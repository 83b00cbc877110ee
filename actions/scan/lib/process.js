// Starts programs: never through a shell, with exactly the environment that is given.
import { spawn } from 'node:child_process';

/**
 * @typedef {object} Program
 * @property {string} file
 * @property {readonly string[]} args before those of the call
 */

/**
 * @typedef {object} RunOptions
 * @property {Readonly<Record<string, string>>} env
 * @property {string} [cwd]
 * @property {string} [stdin]
 * @property {boolean} [isCaptured] standard output is returned, not shown
 */

/**
 * @typedef {object} Ended
 * @property {number} exitCode 1 where a signal ended it
 * @property {string} stdout '' unless captured
 */

/** A captured answer is an address or a small table. */
const CAPTURED_CHARS = 16 * 1024 * 1024;

/**
 * Standard error goes to the log. Rejects with an Error of one sentence where the program cannot be started.
 * @param {Program} program
 * @param {readonly string[]} argv
 * @param {RunOptions} options
 * @returns {Promise<Ended>}
 */
export function runProgram({ file, args }, argv, { env, cwd, stdin, isCaptured = false }) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...args, ...argv], {
      env,
      ...(cwd === undefined ? {} : { cwd }),
      // Standard error on our standard output too: of two streams the runner keeps no order, and a line that it
      // read after the end of `inGroup` would be a command to it.
      stdio: [stdin === undefined ? 'ignore' : 'pipe', isCaptured ? 'pipe' : 1, 1],
    });
    let stdout = '';
    child.stdout?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      if (stdout.length < CAPTURED_CHARS) stdout += text;
    });
    // A program that ends without reading its input says why by itself.
    child.stdin?.on('error', () => {});
    child.stdin?.end(stdin);
    child.on('error', (error) => reject(new Error(`${file} cannot be started: ${error.message}.`)));
    child.on('close', (code) => resolve({ exitCode: code ?? 1, stdout }));
  });
}
