// What people read of a step: the Markdown of the comment and of the summary, and the annotations. Pure. A command
// that broke is said in its place, so that an older comment never stands for an answer that was not given.
import { hasFailed } from './answer.js';
import { reporting } from './command-line.js';
import { formatAnnotation } from './workflow.js';

/** @typedef {import('./answer.js').Answer} Answer */

/**
 * The answers below each other, in the order of the commands; '' where none has anything to read.
 * @param {readonly Answer[]} answers
 */
export function formatBody(answers) {
  return answers
    .flatMap((answer) => (hasFailed(answer) ? [formatFailure(answer)] : [answer.markdown?.trimEnd() ?? '']))
    .filter((part) => part !== '')
    .map((part) => `${part}\n`)
    .join('\n');
}

/** @param {Answer} answer */
function formatFailure({ name, exitCode }) {
  return `### Plimsoll: no answer of ${name}\n\n${describeFailure(name, exitCode)}`;
}

/**
 * @param {string} name
 * @param {number} exitCode
 */
function describeFailure(name, exitCode) {
  const why = exitCode === 3 ? 'what it asked for was not found, or may not be read' : 'it broke';
  return `\`${name}\` ended with exit code ${exitCode}: ${why}. The log says more; nothing is known of the image by it.`;
}

/**
 * The annotation of one answer; '' where there is nothing to say beyond the summary.
 * @param {Answer} answer
 */
export function annotate({ name, exitCode, headline }) {
  const title = `plimsoll ${name}`;
  if (hasFailed({ exitCode }))
    return formatAnnotation('error', title, describeFailure(name, exitCode).replaceAll('`', ''));
  if (exitCode === 2) return formatAnnotation('error', title, headline ?? 'The threshold said no.');
  return headline === undefined || !reporting.includes(name)
    ? ''
    : formatAnnotation('notice', title, headline);
}
