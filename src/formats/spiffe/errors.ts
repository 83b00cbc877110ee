// Codes of the names and documents of an instance's parts.
import { defineErrors } from '../../kit/error.ts';

export const spiffeErrors = defineErrors('spiffe', {
  id_invalid: {
    kind: 'invalid',
    meaning: 'A text is not a SPIFFE ID.',
    hint: 'Write spiffe://TRUST-DOMAIN/PATH: lower-case letters, digits, dots, dashes and underscores before the path.',
  },
  svid_invalid: {
    kind: 'untrusted',
    meaning: 'A certificate is none that SPIFFE lets a workload or an authority have.',
    hint: 'It must come from the authority of the instance: join anew with `plimsoll part join`.',
  },
});
