// Codes of the instance's trust: its keys, and what clients ask of its authority, logs and identities.
import { defineErrors } from '../../kit/error.ts';

export const trustErrors = defineErrors('trust', {
  key_missing: {
    kind: 'unavailable',
    meaning: 'The instance has no key for a purpose that is valid now, so that it can sign nothing.',
    hint: 'Run `plimsoll trust init` on the server’s data, or correct the clock of the machine.',
  },
  key_reused: {
    kind: 'conflict',
    meaning: 'A key is to be renewed by one that the instance has, or had, already.',
    hint: 'Name another key, or another version of it, for the purpose in `trust.keys`, start the server anew, and ask again.',
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
  identity_missing: {
    kind: 'missing',
    meaning: 'The signer that is decided on is none that was seen in the repository.',
    hint: 'List those that were with `plimsoll identity show REPOSITORY`; of unexpected ones the oldest are forgotten.',
  },
  identity_decided: {
    kind: 'conflict',
    meaning: 'What is decided of a signer does not fit what it is by now.',
    hint: 'Look again with `plimsoll identity show REPOSITORY`: what is proposed is confirmed, what is unexpected or dropped is approved.',
  },
  identity_reason_missing: {
    kind: 'invalid',
    meaning: 'A signer is approved or dropped without a reason.',
    hint: 'Say why in a sentence: whoever asks later finds it in the audit log.',
  },
  rotation_pending: {
    kind: 'conflict',
    meaning: 'A key is to be renewed whose next one is published already and does not sign yet.',
    hint: 'Wait until the new key signs; the message says when. A longer overlap is the setting `keys.overlap`.',
  },
  root_unendorsed: {
    kind: 'denied',
    meaning: 'A root is to take the place of the instance’s own, whose key has not endorsed it.',
    hint: 'Run `plimsoll trust certify --new-root` where the former root’s key is. Is that lost: `plimsoll trust rotate --certified FILE --without-endorsement`, with the SHA-256 that was shown where the new root was made.',
  },
  renewal_unknown: {
    kind: 'conflict',
    meaning: 'A file brings no certificate for a key that waits for one here.',
    hint: 'Certify the newest file of `plimsoll trust rotate` and bring that one; each is taken once.',
  },
});
