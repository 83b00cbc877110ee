// Codes of witnesses: of what a log asks of one, and of the policy that says which are believed.
import { defineErrors } from '../../kit/error.ts';

export const witnessErrors = defineErrors('witness', {
  request_invalid: {
    kind: 'invalid',
    meaning: 'What a witness was asked is not an old size, a proof and a checkpoint (C2SP tlog-witness).',
    hint: 'Send `old SIZE`, a line for each hash of the proof, an empty line and the signed checkpoint.',
  },
  policy_invalid: {
    kind: 'invalid',
    meaning: 'A file of witnesses does not have the form that C2SP tlog-policy gives it.',
    hint: 'Mend the line that is named; docs/guide/witness.md has one to begin with.',
  },
});
