// Codes of an instance's parts: joining, renewing and being one.
import { defineErrors } from '../../kit/error.ts';

export const partErrors = defineErrors('parts', {
  off: {
    kind: 'unavailable',
    meaning: 'The instance has no address for its parts.',
    hint: 'Set parts.listen to HOST:PORT on the instance; where it is set, the log says why it does not listen.',
  },
  name_invalid: {
    kind: 'invalid',
    meaning: 'A text is not the name of a part.',
    hint: 'Write KIND/NAME, as gate/prod; the kinds are gate, mirror, witness and worker.',
  },
  missing: {
    kind: 'missing',
    meaning: 'The instance has no such part, or no such holder of it.',
    hint: 'See what there is with `plimsoll part list`.',
  },
  exists: {
    kind: 'conflict',
    meaning: 'A part of that name is there with another owner or other permissions.',
    hint: 'Invite to it without naming them, or remove it first; its holders then join again.',
  },
  wish_invalid: {
    kind: 'invalid',
    meaning: 'An invitation lasts too long, or may be used too often.',
    hint: 'Ask for a week and a hundred uses at most.',
  },
  too_many: {
    kind: 'limited',
    meaning: 'There are as many parts, invitations or holders as an instance keeps.',
    hint: 'Remove parts or holders that are not used any more; invitations end by themselves.',
  },
  invitation_wrong: {
    kind: 'unauthenticated',
    meaning: 'An invitation is not one of this instance, is used up or has ended.',
    hint: 'Ask an administrator for another: `plimsoll part invite KIND/NAME`.',
  },
  key_invalid: {
    kind: 'invalid',
    meaning: 'The key that a part wants a certificate for is not one that it may have.',
    hint: 'Send the SubjectPublicKeyInfo of a P-256 key, DER in base64, its point uncompressed.',
  },
  proof_wrong: {
    kind: 'unauthenticated',
    meaning: 'A part did not prove that it holds a key.',
    hint: 'Sign the text of the proof with both keys, and name the instance as its public address does.',
  },
  joins_slowed: {
    kind: 'limited',
    meaning: 'Too many wrong invitations or proofs came from one address.',
    hint: 'Wait as long as the answer says.',
  },
  certificate_refused: {
    kind: 'unauthenticated',
    meaning: 'A certificate is not one that this instance gave to a part of it.',
    hint: 'Join again with an invitation of `plimsoll part invite`.',
  },
  certificate_over: {
    kind: 'unauthenticated',
    meaning: 'A part’s certificate has ended, or has not begun yet.',
    hint: 'Let the part renew it at the instance’s public address; look at the clocks of both machines.',
  },
  removed: {
    kind: 'unauthenticated',
    meaning: 'The part, or this holder of it, was removed.',
    hint: 'Join again with an invitation, if it should be a part again.',
  },
  holder_superseded: {
    kind: 'denied',
    meaning: 'The key was renewed already: the part’s file was copied, or restored from a backup.',
    hint: 'Look who else has that file. Then remove the holder with `plimsoll part remove --holder`, and join again.',
  },
  lapsed: {
    kind: 'unauthenticated',
    meaning: 'A part’s certificate ended too long ago to be renewed.',
    hint: 'Join again with an invitation of `plimsoll part invite`.',
  },
});
