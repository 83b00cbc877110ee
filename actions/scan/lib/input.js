// The action's inputs as the runner hands them over (INPUT_NAME, hyphens kept), read once and checked before
// anything runs. An input that cannot be read is an error with its name; one that means nothing here is
// answered with a notice that says why, so that nobody believes in it.

/** @typedef {'quickview' | 'compare' | 'cves' | 'recommendations' | 'sbom' | 'environment'} CommandName */

/**
 * @typedef {object} Inputs
 * @property {readonly CommandName[]} commands in the order in which they run
 * @property {string} image '' where the newest local one is meant
 * @property {readonly string[]} otherImages what `image` named besides, and is not looked at
 * @property {Readonly<Record<string, string>>} text inputs that are words, '' where not given
 * @property {Readonly<Record<string, boolean>>} flags inputs that are true or false
 * @property {readonly string[]} passEnv
 * @property {readonly string[]} notices one line each
 */

/** @type {readonly CommandName[]} */
const commandNames = Object.freeze([
  'quickview',
  'compare',
  'cves',
  'recommendations',
  'sbom',
  'environment',
]);

const NO_VEX = 'VEX statements are not applied yet';
const NO_ATTEST = 'attestations are read, not written, so far';
const NO_HUB =
  'there is no account to log in to; for private images give registry-user and registry-password, or use docker/login-action';

/** Scout's inputs that do nothing here, with the reason. */
export const inertInputs = Object.freeze({
  debug: 'every command that runs is in the log as it is',
  'verbose-debug': 'every command that runs is in the log as it is',
  organization: 'a repository is named with its registry',
  'only-vex-affected': NO_VEX,
  'vex-author': NO_VEX,
  'vex-location': NO_VEX,
  'ignore-suppressed': 'there are no exceptions to ignore yet',
  secrets: 'files are not searched for secrets',
  tags: NO_ATTEST,
  file: NO_ATTEST,
  'predicate-type': NO_ATTEST,
  referrer: NO_ATTEST,
  'referrer-repository': NO_ATTEST,
  'registry-write-user': NO_ATTEST,
  'registry-write-password': NO_ATTEST,
  'dockerhub-user': NO_HUB,
  'dockerhub-password': NO_HUB,
});

const WORDS = Object.freeze([
  ...['platform', 'ref', 'to', 'to-ref', 'to-env', 'environment', 'policy', 'only-severities'],
  ...['only-package-types', 'exit-on', 'sarif-file', 'format', 'output', 'registry', 'registry-user'],
  ...['registry-password', 'github-token', 'advisories', 'advisories-max-age', 'plimsoll', 'matrix'],
  ...['check-run', 'comment-key', 'pull-request'],
]);

/** With what holds where the input is empty. */
const FLAGS = Object.freeze({
  summary: true,
  'write-comment': true,
  'keep-previous-comments': false,
  'to-latest': false,
  'hide-policies': false,
  'ignore-base': false,
  'ignore-unchanged': false,
  'only-fixed': false,
  'only-unfixed': false,
  'only-cisa-kev': false,
  'exit-code': false,
  'only-refresh': false,
  'only-update': false,
});

/**
 * Throws an Error of one sentence for an input that cannot be used.
 * @param {Readonly<Record<string, string | undefined>>} env
 * @returns {Inputs}
 */
export function readInputs(env) {
  /** @param {string} name */
  const word = (name) => (env[`INPUT_${name.toUpperCase()}`] ?? '').trim();
  const [image = '', ...otherImages] = listOf(word('image'));
  return Object.freeze({
    commands: listOf(word('command')).map(checkCommand),
    image,
    otherImages,
    text: Object.freeze({
      ...Object.fromEntries(WORDS.map((name) => [name, word(name)])),
      'to-env': word('to-env') || word('to-stream'),
      environment: word('environment') || word('stream'),
      format: word('format') || 'json',
      advisories: word('advisories') || 'refresh',
    }),
    flags: Object.freeze(
      Object.fromEntries(
        Object.entries(FLAGS).map(([name, fallback]) => [name, readFlag(name, word(name), fallback)]),
      ),
    ),
    passEnv: listOf(word('pass-env')),
    notices: Object.entries(inertInputs)
      .filter(([name]) => !['', 'false'].includes(word(name).toLowerCase()))
      .map(([name, reason]) => `${name} does nothing here: ${reason}.`),
  });
}

/** @param {string} text */
function listOf(text) {
  return text
    .split(/[\n,]/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

/**
 * @param {string} name
 * @returns {CommandName}
 */
function checkCommand(name) {
  const known = commandNames.find((one) => one === name);
  if (known !== undefined) return known;
  const why = name === 'attestation-add' ? ` (${NO_ATTEST})` : '';
  throw new Error(`command: there is no "${name}" here${why}; there are ${commandNames.join(', ')}.`);
}

/**
 * As the runner's own toolkit reads them (YAML 1.2 core schema).
 * @param {string} name
 * @param {string} text
 * @param {boolean} fallback
 */
function readFlag(name, text, fallback) {
  if (text === '') return fallback;
  if (['true', 'True', 'TRUE'].includes(text)) return true;
  if (['false', 'False', 'FALSE'].includes(text)) return false;
  throw new Error(`${name} is true or false; "${text}" is neither.`);
}
