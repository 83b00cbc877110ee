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
});
