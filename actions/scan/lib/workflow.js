// What the runner reads: workflow commands on standard output, outputs and the summary in files. Everything that
// comes from an image is foreign: it is escaped, and what the commands print passes while the runner listens to
// no commands at all. GitHub's documentation, "Workflow commands"; Forgejo and Gitea read the same.
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';

/** @typedef {'error' | 'warning' | 'notice'} Level */

/** @param {string} text */
function escapeText(text) {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** @param {string} text */
function escapeProperty(text) {
  return escapeText(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/**
 * One line that the runner shows beside the job.
 * @param {Level} level
 * @param {string} title
 * @param {string} text
 */
export function formatAnnotation(level, title, text) {
  return `::${level} title=${escapeProperty(title)}::${escapeText(text)}\n`;
}

/**
 * Has the runner hide a secret, each line of it; '' for none.
 * @param {string} secret
 */
export function formatMask(secret) {
  return secret === '' ? '' : `::add-mask::${escapeText(secret)}\n`;
}

/**
 * Resolves when the runner has it, so that what a child prints next comes after it.
 * @param {string} text
 * @returns {Promise<void>}
 */
export function say(text) {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}

/**
 * Runs `act` in a foldable part of the log in which nothing that is printed is a command to the runner.
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} act
 * @returns {Promise<T>}
 */
export async function inGroup(title, act) {
  const word = randomUUID();
  await say(`::group::${escapeText(title)}\n::stop-commands::${word}\n`);
  try {
    return await act();
  } finally {
    await say(`\n::${word}::\n::endgroup::\n`);
  }
}

/**
 * A step's output in the file that GITHUB_OUTPUT names. The delimiter cannot be guessed by what is inside.
 * @param {string | undefined} file nothing is written where there is none
 * @param {string} name
 * @param {string} value
 */
export function writeOutput(file, name, value) {
  if (!file) return;
  const end = `plimsoll_${randomUUID()}`;
  appendFileSync(file, `${name}<<${end}\n${value}\n${end}\n`);
}
