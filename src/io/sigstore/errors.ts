// Codes of the services that signing asks: certificate authorities, logs, timestamp authorities.
import { defineErrors } from '../../kit/error.ts';

export const signingErrors = defineErrors('signing', {
  token_invalid: {
    kind: 'invalid',
    meaning: 'An identity token is not one: it is no JWT, or names neither a subject nor an e-mail address.',
    hint: 'Give the token itself, or the file that holds it; it has three parts with dots between them.',
  },
  identity_refused: {
    kind: 'denied',
    meaning: 'The certificate authority gives no certificate for this identity token.',
    hint: 'Get a fresh token with the audience `sigstore`, from an issuer that the authority knows.',
  },
  service_failed: {
    kind: 'unavailable',
    meaning: 'A certificate authority, log or timestamp authority answered with a failure.',
    hint: 'Try again later; check the addresses in the signing configuration.',
  },
  answer_invalid: {
    kind: 'unavailable',
    meaning: 'What a certificate authority, a log or a timestamp authority answered cannot be read.',
    hint: 'Check that each address in the signing configuration is the service that it is named as.',
  },
});
