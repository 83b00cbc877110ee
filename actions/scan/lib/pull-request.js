// Which pull request a job belongs to, and where its forge is: from the event's payload and the runner's variables.
// Pure. Nothing is searched for: where the event names none, there is none.
import { createHash } from 'node:crypto';

/** @typedef {Readonly<Record<string, string | undefined>>} Environment */

/**
 * @typedef {object} PullRequest
 * @property {number} number
 * @property {boolean} isFork its head is in another repository, whose token may only read
 */

/**
 * Throws an Error of one sentence where `given` is no number.
 * @param {unknown} event the payload
 * @param {string} given the input pull-request
 * @returns {PullRequest | undefined}
 */
export function findPullRequest(event, given) {
  const payload = member(event, 'pull_request');
  const head = member(member(member(payload, 'head'), 'repo'), 'full_name');
  const base = member(member(member(payload, 'base'), 'repo'), 'full_name');
  const isFork = payload !== undefined && head !== base;
  if (given !== '') {
    if (!/^[1-9]\d{0,14}$/.test(given))
      throw new Error(`pull-request is the number of a pull request; "${given}" is none.`);
    return { number: Number(given), isFork };
  }
  const issue = member(event, 'issue');
  const of = payload ?? (member(issue, 'pull_request') === undefined ? undefined : issue);
  const number = member(of, 'number');
  return Number.isSafeInteger(number) ? { number: /** @type {number} */ (number), isFork } : undefined;
}

/**
 * Where comments go.
 * @param {Environment} env
 */
export function readForge(env) {
  const apiUrl = env.GITHUB_API_URL || 'https://api.github.com';
  const forge = /\/api\/v1\/?$/.test(apiUrl) ? 'forgejo' : 'github';
  return { forge, apiUrl: apiUrl.replace(/\/$/, ''), project: env.GITHUB_REPOSITORY ?? '' };
}

/**
 * The page of this run, at the job's summary where the runner tells the job; undefined outside of a runner.
 * @param {Environment} env
 * @param {string} checkRun
 */
export function runPage(env, checkRun) {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = env;
  // Forgejo names a run's page by its number in the repository.
  const run = readForge(env).forge === 'forgejo' ? env.GITHUB_RUN_NUMBER : env.GITHUB_RUN_ID;
  if (!server || !repository || !run) return undefined;
  const place = /^\d+$/.test(checkRun) ? `#summary-${checkRun}` : '';
  return `${server}/${repository}/actions/runs/${run}${place}`;
}

/**
 * What a comment is found again by: one for each workflow, job, member of a matrix and step. Names may be longer
 * than a key, and `a/b` of `c` is not `a` of `b/c`: a sum of all of them is part of it.
 * @param {Environment} env
 * @param {string} matrix
 */
export function commentKey(env, matrix) {
  const parts = [env.GITHUB_WORKFLOW, env.GITHUB_JOB, matrix, env.GITHUB_ACTION].map((part) => part ?? '');
  const sum = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
  return `${parts.slice(0, 2).join('.').slice(0, 150)}.${sum}`;
}

/**
 * @param {unknown} value
 * @param {string} name
 * @returns {unknown} undefined where there is none, or null
 */
function member(value, name) {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return /** @type {Record<string, unknown>} */ (value)[name] ?? undefined;
}
