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
    meaning: 'There is an account or organisation of this name already.',
    hint: 'Choose another name.',
  },
  account_missing: {
    kind: 'missing',
    meaning: 'There is no account of this name.',
    hint: 'Look at the list of accounts.',
  },
  account_own: {
    kind: 'conflict',
    meaning: 'Administrators cannot take their own login away, lest there be none left.',
    hint: 'Ask another administrator.',
  },
  organisation_missing: {
    kind: 'missing',
    meaning: 'There is no such organisation, team, member or robot, or it is not for the sender.',
    hint: 'Check the name; administrators make organisations, their owners teams and robots.',
  },
  organisation_conflict: {
    kind: 'conflict',
    meaning:
      'A team or robot of this name is there already, or an organisation would be left without an owner.',
    hint: 'Choose another name, or make somebody else an owner first.',
  },
  role_invalid: {
    kind: 'invalid',
    meaning: 'A role cannot be given so.',
    hint: 'Roles are reader, writer, maintainer and owner, given to an account, a team or a robot of the namespace.',
  },
  permission_invalid: {
    kind: 'invalid',
    meaning: 'The permissions or the expiry of an access token cannot be used.',
    hint: 'Write for example team/*:pull,push, and an expiry in the future.',
  },
  access_token_missing: {
    kind: 'missing',
    meaning: 'There is no access token of this id, or it is somebody else’s.',
    hint: 'Look at the list of your tokens.',
  },
  access_tokens_too_many: {
    kind: 'limited',
    meaning: 'An account or robot has as many access tokens as it may.',
    hint: 'Revoke one that is not used; the list says when each was last used.',
  },
  certificate_invalid: {
    kind: 'invalid',
    meaning: 'A client certificate cannot be registered so: its fingerprint, its name, or who asks for it.',
    hint: 'Register a file, or as an administrator a name that the authority puts into it; the guide to TLS has each.',
  },
  certificate_taken: {
    kind: 'conflict',
    meaning: 'A client certificate or a name in it is registered already, for this login or for another.',
    hint: 'Remove the other registration first; an administrator can remove any.',
  },
  certificate_missing: {
    kind: 'missing',
    meaning: 'There is no registered certificate of this id, or it is somebody else’s.',
    hint: 'Look at the list: `plimsoll certificate list`.',
  },
  certificates_too_many: {
    kind: 'limited',
    meaning: 'An account or robot has as many registered certificates as it may.',
    hint: 'Remove one that is not used, or have an administrator register a name in place of many certificates.',
  },
  certificate_not_valid: {
    kind: 'unauthenticated',
    meaning: 'A client certificate was presented before it begins or after it has ended.',
    hint: 'Renew it, or check the clocks of both machines.',
  },
  publisher_invalid: {
    kind: 'invalid',
    meaning: 'A trusted publisher cannot be made so: its issuer, audience, subject or claims.',
    hint: 'The guide to rights has one for each usual CI service.',
  },
  publisher_missing: {
    kind: 'missing',
    meaning: 'There is no trusted publisher of this id here.',
    hint: 'Look at the list of publishers.',
  },
  publishers_too_many: {
    kind: 'limited',
    meaning: 'A repository or namespace has as many trusted publishers as it may.',
    hint: 'Remove one that is not used; one pattern can stand for many workflows.',
  },
  id_token_invalid: {
    kind: 'unauthenticated',
    meaning: 'An identity token is none, has ended, or is not signed by the issuer that it names.',
    hint: 'Get a new one from the CI service, in the same job.',
  },
  id_token_refused: {
    kind: 'unauthenticated',
    meaning:
      'An identity token is valid, but it is not for this: no trusted publisher fits it, or nobody here takes its issuer or its audience.',
    hint: 'Compare its audience, subject and claims with `plimsoll publisher list`; for a certificate its audience is `sigstore` or this server’s address, and its issuer one of `issuers`.',
  },
  id_token_used: {
    kind: 'unauthenticated',
    meaning: 'An identity token was exchanged before, or was used from another address.',
    hint: 'Get a new one from the CI service for each exchange.',
  },
  issuer_unavailable: {
    kind: 'unavailable',
    meaning: 'An issuer of identity tokens cannot be asked for its keys.',
    hint: 'Try again; if it repeats, check that this server reaches the issuer.',
  },
  sign_in_off: {
    kind: 'missing',
    meaning: 'Nobody can sign in with a browser here: no OpenID Connect provider is configured.',
    hint: 'Set oidc.issuer and oidc.client_id.',
  },
  sign_in_failed: {
    kind: 'unauthenticated',
    meaning: 'A sign-in at an OpenID Connect provider did not end well.',
    hint: 'Begin again at /api/v1/sign-in, in one browser and within ten minutes.',
  },
  sign_in_unknown: {
    kind: 'denied',
    meaning: 'Somebody signed in who has no account here.',
    hint: 'Ask an administrator to link your account: `plimsoll account link`.',
  },
  logins_slowed: {
    kind: 'limited',
    meaning: 'Too many wrong passwords came for this account or from this address.',
    hint: 'Wait as long as Retry-After says, or log in with an access token.',
  },
  pulls_limited: {
    kind: 'limited',
    meaning: 'An address or an account has pulled as many images as `limits.pulls` allows within its window.',
    hint: 'Wait as long as Retry-After says, log in, or ask the operator to exempt the namespace.',
  },
  requests_limited: {
    kind: 'limited',
    meaning: 'An address sent more requests than `limits.requests` allows within its window.',
    hint: 'Wait as long as Retry-After says, and send fewer requests at once.',
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
  reference_invalid: {
    kind: 'invalid',
    meaning: 'A reference to an image of this server is not spelled `repository:tag` or `repository@digest`.',
    hint: 'Write for example team/app:1.0 or team/app@sha256:….',
  },
  platforms_differ: {
    kind: 'conflict',
    meaning: 'Two images have no platform in common, so that there is nothing to compare.',
    hint: 'Compare images of the same platform, each by its own digest.',
  },
  change_missing: {
    kind: 'missing',
    meaning: 'No tag of the repository moved to this image from another, as far as is remembered.',
    hint: 'Compare it with any other image: `GET /api/v1/compare?before=…&after=…`.',
  },
  webhook_missing: {
    kind: 'missing',
    meaning: 'There is no webhook or delivery of this id.',
    hint: 'Look at the list of webhooks, and of their deliveries.',
  },
  webhook_invalid: {
    kind: 'invalid',
    meaning: 'A webhook’s address, secret or pattern of repositories cannot be used.',
    hint: 'Use an https address without a login in it, 16 to 200 characters of secret, and a pattern as team/*.',
  },
  webhooks_too_many: {
    kind: 'limited',
    meaning: 'There are as many webhooks as an instance has.',
    hint: 'Remove one that is not used; one webhook can be told of many repositories.',
  },
  webhook_unanswered: {
    kind: 'unavailable',
    meaning: 'The receiver of a webhook answered with another status than 2xx.',
    hint: 'Look into the receiver’s log; the delivery is tried again for about a day.',
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
