// Codes of TUF's role files and keys.
import { defineErrors } from '../../kit/error.ts';

export const tufErrors = defineErrors('tuf', {
  file_invalid: {
    kind: 'invalid',
    meaning: 'Bytes are not a role file of The Update Framework 1.0.',
    hint: 'Take the file again from where it was published; one that was changed by hand is signed by nobody.',
  },
  key_unsuitable: {
    kind: 'unsupported',
    meaning: 'A key is of a kind that not every client of The Update Framework reads.',
    hint: 'Use an Ed25519 key, or ECDSA on P-256.',
  },
});
