// `plimsoll verify IMAGE`: who signed an image, what that proves and what it does not. cosign's flags with cosign's
// meaning, a trust policy in their place, or Notary Project's policy and stores. Each demand is answered by itself.
import type { Command } from 'commander';
import type { CliCommand } from '../command.ts';
import { wrap } from '../wrap.ts';
import { readAsk } from './verify/ask.ts';
import { verifyImage } from './verify/image.ts';

export const verifyCommand: CliCommand = {
  define(command) {
    command.argument('[image]', 'HOST/REPOSITORY:TAG, …@DIGEST, oci:FOLDER:TAG');
    defineWho(command);
    defineWhat(command);
    defineHow(command);
    // cosign's flags are longer than half a line: what each means stands below it.
    command.configureHelp({
      formatItem: (term, _width, description, helper) =>
        [
          `  ${term}`,
          ...wrap(description, (helper.helpWidth ?? 80) - 8).map((line) => `        ${line}`),
        ].join('\n'),
    });
    command.addHelpText('after', HELP);
  },
  async run(world, input) {
    const ask = await readAsk(world, input);
    if (ask.kind === 'sigstore') return verifyImage(world, ask);
    // With it come readers of CBOR and ASN.1, which most runs do not need.
    const { verifyByNotation } = await import('./verify/notation.ts');
    return verifyByNotation(world, ask);
  },
};

function defineWho(command: Command): void {
  command
    .option('--certificate-identity <name>', 'who must have signed, exactly')
    .option('--certificate-identity-regexp <pattern>', 'the same by a pattern of RE2, over the whole name')
    .option('--certificate-oidc-issuer <url>', 'who must have vouched for that name')
    .option('--certificate-oidc-issuer-regexp <pattern>', 'the same by a pattern')
    .option('--certificate-github-workflow-repository <name>', 'OWNER/NAME of the source')
    .option('--certificate-github-workflow-ref <ref>', 'the source’s ref, as refs/heads/main')
    .option('--certificate-github-workflow-sha <commit>', 'the source’s commit')
    .option('--certificate-github-workflow-name <name>', 'the workflow’s name')
    .option('--certificate-github-workflow-trigger <event>', 'what started the workflow')
    .option('--source-repository <url>', 'where the source must be')
    .option('--source-repository-pattern <pattern>', 'the same by a pattern')
    .option('--source-ref <ref>', 'which ref of the source')
    .option('--source-ref-pattern <pattern>', 'the same by a pattern')
    .option('--builder <uri>', 'whose workflow must have built it')
    .option('--builder-pattern <pattern>', 'the same by a pattern')
    .option('--runner <kind>', 'on which runners, as github-hosted')
    .option(
      '--key <file>',
      'a public key that may have signed, PEM, or the reference of a key elsewhere; may be given again',
      collect,
    )
    .option('--policy <file>', 'a trust policy says who may sign which names, and what must be there')
    .option('--notation', 'judge Notary Project signatures by notation’s policy and stores')
    .option('--notation-config <folder>', 'notation’s configuration; its own place where absent')
    .option('--revocation-check', 'with --notation: ask where certificates say whether they were revoked');
}

function defineWhat(command: Command): void {
  command
    .option(
      '--type <type>',
      'a statement must be there: slsaprovenance1, spdx, cyclonedx, openvex, vuln or a URI; may be given again',
      collect,
    )
    .option('--platform <platform>', 'os/architecture[/variant]: this image of an index')
    .option('--witnesses <file>', 'whose word the log needs too, and of how many (C2SP tlog-policy)')
    .option('--max-age <age>', 'how old the signature may be, as 72h or 90d')
    .option('--show-provenance', 'how it was built, by statements that are proved')
    .option('--previous <image>', 'what changed in how it was built, from this earlier image');
}

function defineHow(command: Command): void {
  command
    .option(
      '--trusted-root <file>',
      'a trusted_root.json in place of the known ones; may be given again',
      collect,
    )
    .option(
      '--root <name>',
      'of the trusted roots that are kept, this one alone; may be given again',
      collect,
    )
    .option('--insecure-ignore-tlog [true|false]', 'ask for no transparency log; the answer records it')
    .option('--private-infrastructure [true|false]', 'the same')
    .option('--insecure-ignore-sct [true|false]', 'ask for no certificate log; the answer records it')
    .option('--check-claims [true|false]', 'always so: what was signed must be this digest')
    .option(
      '--offline [true|false]',
      'leave an instance’s list of what it took back unread; nobody but the registry is asked without it either, but for --revocation-check',
    )
    .option('--use-signed-timestamps [true|false]', 'always so')
    .option('--experimental-oci11 [true|false]', 'always so')
    .option('--new-bundle-format [true|false]', 'always so; the old format is read too')
    .option('-f, --format <format>', 'text or json')
    .option('-o, --output <format>', 'the same, as cosign spells it');
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

const HELP = `
Exit codes: 0 all that was asked for is proved, 1 an error, 2 something is not,
3 nothing is signed, or the image is not there.

Examples:
  plimsoll verify images.example.org/team/app:1.0 --key team.pub
  plimsoll verify ghcr.io/acme/app:1.0 \\
    --certificate-oidc-issuer https://token.actions.githubusercontent.com \\
    --certificate-identity-regexp 'https://github.com/acme/app/.*'
  plimsoll verify ghcr.io/acme/app:1.0 --type slsaprovenance1 --policy trust.yaml
  plimsoll verify images.example.org/team/app:1.0 --notation`;
