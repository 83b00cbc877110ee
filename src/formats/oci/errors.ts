// Codes of the OCI nouns.
import { defineErrors } from '../../kit/error.ts';

export const ociErrors = defineErrors('oci', {
  digest_invalid: {
    kind: 'invalid',
    meaning: 'A digest is not spelled `algorithm:hex`, or its algorithm is not sha256 or sha512.',
    hint: 'Write the digest as sha256: and 64 lower-case hex digits, as `docker images --digests` prints it.',
  },
  reference_invalid: {
    kind: 'invalid',
    meaning: 'An image reference cannot be read.',
    hint: 'Write HOST/REPOSITORY:TAG, local://NAME, oci:FOLDER:TAG or archive://FILE; the reference lists all kinds of places.',
  },
  target_unsupported: {
    kind: 'unsupported',
    meaning: 'Images are read from this kind of place, but not written to it.',
    hint: 'Write to a registry, to oci:FOLDER:TAG, oci-archive:FILE or docker-archive:FILE.',
  },
  repository_name_invalid: {
    kind: 'invalid',
    meaning: 'A repository name breaks the grammar of the distribution specification.',
    hint: 'Use lower-case letters, digits and single separators (. _ __ -) between them, parts divided by /.',
  },
  tag_invalid: {
    kind: 'invalid',
    meaning: 'A tag breaks the grammar of the distribution specification.',
    hint: 'Use letters, digits, _ . - and at most 128 characters, not starting with . or -.',
  },
  manifest_invalid: {
    kind: 'invalid',
    meaning: 'A manifest, index or image configuration is not valid JSON of its media type.',
    hint: 'Push again with a current client; if you wrote the manifest yourself, compare it with the image-spec.',
  },
  manifest_unsupported: {
    kind: 'unsupported',
    meaning: 'The manifest has a media type that is not an OCI or Docker schema 2 image or index.',
    hint: 'Docker schema 1 has been retired; build or convert the image with a client of this decade.',
  },
  platform_invalid: {
    kind: 'invalid',
    meaning: 'A platform is not spelled os/architecture or os/architecture/variant.',
    hint: 'Write for example linux/amd64 or linux/arm/v7.',
  },
  platform_missing: {
    kind: 'missing',
    meaning: 'The index holds no image for the platform that was asked for.',
    hint: 'Choose one of the platforms that the message lists with --platform.',
  },
});
