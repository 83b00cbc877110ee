// Codes of private keys and the places where they are kept.
import { defineErrors } from '../../kit/error.ts';

export const keysErrors = defineErrors('keys', {
  algorithm_unsuitable: {
    kind: 'unsupported',
    meaning: 'A key was asked for a signature of an algorithm that is not its own.',
    hint: 'Name the algorithm that the key was made for; its public key says which.',
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
});
