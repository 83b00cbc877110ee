// Inputs into the arguments of one command. Pure. Values are written as --option=value and the image after --,
// so that no value of an input can become an option.

/** @typedef {import('./input.js').Inputs} Inputs */
/** @typedef {import('./input.js').CommandName} CommandName */

/**
 * Where a command writes what the action reads afterwards.
 * @typedef {object} ReportFiles
 * @property {string} markdown
 * @property {string} json
 */

/** Commands that tell what they found as Markdown. */
export const reporting = Object.freeze(['quickview', 'compare', 'cves', 'recommendations']);

/** Commands whose JSON has the verdict, and what changed. */
const judging = Object.freeze(['quickview', 'compare', 'cves']);

/**
 * The arguments after `plimsoll`.
 * @param {CommandName} name
 * @param {Inputs} inputs
 * @param {string} image
 * @param {ReportFiles} files
 * @returns {string[]}
 */
export function argumentsOf(name, inputs, image, files) {
  const options = [...OPTIONS[name](inputs)];
  if (reporting.includes(name)) options.push(`--write=markdown=${files.markdown}`);
  if (judging.includes(name)) options.push(`--write=json=${files.json}`);
  if (name === 'environment') return [name, ...options, '--', inputs.text.environment ?? '', image];
  return [name, ...options, '--', image];
}

/** @type {Readonly<Record<CommandName, (inputs: Inputs) => Iterable<string>>>} */
const OPTIONS = Object.freeze({
  quickview: subjectOptions,
  *compare(inputs) {
    yield* subjectOptions(inputs);
    yield* words(inputs, { to: '--to', 'to-ref': '--to-ref', 'to-env': '--to-env' });
    yield* flags(inputs, ['to-latest', 'ignore-unchanged', 'hide-policies']);
    yield* filterOptions(inputs);
    const gates = [...(inputs.flags['exit-code'] ? ['vulnerability'] : []), inputs.text['exit-on']];
    const wanted = gates.filter((gate) => gate !== '').join(',');
    if (wanted !== '') yield `--exit-on=${wanted}`;
    if (!inputs.commands.includes('cves')) yield* sarif(inputs);
  },
  *cves(inputs) {
    yield* subjectOptions(inputs);
    yield* filterOptions(inputs);
    yield* flags(inputs, ['exit-code']);
    yield* sarif(inputs);
  },
  *recommendations(inputs) {
    yield* subjectOptions(inputs);
    yield* flags(inputs, ['only-refresh', 'only-update']);
  },
  *sbom(inputs) {
    yield* subjectOptions(inputs);
    yield* words(inputs, { format: '--format', output: '--output' });
    // Of a document nothing is left out; the command refuses it.
    if (inputs.text.format === 'list') yield* words(inputs, { 'only-package-types': '--only-package-type' });
  },
  *environment(inputs) {
    if (inputs.text.environment === '')
      throw new Error('environment: name the environment in which the image is recorded.');
    yield* words(inputs, { platform: '--platform' });
  },
});

/** @param {Inputs} inputs */
function* subjectOptions(inputs) {
  yield* words(inputs, { platform: '--platform', ref: '--ref', policy: '--policy' });
}

/** @param {Inputs} inputs */
function* filterOptions(inputs) {
  yield* words(inputs, { 'only-severities': '--only-severity', 'only-package-types': '--only-package-type' });
  yield* flags(inputs, ['only-fixed', 'only-unfixed', 'only-cisa-kev', 'ignore-base']);
}

/** @param {Inputs} inputs */
function* sarif(inputs) {
  const file = inputs.text['sarif-file'];
  if (file) yield `--write=sarif=${file}`;
}

/**
 * @param {Inputs} inputs
 * @param {Readonly<Record<string, string>>} names input -> option
 */
function* words({ text }, names) {
  for (const [input, option] of Object.entries(names)) if (text[input]) yield `${option}=${text[input]}`;
}

/**
 * @param {Inputs} inputs
 * @param {readonly string[]} names of inputs that are options of the same name
 */
function* flags(inputs, names) {
  for (const name of names) if (inputs.flags[name]) yield `--${name}`;
}
