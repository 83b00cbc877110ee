// Codes of policy files.
import { defineErrors } from '../../kit/error.ts';

export const policyErrors = defineErrors('policy', {
  file_invalid: {
    kind: 'invalid',
    meaning: 'A policy file is not YAML, or says what no rule takes.',
    hint: 'Mend each line that the message names; `plimsoll policy list` has every rule with its parameters.',
  },
  file_missing: {
    kind: 'invalid',
    meaning: 'The policy file that was named is not there.',
    hint: 'Check the path given with --policy, PLIMSOLL_POLICY or the setting policy.',
  },
});
