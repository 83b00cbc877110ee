// Codes of an instance's authority: certificates, timestamps and the log of what was signed.
import { defineErrors } from '../../kit/error.ts';

export const authorityErrors = defineErrors('authority', {
  key_mismatch: {
    kind: 'conflict',
    meaning: 'A key that was handed to the authority is not the one that its certificate or its log has.',
    hint: 'Give the key that belongs to the certificate; the message names both.',
  },
  key_unsuitable: {
    kind: 'unsupported',
    meaning: 'A key is of a kind that the task it was handed over for does not have.',
    hint: 'Sign statements and certificate timestamps with P-256 or RSA, times with ECDSA or RSA, checkpoints with Ed25519.',
  },
  certificate_expired: {
    kind: 'unavailable',
    meaning: 'The authority’s own certificate does not cover the time at which it is to issue or to stamp.',
    hint: 'Renew the certificate, or correct the clock of the machine.',
  },
  identity_invalid: {
    kind: 'invalid',
    meaning:
      'An identity cannot stand in a certificate: it is no URI, no e-mail address, or names no issuer.',
    hint: 'Give a URI such as https://images.example.org, or an e-mail address, and the issuer’s URL.',
  },
  log_conflict: {
    kind: 'conflict',
    meaning: 'The store of a log does not hold what the log last wrote: something else writes to it.',
    hint: 'Let one process write a log; restore the store where it lost entries.',
  },
  origin_unsuitable: {
    kind: 'invalid',
    meaning: 'The name of a log is not a bare host name, which is the only one that clients can verify.',
    hint: 'Name the log by a host without port and path, as log.example.org, and keep that name for ever.',
  },
  entry_too_large: {
    kind: 'limited',
    meaning: 'An entry is larger than a log of tiles can hold.',
    hint: 'An entry has at most 65535 bytes; sign with a smaller certificate.',
  },
  certificate_unsuitable: {
    kind: 'invalid',
    meaning: 'A certificate that was brought for a key of the instance is not one that it can use.',
    hint: 'Certify the file of `plimsoll trust rotate` with `plimsoll trust certify` and the instance’s own root key.',
  },
});
