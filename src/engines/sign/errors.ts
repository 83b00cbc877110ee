// Codes of signing images and statements about them.
import { defineErrors } from '../../kit/error.ts';

export const signErrors = defineErrors('sign', {
  unsound: {
    kind: 'untrusted',
    meaning: 'What was signed does not hold when it is verified at once; nothing of it was written.',
    hint: 'Check that the trusted root belongs to the services that signed, and the clock of this machine.',
  },
  too_many: {
    kind: 'limited',
    meaning: 'An index names more manifests than one act signs.',
    hint: 'Sign the platforms that matter one by one, with --platform.',
  },
  foreign_tag: {
    kind: 'conflict',
    meaning: 'The tag under which old signatures stand names something else.',
    hint: 'Look at what the tag names; move it away, or sign without --legacy.',
  },
});
