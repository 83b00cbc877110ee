// Codes of asking whether a certificate was revoked.
import { defineErrors } from '../../kit/error.ts';

export const revocationErrors = defineErrors('revocation', {
  unanswered: {
    kind: 'unavailable',
    meaning: 'A place that a certificate names for its revocation gave no answer, or not in time.',
    hint: 'Try again later, and check that the address can be reached from here.',
  },
});
