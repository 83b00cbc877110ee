// Codes of the repository of trust: its root, who must sign it, and what is published under it.
import { defineErrors } from '../../kit/error.ts';

export const trustRootErrors = defineErrors('trustroot', {
  proposal_impossible: {
    kind: 'invalid',
    meaning: 'A next root would be one that nobody could sign, or that an attacker could.',
    hint: 'Ask for a threshold between 1 and the number of root keys, and keep root keys apart from online ones.',
  },
  key_not_asked: {
    kind: 'invalid',
    meaning: 'A key was to sign a root that it has no say in.',
    hint: 'Sign with a key that `plimsoll trust root show FILE` lists as missing.',
  },
  version_wrong: {
    kind: 'conflict',
    meaning:
      'A root is not the one that follows the root that holds now: it is an older one, or made of an older one.',
    hint: 'Make a proposal of the root that holds now: `plimsoll trust root propose`.',
  },
  signatures_missing: {
    kind: 'untrusted',
    meaning: 'A root has not the signatures that the root before it, or it itself, asks for.',
    hint: 'Let the holders that the message names sign it: `plimsoll trust root sign`.',
  },
  root_expired: {
    kind: 'invalid',
    meaning: 'A root has expired before it was to be used.',
    hint: 'Propose one that expires later, with --expires.',
  },
  online_key_missing: {
    kind: 'unavailable',
    meaning: 'No key that the root names for a role is at hand, so that nothing can be published.',
    hint: 'Bring back the key, or name another in a new root: `plimsoll trust root propose --online-key`.',
  },
  repository_missing: {
    kind: 'missing',
    meaning: 'There is no repository of trust here yet.',
    hint: 'Make one with `plimsoll trust init`, or start the server once.',
  },
  file_damaged: {
    kind: 'untrusted',
    meaning: 'A file of the repository of trust cannot be read, or the root does not believe its signatures.',
    hint: 'Restore the file from a backup; what clients have seen already is never published anew with an older version.',
  },
  target_unsuitable: {
    kind: 'invalid',
    meaning: 'A file cannot be published in the repository of trust by its name or size.',
    hint: 'Names have letters, digits, dots, hyphens and underscores alone.',
  },
});
