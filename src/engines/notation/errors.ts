// Codes of trust policies and stores for Notary Project signatures, and of signing.
import { defineErrors } from '../../kit/error.ts';

export const notationTrustErrors = defineErrors('notation', {
  policy_invalid: {
    kind: 'invalid',
    meaning: 'A trust policy (trustpolicy.json) is not one of the Notary Project, version 1.0.',
    hint: 'Mend the place that the message names; the specification’s trust-store-trust-policy.md has examples.',
  },
  policy_missing: {
    kind: 'missing',
    meaning: 'No statement of a trust policy is for this repository.',
    hint: 'Add the repository to the registryScopes of a statement, or a statement with the scope *.',
  },
  store_invalid: {
    kind: 'invalid',
    meaning: 'A trust store holds a certificate that must not stand in one, or none.',
    hint: 'Put root certificates into ca: and tsa: stores; a self-signed signing certificate may stand in ca:.',
  },
  key_mismatch: {
    kind: 'invalid',
    meaning: 'A key to sign with is not that of the certificate.',
    hint: 'Give the key that the first certificate was issued for.',
  },
});
