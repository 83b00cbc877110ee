// `plimsoll dct import|verify|policy|resign|compare`: leaving Docker Content Trust (Notary v1). What it signed is
// fetched and kept byte for byte, judged as the notary client does it, said as a trust policy, signed anew by whoever
// signs from now on, and its verdicts are held beside the new ones until they agree.
import type { Command } from 'commander';
import { argument, type CliCommand, type CommandInput } from '../command.ts';
import { cliErrors } from '../errors.ts';
import { checkChoice } from '../option.ts';
import { compareVerdicts } from './dct/compare.ts';
import { importTrust } from './dct/import.ts';
import { printPolicy } from './dct/policy.ts';
import { resignTrust } from './dct/resign.ts';
import { verifyTrust } from './dct/verify.ts';

const ACTIONS = {
  import: importTrust,
  verify: verifyTrust,
  policy: printPolicy,
  resign: resignTrust,
  compare: compareVerdicts,
};
type Action = keyof typeof ACTIONS;

/** Which actions each option is for, by commander's name of it. */
const OPTIONS: Readonly<Record<string, readonly Action[]>> = {
  server: ['import'],
  archive: ['import'],
  artifact: ['import'],
  at: ['verify', 'resign', 'compare'],
  for: ['policy', 'resign'],
  type: ['policy'],
  certificateIdentity: ['policy'],
  certificateOidcIssuer: ['policy'],
  key: ['policy', 'resign', 'compare'],
  trustedRoot: ['resign', 'compare'],
  tags: ['resign'],
  all: ['resign'],
  accept: ['resign'],
  reason: ['resign'],
  dryRun: ['resign'],
  keyPassphraseFile: ['resign'],
  identityToken: ['resign'],
  signingConfig: ['resign'],
  sigstore: ['resign'],
  policy: ['compare'],
  since: ['compare'],
};

export const dctCommand: CliCommand = {
  define(command) {
    command
      .argument('<action>', Object.keys(ACTIONS).join(', '))
      .argument('<subject>', 'import: HOST/REPOSITORY; else the folder of an archive')
      .argument('[repository]', 'compare: HOST/REPOSITORY of today')
      .option('-f, --format <format>', 'text or json', 'text')
      .option('--at <time>', 'verify, resign, compare: judge at 2026-11-20, 2026-11-20T12:00:00Z or archive');
    defineImport(command);
    definePolicy(command);
    defineResign(command);
    command
      .option('--policy <file>', 'compare: the trust policy whose verdict is the new one')
      .option('--since <file>', 'compare: what an earlier run printed with --format json')
      .addHelpText('after', HELP);
  },
  run(world, input) {
    const action = checkChoice('the action', argument(input, 0), Object.keys(ACTIONS) as Action[]);
    checkOptions(action, input);
    return ACTIONS[action](world, input);
  },
};

function defineImport(command: Command): void {
  command
    .option('--server <url>', 'import: the Notary server; the registry’s own where absent')
    .option('--archive <folder>', 'import: keep every file in this folder; each import is added to it')
    .option(
      '--artifact <target>',
      'import: write the archive as an OCI artifact too: HOST/REPOSITORY:TAG, oci:FOLDER:TAG',
    );
}

function definePolicy(command: Command): void {
  command
    .option(
      '--for <repository>',
      'policy, resign: where the images are now; the one that was signed if absent',
    )
    .option(
      '--key <key>',
      'resign: sign with this key, a file or PLUGIN://KEY; policy, compare: a public key, may be given again',
      collect,
    )
    .option('--certificate-identity <name>', 'policy: who signs from now on')
    .option('--certificate-oidc-issuer <url>', 'policy: who vouches for that name')
    .option('--type <type>', 'policy: a statement that must be there; may be given again', collect);
}

function defineResign(command: Command): void {
  command
    .option('--tags <names>', 'resign: these tags, by commas')
    .option('--all', 'resign: every tag that was signed')
    .option('--accept <doubts>', 'resign: evidence that expired, or unknown, or expired,unknown')
    .option('--reason <text>', 'resign: why; it is signed with the evidence')
    .option('--dry-run', 'resign: say what would be signed, and sign nothing')
    .option(
      '--key-passphrase-file <file>',
      'resign: the key’s passphrase; else COSIGN_PASSWORD, else it is asked for',
    )
    .option('--identity-token <token>', 'resign: sign as whom this token (or the file with it) names')
    .option('--signing-config <place>', 'resign: file or URL of the services to sign with')
    .option(
      '--trusted-root <place>',
      'resign: what those services are believed by; compare: a trusted_root.json in place of the known ones, may be given again',
      collect,
    )
    .option('--sigstore', 'resign: sign with the public Sigstore, whose log keeps it for ever')
    .option('--no-log', 'resign: write into no log');
}

function checkOptions(action: Action, { args, options }: CommandInput): void {
  const given = Object.keys(OPTIONS).find(
    (name) => options[name] !== undefined && OPTIONS[name]?.includes(action) === false,
  );
  const dashed = given?.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (given !== undefined)
    throw cliErrors.usage(`--${dashed} goes with ${OPTIONS[given]?.join(' and ')}, not with ${action}`);
  if (options.log === false && action !== 'resign') throw cliErrors.usage('--no-log goes with resign');
  if (args[2] !== undefined && action !== 'compare')
    throw cliErrors.usage(`plimsoll dct ${action} takes one thing; "${args[2]}" is one too many`);
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

const HELP = `
Exit codes: import, verify: 0 every check passed, 2 one failed, or cannot be
made; resign: 0 every tag that was asked for is signed, 2 one is not (the answer
says why); compare: 0 old and new verdicts agree on every tag, 2 they do not;
3 nothing is signed, or it is not shown to this login.

Examples:
  plimsoll dct import docker.io/team/app --archive ./app-trust
  plimsoll dct verify ./app-trust --at 2026-07-01 --format json
  plimsoll dct policy ./app-trust --key team.pub > trust.yaml
  plimsoll dct resign ./app-trust --all --key team.key --dry-run
  plimsoll dct resign ./app-trust --tags 1.0,1.1 --at archive --key team.key
  plimsoll dct compare ./app-trust docker.io/team/app --policy trust.yaml --format json > today.json
  plimsoll dct compare ./app-trust docker.io/team/app --policy trust.yaml --since today.json`;
