// `plimsoll trust init|show`: the authority of the instance whose data is on this machine. Each action is a file in
// trust/ and a line in the table here.
import { argument, type CliCommand } from '../command.ts';
import { checkChoice } from '../option.ts';
import { defineOutput } from '../output.ts';
import { initTrust } from './trust/init.ts';
import { showTrust, trustFormats } from './trust/show.ts';

const ACTIONS = { init: initTrust, show: showTrust };

export const trustCommand: CliCommand = {
  define(command) {
    defineOutput(command, trustFormats)
      .argument('<action>', 'init or show')
      .option(
        '--root-folder <folder>',
        'init: where the root’s key goes, as a stick; in the data folder where absent',
      )
      .addHelpText(
        'after',
        '\nThe server does the same at its first start: init is for having the root’s key\n' +
          'elsewhere from the beginning. Which data folder is a setting (--data).\n' +
          '\nExamples:\n  plimsoll trust init --data /var/lib/plimsoll --root-folder /media/stick\n' +
          '  plimsoll trust show --data /var/lib/plimsoll',
      );
  },
  run(world, input) {
    const names = Object.keys(ACTIONS) as (keyof typeof ACTIONS)[];
    return ACTIONS[checkChoice('the action', argument(input, 0), names)](world, input);
  },
};
