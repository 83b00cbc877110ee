// Codes of the instance's trust: its keys, and what clients ask of its authority, logs and identities.
import { defineErrors } from '../../kit/error.ts';

export const trustErrors = defineErrors('trust', {
  key_missing: {
    kind: 'unavailable',
    meaning: 'The instance has no key for a purpose that is valid now, so that it can sign nothing.',
    hint: 'Run `plimsoll trust init` on the server’s data, or correct the clock of the machine.',
  },
  proof_wrong: {
    kind: 'invalid',
    meaning: 'Whoever asks for a certificate has not shown that they hold its key.',
    hint: 'Sign the subject of the identity token (or its e-mail address) with the key, as Fulcio’s clients do.',
  },
  entry_unproven: {
    kind: 'invalid',
    meaning: 'What is to be logged is no signature by the key that it names.',
    hint: 'Log a signature over SHA-256 by P-256 or RSA, with the digest and the certificate or key that belong to it.',
  },
  entry_unsupported: {
    kind: 'unsupported',
    meaning: 'The log keeps one signature by one key in each entry, and this request has none or more.',
    hint: 'Log each signature of the envelope by itself.',
  },
  asked_too_often: {
    kind: 'limited',
    meaning: 'A network asks more of the authority than it may, within a minute.',
    hint: 'Wait as long as Retry-After says; most is taken of who signs with a certificate of this instance.',
  },
  log_damaged: {
    kind: 'bug',
    meaning: 'The rows of the instance’s log contradict each other.',
    hint: 'Restore the last backup; entries that clients hold proofs of must not be missing.',
  },
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
