// Codes of speaking to a forge (GitHub, GitLab, Forgejo) about one pull request. No message holds a token.
import { defineErrors } from '../../kit/error.ts';

export const forgeErrors = defineErrors('forges', {
  target_invalid: {
    kind: 'invalid',
    meaning: 'The API address, the project or the number of a pull request cannot be one.',
    hint: 'Write the API’s whole address, the project as OWNER/NAME (on GitLab its full path or number), and a whole number.',
  },
  target_missing: {
    kind: 'missing',
    meaning: 'The forge has no such project or pull request, or does not show it to this token.',
    hint: 'Check the project and the number; a private project needs a token that may read it.',
  },
  unauthenticated: {
    kind: 'unauthenticated',
    meaning: 'There is no token for the forge, or the forge does not know it.',
    hint: 'Set PLIMSOLL_FORGE_TOKEN to a token that has not expired; a pull request from a fork gets no secrets, and the job’s summary has the answer.',
  },
  denied: {
    kind: 'denied',
    meaning: 'The forge knows the token, but it may not write comments there.',
    hint: 'Give the job a token that may write comments; from a fork it cannot have one, and the job’s summary has the answer.',
  },
  rate_limited: {
    kind: 'limited',
    meaning: 'The forge asks to wait longer than a job should (rate limit).',
    hint: 'Run the job again after the time that the message names.',
  },
  body_refused: {
    kind: 'invalid',
    meaning: 'The forge does not take the comment as it is.',
    hint: 'The message has the forge’s own words; a comment that is too long is cut before it is sent.',
  },
  answer_invalid: {
    kind: 'untrusted',
    meaning: 'An answer is not what the forge’s API says it is, or larger than any honest one.',
    hint: 'Check that the address is that of the API, not of the pages, and which forge it is.',
  },
  unavailable: {
    kind: 'unavailable',
    meaning: 'The forge could not be reached, or answered with a failure of its own, after retries.',
    hint: 'Run the job again; if it repeats, look at the forge’s status page.',
  },
});
