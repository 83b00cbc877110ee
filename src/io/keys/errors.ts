// Codes of private keys and the places where they are kept.
import { defineErrors } from '../../kit/error.ts';

export const keysErrors = defineErrors('keys', {
  algorithm_unsuitable: {
    kind: 'unsupported',
    meaning:
      'A key was asked for a signature of an algorithm that it, or the place where it is, does not have.',
    hint: 'Name the algorithm that the key was made for; a Notary signature by RSA wants a place that signs with RSA-PSS.',
  },
  file_unreadable: {
    kind: 'unavailable',
    meaning: 'The file of a private key cannot be read, or is no encrypted PKCS #8 key.',
    hint: 'Check the path, its rights, and that the file begins with `BEGIN ENCRYPTED PRIVATE KEY`.',
  },
  passphrase_wrong: {
    kind: 'denied',
    meaning: 'The passphrase does not open the private key.',
    hint: 'Give the passphrase that the key was made with; without it the key cannot be had.',
  },
  file_unwritable: {
    kind: 'unavailable',
    meaning: 'The file of a private key cannot be written, or there is one already.',
    hint: 'Check the folder’s rights and its free space; a key that is there is never written over.',
  },
  reference_unknown: {
    kind: 'unsupported',
    meaning: 'A reference to a private key names a place of a kind that this server does not have.',
    hint: 'Name a key as the configuration reference does; the message has the reference.',
  },
  unavailable: {
    kind: 'unavailable',
    meaning: 'A key that is kept elsewhere did not sign.',
    hint: 'Check that the service or the plug-in runs and that its credentials hold; then try again.',
  },
  reference_invalid: {
    kind: 'invalid',
    meaning: 'What names a key is not spelled as any place of keys is.',
    hint: 'Write a path, `pkcs11:…`, `awskms:///…`, `hashivault://…`, or `NAME://…` of a sigstore KMS plug-in; `docs/guide/keys.md` shows each.',
  },
  key_missing: {
    kind: 'missing',
    meaning: 'The place of keys is there, and holds no such key, or no such token.',
    hint: 'Compare the name with what the place lists; the message says what was looked for.',
  },
  key_ambiguous: {
    kind: 'conflict',
    meaning: 'What names a key fits more than one, and none is taken by guessing.',
    hint: 'Name more of it: the token’s serial number, the key’s id.',
  },
  key_present: {
    kind: 'conflict',
    meaning: 'A key was to be made where there is one of that name already.',
    hint: 'Choose another name; a key that is there is never written over.',
  },
  access_denied: {
    kind: 'denied',
    meaning: 'The place of a key refuses the PIN, the token or the rights with which it was asked.',
    hint: 'Correct them before the next try: a token locks itself after a few wrong PINs, and so a wrong one is not tried twice.',
  },
  file_plain: {
    kind: 'denied',
    meaning: 'The file of a private key is not encrypted, which nobody allowed.',
    hint: 'Encrypt it (`openssl pkcs8 -topk8 -scrypt`), or allow a plain one where the file is guarded otherwise.',
  },
  generation_unsupported: {
    kind: 'unsupported',
    meaning: 'The place cannot make a key, or none of this algorithm, when it is asked from here.',
    hint: 'Make the key with the place’s own tool; `docs/guide/keys.md` has the lines.',
  },
  message_too_large: {
    kind: 'limited',
    meaning: 'A message is larger than what is sent whole to the place of a key.',
    hint: 'Sign with an ECDSA or RSA key, which are sent the hash alone.',
  },
});
