// Options that `sign` and `attest` share, and the help that belongs to them.
import type { Command } from 'commander';

export function defineSigning(command: Command): Command {
  return command
    .option(
      '--key <key>',
      'sign with this key: a file, or a reference to where it is; without it, as an identity',
    )
    .option(
      '--key-passphrase-file <file>',
      'the key’s passphrase; else COSIGN_PASSWORD, else it is asked for',
    )
    .option('--identity-token <token>', 'sign as whom this token (or the file with it) names')
    .option('--signing-config <place>', 'file or URL of the services to sign with')
    .option('--trusted-root <place>', 'file or URL of what those services are believed by')
    .option('--sigstore', 'sign with the public Sigstore, whose log keeps it for ever')
    .option('--no-log', 'write into no log')
    .option('--legacy', 'write the old form too: the tags sha256-….sig and .att')
    .option('-y, --yes', 'taken as cosign has it: nothing is asked here but a passphrase')
    .option('-f, --format <format>', 'text or json', 'text');
}
