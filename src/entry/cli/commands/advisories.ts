// `plimsoll advisories refresh|status|publish|pull`: brings the feeds up to date, says how old they are, puts the
// store into a registry, or takes one from there.
import { argument, type CliCommand } from '../command.ts';
import { checkChoice } from '../option.ts';
import { publishStore } from './advisories/publish.ts';
import { pullStore } from './advisories/pull.ts';
import { refreshFeeds } from './advisories/refresh.ts';
import { printStatus } from './advisories/status.ts';

const ACTIONS = { refresh: refreshFeeds, status: printStatus, publish: publishStore, pull: pullStore };

export const advisoriesCommand: CliCommand = {
  define(command) {
    command
      .argument('<action>', 'refresh, status, publish or pull')
      .argument('[reference]', 'where the store is published: HOST/REPOSITORY:TAG, oci:FOLDER:TAG …')
      .option('--from <place>', 'refresh from this folder or mirror instead of the public addresses')
      .option('--feed <name...>', 'refresh only these feeds')
      .option('--max-age <age>', 'pull: exit with 1 where a feed is older than this, as 72h or 3d')
      .option(
        '--force',
        'refresh: take a feed even if it shrank to under half; publish, pull: an older store too',
      )
      .option('-f, --format <format>', 'status: table or json', 'table')
      .option('-q, --quiet', 'no progress')
      .addHelpText(
        'after',
        '\nExamples:\n  plimsoll advisories refresh --from /mnt/mirror --feed debian\n' +
          '  plimsoll advisories publish registry.example.org/security/advisories\n' +
          '  plimsoll advisories pull registry.example.org/security/advisories --max-age 72h',
      );
  },
  run(world, input) {
    const names = Object.keys(ACTIONS) as (keyof typeof ACTIONS)[];
    return ACTIONS[checkChoice('the action', argument(input, 0), names)](world, input);
  },
};
