// Codes of certificates, timestamps and keys as files.
import { defineErrors } from '../../kit/error.ts';

export const x509Errors = defineErrors('x509', {
  certificate_invalid: {
    kind: 'invalid',
    meaning: 'Bytes are not an X.509 certificate that can be read.',
    hint: 'Check that it is one certificate in DER, or PEM where a file is asked for.',
  },
  timestamp_invalid: {
    kind: 'invalid',
    meaning: 'Bytes are not an RFC 3161 timestamp that can be read.',
    hint: 'Ask the timestamp authority again; a refused request carries no timestamp.',
  },
  pem_invalid: {
    kind: 'invalid',
    meaning: 'A text does not hold the key or the certificates in PEM that were asked for.',
    hint: 'Give the file as openssl or cosign writes it, from its BEGIN line to its END line.',
  },
});
