// `plimsoll dct import|verify`: what Docker Content Trust (Notary v1) signed for a repository, fetched and kept byte
// for byte, verified as the notary client does it, told tag by tag, and compared with the registry of today.
import { argument, type CliCommand } from '../command.ts';
import { checkChoice } from '../option.ts';
import { importTrust } from './dct/import.ts';
import { verifyTrust } from './dct/verify.ts';

const ACTIONS = { import: importTrust, verify: verifyTrust };

export const dctCommand: CliCommand = {
  define(command) {
    command
      .argument('<action>', 'import or verify')
      .argument('<subject>', 'import: HOST/REPOSITORY; verify: the folder of an archive')
      .option('--server <url>', 'import: the Notary server; the registry’s own where absent')
      .option('--archive <folder>', 'import: keep every file in this folder; each import is added to it')
      .option(
        '--artifact <target>',
        'import: write the archive as an OCI artifact too: HOST/REPOSITORY:TAG, oci:FOLDER:TAG',
      )
      .option('--at <time>', 'verify: what was valid at this time: 2026-11-20 or 2026-11-20T12:00:00Z')
      .option('-f, --format <format>', 'text or json', 'text')
      .addHelpText(
        'after',
        '\nExit codes: 0 every check passed, 2 one failed or could not be made,\n' +
          '3 nothing is signed, or it is not shown to this login.\n' +
          '\nExamples:\n  plimsoll dct import docker.io/team/app --archive ./app-trust\n' +
          '  plimsoll dct import example.org/app --server https://notary.example.org\n' +
          '  plimsoll dct verify ./app-trust --at 2026-07-01 --format json',
      );
  },
  run(world, input) {
    const names = Object.keys(ACTIONS) as (keyof typeof ACTIONS)[];
    return ACTIONS[checkChoice('the action', argument(input, 0), names)](world, input);
  },
};
