// Codes of a part's own side: its files, joining an instance, and renewing what that gave.
import { defineErrors } from '../../kit/error.ts';

export const partFilesErrors = defineErrors('partfiles', {
  damaged: {
    kind: 'invalid',
    meaning: 'The file of a part cannot be read as one.',
    hint: 'Forget it with `plimsoll part leave HOST`, and join anew with a new invitation.',
  },
  unavailable: {
    kind: 'unavailable',
    meaning: 'The file of a part cannot be read, written or locked.',
    hint: 'Check the rights and the free space of the folder of parts (`part.folder`); it must be one that can be written to.',
  },
  host_unknown: {
    kind: 'missing',
    meaning: 'This machine has joined no such instance.',
    hint: 'See which there are with `plimsoll part show`; join one with `plimsoll part join https://HOST`.',
  },
  host_taken: {
    kind: 'conflict',
    meaning: 'This machine has joined that instance already.',
    hint: 'Use it as it is, or leave first: `plimsoll part leave HOST`.',
  },
  address_invalid: {
    kind: 'invalid',
    meaning: 'What is to be joined is not the address of an instance.',
    hint: 'Write https://HOST[:PORT], the public address of the instance; plain http is taken of this machine alone.',
  },
  answer_untrusted: {
    kind: 'untrusted',
    meaning: 'What an instance answered is not a certificate that this part could use.',
    hint: 'Compare the clocks of both machines; else the instance is of another version, or something stands between.',
  },
  refused: {
    kind: 'denied',
    meaning: 'An instance gives this part no certificate; the reason is its own.',
    hint: 'Ask its administrator for a new invitation: `plimsoll part invite KIND/NAME`.',
  },
  superseded: {
    kind: 'denied',
    meaning:
      'Somebody has renewed the certificate of this part with another copy of its file, or an old file was restored.',
    hint: 'Find out which: a stolen file can act as this part. Then the administrator removes or invites it anew, and this machine joins again.',
  },
  lapsed: {
    kind: 'denied',
    meaning: 'The certificate of this part ended so long ago that it is no longer renewed.',
    hint: 'Ask the administrator for a new invitation, and join again.',
  },
  in_use: {
    kind: 'unavailable',
    meaning: 'Another process renews the certificate of this part, and does not come to an end.',
    hint: 'Try again; if it repeats, look for a process that hangs.',
  },
});
