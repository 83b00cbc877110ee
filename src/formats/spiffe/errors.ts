// Codes of the names and documents of an instance's parts.
import { defineErrors } from '../../kit/error.ts';

export const spiffeErrors = defineErrors('spiffe', {
  id_invalid: {
    kind: 'invalid',
    meaning: 'A text is not a SPIFFE ID.',
    hint: 'Write spiffe://TRUST-DOMAIN/PATH: lower-case letters, digits, dots, dashes and underscores before the path.',
  },
});
