// Codes of Notary Project signatures: envelopes, certificates, timestamps, the manifest that carries them.
import { defineErrors } from '../../kit/error.ts';

export const notationErrors = defineErrors('notation', {
  envelope_invalid: {
    kind: 'invalid',
    meaning: 'Bytes are not a signature envelope of the Notary Project, in JWS or in COSE.',
    hint: 'Fetch the signature again; if it repeats, sign the image anew.',
  },
  attribute_invalid: {
    kind: 'invalid',
    meaning: 'A protected attribute of a signature is missing, of the wrong kind, or not marked critical.',
    hint: 'Sign the image anew with a current client.',
  },
  critical_unknown: {
    kind: 'unsupported',
    meaning: 'A signature marks an attribute as critical that this program does not know.',
    hint: 'Verify with the program that made the signature, or sign without the attribute.',
  },
  plugin_required: {
    kind: 'unsupported',
    meaning: 'A signature asks for a verification plugin; plugins are not run.',
    hint: 'Verify with notation and that plugin, or sign without it.',
  },
  algorithm_unsupported: {
    kind: 'unsupported',
    meaning: 'A key or a signature is of an algorithm that the Notary Project does not allow.',
    hint: 'Use an RSA key of 2048, 3072 or 4096 bits, or one of P-256, P-384 or P-521.',
  },
  signature_wrong: {
    kind: 'untrusted',
    meaning: 'A signature does not hold for what it stands beside.',
    hint: 'Something changed the envelope after it was signed; fetch it again or sign anew.',
  },
  payload_invalid: {
    kind: 'invalid',
    meaning: 'What was signed is not the Notary Project’s payload with a target artifact.',
    hint: 'Sign the image anew with a current client.',
  },
  metadata_reserved: {
    kind: 'invalid',
    meaning: 'Metadata to be signed uses a name that the Notary Project keeps for itself.',
    hint: 'Choose a name that does not begin with io.cncf.notary.',
  },
  certificate_invalid: {
    kind: 'invalid',
    meaning: 'Bytes are not an X.509 certificate that can be read.',
    hint: 'Give the certificate in PEM or DER, as the authority issued it.',
  },
  chain_invalid: {
    kind: 'untrusted',
    meaning: 'A chain of certificates does not meet the Notary Project’s requirements.',
    hint: 'Issue a certificate with key usage digital signature alone, and give the chain in order up to its root.',
  },
  name_invalid: {
    kind: 'invalid',
    meaning: 'A distinguished name is not one that identities are compared by.',
    hint: 'Write it as RFC 4514 has it, each attribute once, with C, ST and O at least.',
  },
  timestamp_invalid: {
    kind: 'untrusted',
    meaning: 'A timestamp (RFC 3161) beside a signature cannot be read or does not hold.',
    hint: 'Sign anew with a timestamp, or leave the tsa: store out of the trust policy.',
  },
  manifest_invalid: {
    kind: 'invalid',
    meaning: 'A manifest is not that of a Notary Project signature.',
    hint: 'Push the signature again with a current client.',
  },
});
