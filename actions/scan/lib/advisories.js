// What the scans are judged by, before they start: feeds that are old or were never fetched are refreshed, or a
// published store is pulled. What fails here is told and fails the step where nothing would be known; the scans
// run all the same, and say of each feed how old it is.
import { runProgram } from './process.js';
import { inGroup } from './workflow.js';

/** @typedef {import('./process.js').Program} Program */

/**
 * @typedef {object} Trouble
 * @property {'error' | 'warning'} level an error fails the step
 * @property {string} text
 */

/**
 * @typedef {object} FeedAge
 * @property {string} feed
 * @property {number} [ageMs] absent where it was never refreshed
 * @property {boolean} isOptional
 */

/**
 * @param {Program} program
 * @param {{ advisories: string, maxAge: string, env: Readonly<Record<string, string>> }} wish
 * @returns {Promise<Trouble | undefined>}
 */
export async function prepareAdvisories(program, { advisories, maxAge, env }) {
  if (advisories === 'none') return undefined;
  return advisories === 'refresh'
    ? refresh(program, parseAge(maxAge || '24h'), env)
    : pull(program, advisories, maxAge, env);
}

/**
 * @param {Program} program
 * @param {string} reference
 * @param {string} maxAge
 * @param {Readonly<Record<string, string>>} env
 * @returns {Promise<Trouble | undefined>}
 */
async function pull(program, reference, maxAge, env) {
  const options = maxAge === '' ? [] : [`--max-age=${maxAge}`];
  const { exitCode } = await inGroup(`plimsoll advisories pull ${reference}`, () =>
    runProgram(program, ['advisories', 'pull', ...options, '--', reference], { env }),
  );
  return exitCode === 0
    ? undefined
    : { level: 'error', text: `The advisories of ${reference} could not be taken; the log says why.` };
}

/**
 * @param {Program} program
 * @param {number} maxAgeMs
 * @param {Readonly<Record<string, string>>} env
 * @returns {Promise<Trouble | undefined>}
 */
async function refresh(program, maxAgeMs, env) {
  return inGroup('plimsoll advisories refresh', async () => {
    const old = listOldFeeds(await readAges(program, env), maxAgeMs);
    if (old.length === 0) return undefined;
    const { exitCode } = await runProgram(program, ['advisories', 'refresh', '--feed', ...old], { env });
    if (exitCode === 0) return undefined;
    const ages = await readAges(program, env);
    const unknown = ages.filter(({ ageMs, isOptional }) => ageMs === undefined && !isOptional);
    return unknown.length > 0
      ? {
          level: 'error',
          text: `These advisories could not be fetched, and nothing is known of them: ${unknown.map(({ feed }) => feed).join(', ')}.`,
        }
      : {
          level: 'warning',
          text: 'Some advisories could not be refreshed; the scans go by what was known before.',
        };
  });
}

/**
 * @param {Program} program
 * @param {Readonly<Record<string, string>>} env
 * @returns {Promise<readonly FeedAge[]>}
 */
async function readAges(program, env) {
  const { exitCode, stdout } = await runProgram(program, ['advisories', 'status', '--format=json'], {
    env,
    isCaptured: true,
  });
  if (exitCode !== 0) throw new Error('plimsoll advisories status failed; the log says why.');
  return JSON.parse(stdout);
}

/**
 * Names of feeds that are older, or were never refreshed.
 * @param {readonly FeedAge[]} ages
 * @param {number} maxAgeMs
 */
export function listOldFeeds(ages, maxAgeMs) {
  return ages.filter(({ ageMs }) => ageMs === undefined || ageMs > maxAgeMs).map(({ feed }) => feed);
}

/**
 * Milliseconds of `90m`, `24h` or `3d`, as the command reads them. Throws an Error of one sentence for anything else.
 * @param {string} text
 */
export function parseAge(text) {
  const match = /^(\d{1,6})([mhd])$/.exec(text);
  if (match === null)
    throw new Error(`advisories-max-age is an age such as 90m, 72h or 3d; "${text}" is none.`);
  const unit = /** @type {'m' | 'h' | 'd'} */ (match[2]);
  return Number(match[1]) * { m: 60_000, h: 3_600_000, d: 86_400_000 }[unit];
}
