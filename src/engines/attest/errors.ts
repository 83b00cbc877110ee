// Codes of in-toto statements.
import { defineErrors } from '../../kit/error.ts';

export const attestErrors = defineErrors('attest', {
  statement_invalid: {
    kind: 'invalid',
    meaning: 'What hangs on an image as an attestation is not an in-toto statement that can be read.',
    hint: 'Look at the blob that the message names; whoever attached it should attach it again.',
  },
});
