// Codes of leaving Docker Content Trust.
import { defineErrors } from '../../kit/error.ts';

export const dctErrors = defineErrors('dct', {
  nothing_signed: {
    kind: 'missing',
    meaning: 'The Notary server has no trust data for this repository, or does not show it to this login.',
    hint: 'Check the repository’s name and `--server`; a private repository needs `plimsoll login HOST` first.',
  },
  other_repository: {
    kind: 'invalid',
    meaning: 'The folder holds the archive of another repository.',
    hint: 'Name a folder of its own for each repository.',
  },
  report_invalid: {
    kind: 'invalid',
    meaning: 'The file of `dct compare --since` is not what an earlier run printed for this repository.',
    hint: 'Keep what `plimsoll dct compare … --format json` prints, and name that file.',
  },
  too_much: {
    kind: 'untrusted',
    meaning: 'A Notary server sends more for one repository than any honest one has.',
    hint: 'Ask the server’s operator; limits and their reasons are in the reference.',
  },
});
