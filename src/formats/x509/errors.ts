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
  certificate_impossible: {
    kind: 'invalid',
    meaning:
      'A certificate of these parts cannot be: its serial number, its times or its names are not ones.',
    hint: 'The message names the part and what would be right.',
  },
  key_invalid: {
    kind: 'invalid',
    meaning: 'A public key is not a SubjectPublicKeyInfo, or not of a kind that is signed with here.',
    hint: 'Sign images and statements with P-256, or RSA of 2048, 3072 or 4096 bits; P-384 and Ed25519 serve authorities and logs alone.',
  },
  request_invalid: {
    kind: 'invalid',
    meaning: 'Bytes are not an RFC 3161 request for a timestamp.',
    hint: 'Send a DER TimeStampReq with the SHA-256, SHA-384 or SHA-512 of what is to be stamped.',
  },
  renewal_invalid: {
    kind: 'invalid',
    meaning: 'A file is not one that asks for certificates of an instance’s keys.',
    hint: 'Give the file as `plimsoll trust rotate` or `trust certify` wrote it.',
  },
  ocsp_invalid: {
    kind: 'invalid',
    meaning:
      'Bytes are not an OCSP answer (RFC 6960) that can be read, or the answer refuses to say anything.',
    hint: 'Try again later; if it repeats, tell the authority whose responder it is.',
  },
  crl_invalid: {
    kind: 'invalid',
    meaning: 'Bytes are not a certificate revocation list (RFC 5280 §5) that can be read.',
    hint: 'Try again later; if it repeats, tell the authority whose list it is.',
  },
});
