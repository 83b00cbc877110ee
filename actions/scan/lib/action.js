// The step from its inputs to its exit code: the command, logins and advisories first, then every command that was
// asked for, then comment, summary and outputs, and only then a failure. What cannot be begun is one sentence.
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareAdvisories } from './advisories.js';
import { hasFailed, runCommand } from './answer.js';
import { boundMarkdown, OUTPUT_BYTES, SUMMARY_BYTES } from './bound.js';
import { reporting } from './command-line.js';
import { writeComment } from './comment.js';
import { scanEnvironment } from './environment.js';
import { readInputs } from './input.js';
import { installRelease } from './install.js';
import { findNewestImage } from './local-image.js';
import { writeLogin } from './login.js';
import { annotate, formatBody } from './page.js';
import { findPullRequest, readForge } from './pull-request.js';
import { formatAnnotation, formatMask, say, writeOutput } from './workflow.js';

/** @typedef {import('./answer.js').Answer} Answer */
/** @typedef {import('./comment.js').Commented} Commented */
/** @typedef {import('./input.js').Inputs} Inputs */
/** @typedef {import('./process.js').Program} Program */
/** @typedef {Readonly<Record<string, string | undefined>>} Environment */

/**
 * The exit code of the step: 0, 2 where the policy or a threshold said no, 1 or 3 where something broke.
 * @param {Environment} env of the runner
 * @param {string} actionFolder
 * @returns {Promise<number>}
 */
export async function runAction(env, actionFolder) {
  const parent = env.RUNNER_TEMP || tmpdir();
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'plimsoll-'));
  const leave = () => rmSync(folder, { recursive: true, force: true });
  // A step that is cancelled leaves no login behind either.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.once(signal, () => {
      leave();
      process.exit(1);
    });
  try {
    const inputs = readInputs(env);
    for (const secret of [inputs.text['registry-password'], inputs.text['github-token']])
      await say(formatMask(secret ?? ''));
    await sayNotices(inputs);
    return await runStep(inputs, env, { actionFolder, folder });
  } catch (error) {
    await say(formatAnnotation('error', 'Plimsoll', error instanceof Error ? error.message : String(error)));
    return 1;
  } finally {
    leave();
  }
}

/** @param {Inputs} inputs */
async function sayNotices({ notices, image, otherImages }) {
  const others =
    otherImages.length === 0
      ? []
      : [`Of ${otherImages.length + 1} images the first is looked into: ${image}.`];
  const lines = [...notices, ...others];
  if (lines.length > 0) await say(formatAnnotation('notice', 'Plimsoll', lines.join('\n')));
}

/**
 * @param {Inputs} inputs
 * @param {Environment} env
 * @param {{ actionFolder: string, folder: string }} places
 */
async function runStep(inputs, env, { actionFolder, folder }) {
  if (inputs.commands.length === 0) throw new Error('command: name one, or several divided by commas.');
  const pullRequest = inputs.flags['write-comment']
    ? findPullRequest(readEvent(env), inputs.text['pull-request'] ?? '')
    : undefined;
  const plainEnv = scanEnvironment(env, inputs.passEnv);
  const scanEnv = { ...plainEnv, ...writeLogin(inputs, folder, plainEnv.REGISTRY_AUTH_FILE) };
  const program = await chooseProgram(inputs, env, actionFolder);
  const isJudging = inputs.commands.some((name) => reporting.includes(name));
  const trouble = await prepareAdvisories(program, {
    advisories: isJudging ? (inputs.text.advisories ?? 'refresh') : 'none',
    maxAge: inputs.text['advisories-max-age'] ?? '',
    env: scanEnv,
  });
  if (trouble !== undefined) await say(formatAnnotation(trouble.level, 'Advisories', trouble.text));
  const image = inputs.image || (await findNewestImage(scanEnv));
  /** @type {Answer[]} */
  const answers = [];
  for (const name of inputs.commands)
    answers.push(await runCommand(name, { program, inputs, image, env: scanEnv, folder }));

  const body = formatBody(answers);
  /** @type {Commented | undefined} */
  let commented;
  if (body !== '' && pullRequest !== undefined)
    commented = await writeComment(body, {
      program,
      inputs,
      pullRequest,
      surroundings: env,
      env: plainEnv,
      folder,
    });
  else if (body !== '' && inputs.flags['write-comment'])
    await say('This event belongs to no pull request, so there is nothing to comment on.\n');
  await tell(answers, body, commented, inputs, env);
  return exitCodeOf(answers, trouble?.level === 'error');
}

/**
 * Summary, outputs and annotations.
 * @param {readonly Answer[]} answers
 * @param {string} body
 * @param {Commented | undefined} commented
 * @param {Inputs} inputs
 * @param {Environment} env
 */
async function tell(answers, body, commented, inputs, env) {
  const left = commented?.kind === 'left' ? commented : undefined;
  // An answer that could not be commented is written where it can be, whatever `summary` says.
  const isTold = inputs.flags.summary || left !== undefined;
  if (isTold && body !== '' && env.GITHUB_STEP_SUMMARY) {
    const page = left === undefined ? body : `${left.why}\n\n${body}`;
    appendFileSync(env.GITHUB_STEP_SUMMARY, `${boundMarkdown(page, SUMMARY_BYTES)}\n`);
  }
  // Forgejo's runner takes a summary, and its pages show none.
  const place = readForge(env).forge === 'forgejo' ? 'the log' : 'the job’s summary';
  if (left !== undefined)
    await say(formatAnnotation(left.level, 'Plimsoll', `${left.why} The answer is in ${place}.`));
  const output = (/** @type {string} */ name, /** @type {string} */ value) =>
    writeOutput(env.GITHUB_OUTPUT, name, value);
  for (const { name, markdown } of answers)
    if (markdown !== undefined) output(name, boundMarkdown(markdown, OUTPUT_BYTES));
  const outcome = answers.find((answer) => answer.outcome !== undefined)?.outcome;
  if (outcome !== undefined) output('verdict', outcome);
  if (commented?.kind === 'written') output('comment-url', commented.url);
  for (const answer of answers) await say(annotate(answer));
}

/**
 * What broke comes before what said no.
 * @param {readonly Answer[]} answers
 * @param {boolean} isWithoutAdvisories
 */
function exitCodeOf(answers, isWithoutAdvisories) {
  const broken = answers.find(hasFailed);
  if (broken !== undefined) return broken.exitCode;
  if (isWithoutAdvisories) return 1;
  return answers.some(({ exitCode }) => exitCode === 2) ? 2 : 0;
}

/**
 * @param {Inputs} inputs
 * @param {Environment} env
 * @param {string} actionFolder
 * @returns {Promise<Program>}
 */
async function chooseProgram({ text }, env, actionFolder) {
  const given = text.plimsoll ?? '';
  if (given.endsWith('.js')) return { file: process.execPath, args: [given] };
  if (given !== '') return { file: given, args: [] };
  const release = JSON.parse(readFileSync(join(actionFolder, 'release.json'), 'utf8'));
  return installRelease(release, { env, cacheFolder: env.RUNNER_TOOL_CACHE || env.RUNNER_TEMP || tmpdir() });
}

/** What happened, as the forge tells it; undefined where it tells nothing. @param {Environment} env */
function readEvent({ GITHUB_EVENT_PATH: file }) {
  if (!file) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new Error(`GITHUB_EVENT_PATH: ${file} cannot be read as JSON.`);
  }
}
