// `plimsoll part`: the parts of an instance that run elsewhere, as gates do: who may be one and who is, and, where one
// runs, joining, what is held, and leaving. Each action is a file in part/ and a line in the table here.
import { argument, type CliCommand } from '../command.ts';
import { defineInstance } from '../instance.ts';
import { checkChoice } from '../option.ts';
import { invitePart } from './part/invite.ts';
import { joinPart } from './part/join.ts';
import { leavePart } from './part/leave.ts';
import { listParts } from './part/list.ts';
import { removePart } from './part/remove.ts';
import { showParts } from './part/show.ts';

const ACTIONS = {
  invite: invitePart,
  list: listParts,
  remove: removePart,
  join: joinPart,
  show: showParts,
  leave: leavePart,
};

export const partCommand: CliCommand = {
  define(command) {
    defineInstance(command)
      .argument('<action>', Object.keys(ACTIONS).join(', '))
      .argument(
        '[what]',
        'invite, remove: the part, as gate/prod; join, leave: the instance, as https://images.example.org',
      )
      .option('--robot <robot>', 'invite: with the rights of this robot, ORG+NAME, instead of your own')
      .option('--account <account>', 'invite: with the rights of this account')
      .option(
        '--allow <pattern:actions...>',
        'invite: only this, as "acme/*:pull"; to pull all that the owner may where absent',
      )
      .option('--uses <count>', 'invite: how many may join with it, 1 where absent')
      .option('--valid <age>', 'invite: until when, as 15m (which it is where absent), 24h or 7d')
      .option('--holder <id>', 'remove: only this one of those who joined')
      .option(
        '--invitation <file>',
        'join: the file that holds it, - for standard input; asked for where absent',
      )
      .option('--once', 'join: nothing is done where this machine has joined already')
      .addHelpText(
        'after',
        '\nExamples:\n  plimsoll part invite gate/prod --robot acme+gate --allow "acme/*:pull" --host images.example.org\n' +
          '  plimsoll part list --host images.example.org\n' +
          '  plimsoll part remove gate/prod --host images.example.org\n' +
          '  plimsoll part join https://images.example.org --invitation invitation.txt',
      );
  },
  run(world, input) {
    const names = Object.keys(ACTIONS) as (keyof typeof ACTIONS)[];
    return ACTIONS[checkChoice('the action', argument(input, 0), names)](world, input);
  },
};
