// Codes of the instance's trust: its keys, and what clients ask of its authority, logs and identities.
import { defineErrors } from '../../kit/error.ts';

export const trustErrors = defineErrors('trust', {
  key_missing: {
    kind: 'unavailable',
    meaning: 'The instance has no key for a purpose that is valid now, so that it can sign nothing.',
    hint: 'Run `plimsoll trust init` on the server’s data, or correct the clock of the machine.',
  },
  log_damaged: {
    kind: 'bug',
    meaning: 'The rows of the instance’s log contradict each other.',
    hint: 'Restore the last backup; entries that clients hold proofs of must not be missing.',
  },
});
