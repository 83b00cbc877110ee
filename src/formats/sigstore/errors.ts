// Codes of bundles, trusted roots, signatures beside an image, and statements.
import { defineErrors } from '../../kit/error.ts';

export const sigstoreErrors = defineErrors('sigstore', {
  bundle_invalid: {
    kind: 'invalid',
    meaning: 'Bytes are not a Sigstore bundle that can be read.',
    hint: 'Check that it is the bundle as the signer wrote it; a bundle that was changed by hand proves nothing.',
  },
  bundle_unsupported: {
    kind: 'unsupported',
    meaning: 'A Sigstore bundle is of a version that is not known here.',
    hint: 'Versions 0.1 to 0.3 are read; ask whoever signed for one of those, or use a newer plimsoll.',
  },
  root_invalid: {
    kind: 'invalid',
    meaning: 'Bytes are not a trusted root that can be read.',
    hint: 'Fetch `trusted_root.json` again from the instance that is to be trusted.',
  },
  signature_invalid: {
    kind: 'invalid',
    meaning: 'A signature under an image’s `.sig` or `.att` tag cannot be read.',
    hint: 'Sign the image again; the message names the layer.',
  },
  statement_invalid: {
    kind: 'invalid',
    meaning: 'What was signed is not an in-toto statement that can be read.',
    hint: 'A statement has `_type`, `subject` and `predicateType`; sign one that does.',
  },
  key_invalid: {
    kind: 'invalid',
    meaning: 'The file of a private key is not one of cosign’s that can be read.',
    hint: 'Give the file as `cosign generate-key-pair` or `plimsoll key generate --format cosign` wrote it.',
  },
  config_invalid: {
    kind: 'invalid',
    meaning: 'Bytes are not a signing configuration that can be read.',
    hint: 'Fetch `signing_config.json` again from the instance that is to sign.',
  },
  predicate_invalid: {
    kind: 'invalid',
    meaning: 'A predicate is not what its type says that it is.',
    hint: 'Give the document that belongs to `--type`, as JSON; the message names what is missing.',
  },
  certificate_unreadable: {
    kind: 'invalid',
    meaning: 'What a certificate says about its identity cannot be read.',
    hint: 'Its issuer wrote an extension that is not a text; nothing that it says should be believed.',
  },
});
