// Codes of files of trust: the repository's own, and the trusted roots that a user keeps.
import { defineErrors } from '../../kit/error.ts';

export const trustFilesErrors = defineErrors('trustfiles', {
  unavailable: {
    kind: 'unavailable',
    meaning: 'A file of the repository of trust cannot be read or written.',
    hint: 'Check the folder’s rights and its free space.',
  },
  name_invalid: {
    kind: 'invalid',
    meaning: 'A name is none that a file of trust can have.',
    hint: 'Use letters, digits, dots, hyphens and underscores.',
  },
  name_taken: {
    kind: 'conflict',
    meaning: 'A trusted root of this name is kept already.',
    hint: 'Choose another name, or forget the other one first: `plimsoll trust remove NAME`.',
  },
  name_unknown: {
    kind: 'missing',
    meaning: 'No trusted root of this name is kept.',
    hint: 'See which there are: `plimsoll trust list`; bring one with `plimsoll trust add`.',
  },
  repository_absent: {
    kind: 'missing',
    meaning: 'An address is neither that of a repository of trust (TUF) nor of an instance that has one.',
    hint: 'Give the address of the instance, or of the folder in which `timestamp.json` lies.',
  },
  checksum_differs: {
    kind: 'untrusted',
    meaning: 'The root that a repository of trust begins with is not the one whose checksum was given.',
    hint: 'Do not go on: ask whoever gave you the checksum which root they mean.',
  },
  refused: {
    kind: 'untrusted',
    meaning:
      'What a repository of trust publishes does not follow from what is trusted: it is expired, older than before, or not signed by those who must.',
    hint: 'What was kept before is still used. Ask whoever runs the repository; add it anew only with a checksum that they give you.',
  },
  refresh_failed: {
    kind: 'unavailable',
    meaning: 'A repository of trust could not be read whole.',
    hint: 'Try again later; what was kept before is still used.',
  },
  damaged: {
    kind: 'invalid',
    meaning: 'What is kept of a trusted root on this machine cannot be read.',
    hint: 'Remove it and add it again: `plimsoll trust remove NAME`, `plimsoll trust add NAME URL`.',
  },
});
