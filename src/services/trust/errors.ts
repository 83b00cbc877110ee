// Codes of what the instance signs, judges for gates, and takes back.
import { defineErrors } from '../../kit/error.ts';

export const trustErrors = defineErrors('trust', {
  revoked: {
    kind: 'denied',
    meaning: 'The image was revoked: it is not to be used, and not served.',
    hint: 'The message says why. Use another version; who may maintain the repository can undo it with `plimsoll revoke --undo`.',
  },
  absent: {
    kind: 'unavailable',
    meaning: 'This instance has no authority of its own, and so cannot sign what it is asked to say.',
    hint: 'Ask its operator to make one with `plimsoll trust init`.',
  },
  revocation_standing: {
    kind: 'conflict',
    meaning: 'What is to be revoked is revoked already, or what is to be undone is not.',
    hint: 'Read what stands at /trust/revocations.',
  },
  revocation_invalid: {
    kind: 'invalid',
    meaning: 'A revocation names nothing that could be revoked.',
    hint: 'Name a digest that the repository has, a key by its SHA-256, a certificate by its serial number, or an identity.',
  },
});
