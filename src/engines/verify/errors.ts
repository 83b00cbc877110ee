// Codes of what is asked of a verification; what comes of it is checks, and no error.
import { defineErrors } from '../../kit/error.ts';

export const verifyErrors = defineErrors('verify', {
  pattern_invalid: {
    kind: 'invalid',
    meaning: 'A pattern of an identity is not a regular expression that is taken.',
    hint: 'Write it in RE2’s syntax (no look-around, no back-references); it is matched with the whole text.',
  },
  policy_invalid: {
    kind: 'invalid',
    meaning: 'A trust policy is not YAML, or says what trust policies do not take.',
    hint: 'Mend each line that the message names.',
  },
  key_invalid: {
    kind: 'invalid',
    meaning: 'A key to verify with is not one that is taken.',
    hint: 'Take ECDSA on P-256, P-384 or P-521, Ed25519, or RSA of 2048 bits or more.',
  },
});
