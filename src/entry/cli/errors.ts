// Codes of the command line itself.
import { defineErrors } from '../../kit/error.ts';

export const cliErrors = defineErrors('cli', {
  usage: {
    kind: 'invalid',
    meaning: 'The command line cannot be read: an unknown command or option, or a missing argument.',
    hint: 'Run `plimsoll help`, or `plimsoll COMMAND --help`.',
  },
  option_invalid: {
    kind: 'invalid',
    meaning: 'An argument or option has a value that it does not take.',
    hint: 'Give it what the message asks for; `plimsoll COMMAND --help` has examples.',
  },
  nothing_to_ask: {
    kind: 'invalid',
    meaning: 'Something must be asked, but there is no terminal to ask it on, or the answer was empty.',
    hint: 'Give it as an option; a password goes to --password-stdin.',
  },
  log_memory_unreadable: {
    kind: 'invalid',
    meaning: 'The file of what was seen of a host’s tag log cannot be read.',
    hint: 'Restore it, or delete it to trust the host’s log anew as on the first day.',
  },
  instance_refused: {
    kind: 'denied',
    meaning: 'The instance does not let this login do that, or has no such thing for it.',
    hint: 'Log in with `plimsoll login HOST`; ask an owner or an administrator for the right.',
  },
  instance_declined: {
    kind: 'invalid',
    meaning: 'The instance cannot do what it was asked for; the message is its own.',
    hint: 'Look up the code in parentheses in the error reference.',
  },
  nothing_to_compare: {
    kind: 'missing',
    meaning: 'The repository holds nothing that `--to-latest` could mean.',
    hint: 'Name the image to compare with: `--to IMAGE`.',
  },
  trusted_root_unknown: {
    kind: 'missing',
    meaning: 'A trusted root is named that this user does not keep.',
    hint: 'See which there are with `plimsoll trust list`; bring one with `plimsoll trust add NAME ADDRESS`.',
  },
});
