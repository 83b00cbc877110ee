// Codes of accounts, access and tokens.
import { defineErrors } from '../../kit/error.ts';

export const hubErrors = defineErrors('hub', {
  credentials_wrong: {
    kind: 'unauthenticated',
    meaning: 'The account name or the password is wrong; which of the two is not said.',
    hint: 'Log in again; the first administrator is `admin`, its password was printed at the first start.',
  },
  token_invalid: {
    kind: 'unauthenticated',
    meaning: 'A bearer token is not one of this server’s, or it has expired.',
    hint: 'Get a new token; clients do this by themselves after `login`.',
  },
  login_required: {
    kind: 'unauthenticated',
    meaning: 'The action needs an account, or a token with a wider scope.',
    hint: 'Log in with `docker login`, `podman login`, `skopeo login` or `plimsoll login`.',
  },
  access_denied: {
    kind: 'denied',
    meaning: 'The account may not do this in this repository.',
    hint: 'Ask an administrator for access, or use another account.',
  },
  account_name_invalid: {
    kind: 'invalid',
    meaning: 'An account name breaks the grammar of names.',
    hint: 'Use 1 to 64 lower-case letters, digits and single - _ . between them.',
  },
  account_exists: {
    kind: 'conflict',
    meaning: 'There is an account of this name already.',
    hint: 'Choose another name.',
  },
  password_invalid: {
    kind: 'invalid',
    meaning: 'A new password is too short or too long.',
    hint: 'Use 8 to 512 characters.',
  },
  logins_busy: {
    kind: 'limited',
    meaning: 'More passwords are waiting to be checked than the server takes on at once.',
    hint: 'Try again in a second; use tokens rather than a password on every request.',
  },
  repository_missing: {
    kind: 'missing',
    meaning: 'There is no such repository, or it is not public and the sender has no right to it.',
    hint: 'Check the name; a push makes the repository.',
  },
  image_missing: {
    kind: 'missing',
    meaning: 'The repository has no such tag or digest.',
    hint: 'Look at the repository’s tags; a tag may have been deleted.',
  },
  report_pending: {
    kind: 'missing',
    meaning: 'The image has no report yet, or it is nothing that is reported on.',
    hint: 'Ask for the image itself: its scan says how far it is, or why there will be no report.',
  },
  scope_invalid: {
    kind: 'invalid',
    meaning: 'A token scope is not spelled `type:name:action[,action]`.',
    hint: 'Write for example repository:team/app:pull,push.',
  },
  environment_invalid: {
    kind: 'invalid',
    meaning: 'The name of an environment breaks the grammar of names.',
    hint: 'Use up to 64 letters, digits, dots, dashes and underscores, as `production`.',
  },
  environment_damaged: {
    kind: 'invalid',
    meaning: 'The tag of an environment leads to something that is not its record.',
    hint: 'Record the environment again: `plimsoll environment NAME IMAGE`.',
  },
});
