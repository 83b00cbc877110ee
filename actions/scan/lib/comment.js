// The comment, written by `plimsoll comment`: the one process that gets the token, and it opens no image. What keeps
// a comment from being written is told and never fails the step: the answer then is in the summary.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BODY_BYTES, boundMarkdown } from './bound.js';
import { runProgram } from './process.js';
import { commentKey, readForge, runPage } from './pull-request.js';
import { inGroup } from './workflow.js';

/** @typedef {import('./input.js').Inputs} Inputs */
/** @typedef {import('./process.js').Program} Program */
/** @typedef {import('./pull-request.js').PullRequest} PullRequest */

/**
 * `left` has why none was written, in one line without foreign text.
 * @typedef {{ kind: 'written', url: string } | { kind: 'left', level: 'notice' | 'warning', why: string }} Commented
 */

/**
 * @typedef {object} CommentJob
 * @property {Program} program
 * @property {Inputs} inputs
 * @property {PullRequest} pullRequest
 * @property {Readonly<Record<string, string | undefined>>} surroundings of the runner
 * @property {Readonly<Record<string, string>>} env without any token
 * @property {string} folder
 */

/**
 * @param {string} body
 * @param {CommentJob} job
 * @returns {Promise<Commented>}
 */
export async function writeComment(body, { program, inputs, pullRequest, surroundings, env, folder }) {
  const token = inputs.text['github-token'] ?? '';
  if (token === '')
    return { kind: 'left', level: 'notice', why: 'github-token is empty, so no comment was written.' };
  const file = join(folder, 'comment.md');
  writeFileSync(file, boundMarkdown(body, BODY_BYTES));
  const { forge, apiUrl, project } = readForge(surroundings);
  const link = runPage(surroundings, inputs.text['check-run'] ?? '');
  const key = inputs.text['comment-key'] || commentKey(surroundings, inputs.text.matrix ?? '');
  const argv = [
    ...['comment', `--forge=${forge}`, `--api-url=${apiUrl}`, `--project=${project}`],
    ...[`--pull=${pullRequest.number}`, `--key=${key}`, `--body-file=${file}`],
    ...(link === undefined ? [] : [`--link=${link}`]),
    ...(inputs.flags['keep-previous-comments'] ? ['--keep-previous'] : []),
  ];
  const { exitCode, stdout } = await inGroup(`plimsoll comment on ${project}#${pullRequest.number}`, () =>
    runProgram(program, argv, { env: { ...env, PLIMSOLL_FORGE_TOKEN: token }, isCaptured: true }),
  );
  if (exitCode === 0) return { kind: 'written', url: stdout.trim() };
  return { kind: 'left', ...describeRefusal(exitCode, pullRequest) };
}

/**
 * @param {number} exitCode
 * @param {PullRequest} pullRequest
 * @returns {{ level: 'notice' | 'warning', why: string }}
 */
function describeRefusal(exitCode, { isFork }) {
  if (exitCode !== 3) return { level: 'warning', why: 'The comment could not be written; the log says why.' };
  if (isFork)
    return {
      level: 'notice',
      why: 'The pull request comes from a fork, whose token may not write comments, so none was written.',
    };
  return {
    level: 'warning',
    why: 'The token may not write comments here, so none was written: give the job `permissions: pull-requests: write`.',
  };
}
