// One command, run: what it printed is in the log, what it found is read from the files that it wrote. Its exit code
// says what kind of answer it is; a command that broke has none, and is never taken for one that found nothing.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argumentsOf } from './command-line.js';
import { runProgram } from './process.js';
import { inGroup } from './workflow.js';

/** @typedef {import('./input.js').Inputs} Inputs */
/** @typedef {import('./input.js').CommandName} CommandName */
/** @typedef {import('./process.js').Program} Program */

/**
 * @typedef {object} Answer
 * @property {CommandName} name
 * @property {number} exitCode 0 yes, 2 the policy or a threshold said no, else it broke
 * @property {string} [markdown]
 * @property {string} [headline] one line for people, with foreign names in it
 * @property {'pass' | 'fail' | 'unknown'} [outcome] of the policy
 */

/**
 * @typedef {object} Scan
 * @property {Program} program
 * @property {Inputs} inputs
 * @property {string} image
 * @property {Readonly<Record<string, string>>} env
 * @property {string} folder for its reports
 */

/**
 * @param {CommandName} name
 * @param {Scan} scan
 * @returns {Promise<Answer>}
 */
export async function runCommand(name, { program, inputs, image, env, folder }) {
  const files = { markdown: join(folder, `${name}.md`), json: join(folder, `${name}.json`) };
  const argv = argumentsOf(name, inputs, image, files);
  const { exitCode } = await inGroup(`plimsoll ${name} ${image}`, () => runProgram(program, argv, { env }));
  if (hasFailed({ exitCode })) return { name, exitCode };
  const markdown = existsSync(files.markdown) ? readFileSync(files.markdown, 'utf8') : undefined;
  const told = existsSync(files.json) ? readHeadline(JSON.parse(readFileSync(files.json, 'utf8'))) : {};
  return { name, exitCode, ...(markdown === undefined ? {} : { markdown }), ...told };
}

/** Whether the command gave no answer. @param {Pick<Answer, 'exitCode'>} answer */
export function hasFailed({ exitCode }) {
  return exitCode !== 0 && exitCode !== 2;
}

/**
 * A comparison tells of `after`; the others have a verdict.
 * @param {{ answer?: string, summary?: string, after?: { outcome?: unknown }, verdict?: { outcome?: unknown, answer?: string } }} report
 * @returns {Pick<Answer, 'headline' | 'outcome'>}
 */
function readHeadline({ answer, summary, after, verdict }) {
  const outcome = after?.outcome ?? verdict?.outcome;
  const headline = verdict?.answer ?? [answer, summary].filter(Boolean).join(': ');
  return {
    ...(headline === '' ? {} : { headline }),
    ...(outcome === 'pass' || outcome === 'fail' || outcome === 'unknown' ? { outcome } : {}),
  };
}
