// Codes of the registry. entry/http/v2 maps them to the distribution specification's error codes.
import { defineErrors } from '../../kit/error.ts';

export const registryErrors = defineErrors('registry', {
  name_unknown: {
    kind: 'missing',
    meaning: 'There is no repository of this name.',
    hint: 'Check the spelling; a repository exists from its first push on.',
  },
  blob_unknown: {
    kind: 'missing',
    meaning: 'The repository does not hold this blob.',
    hint: 'Push the image again; clients send blobs that are missing.',
  },
  manifest_unknown: {
    kind: 'missing',
    meaning: 'The repository has no such tag or manifest.',
    hint: 'List the tags of the repository, or push the image.',
  },
  trash_unknown: {
    kind: 'missing',
    meaning: 'Nothing of this name was deleted, or its time to be undeleted is over.',
    hint: 'List what can be undeleted; `registry.grace` says how long it is kept.',
  },
  retention_invalid: {
    kind: 'invalid',
    meaning: 'A rule of what to keep says nothing that it could keep, or fits no repository.',
    hint: 'Name repositories as team/** and give keepLast, keepDays or keepMatching.',
  },
  manifest_invalid: {
    kind: 'invalid',
    meaning: 'A pushed manifest is not valid for its media type.',
    hint: 'Push with a current client; the message names the member that is wrong.',
  },
  manifest_unsupported: {
    kind: 'invalid',
    meaning: 'A pushed manifest has a media type that is not an OCI or Docker schema 2 image or index.',
    hint: 'Convert the image; Docker schema 1 has been retired.',
  },
  manifest_blob_unknown: {
    kind: 'invalid',
    meaning: 'A pushed manifest names a blob that the repository does not hold.',
    hint: 'Push config and layers before the manifest; clients do so by themselves.',
  },
  manifest_too_large: {
    kind: 'limited',
    meaning: 'A pushed manifest is larger than the limit.',
    hint: 'Move large contents into blobs; the limits page has the number and its reason.',
  },
  upload_unknown: {
    kind: 'missing',
    meaning: 'The repository has no such upload: it ended, was cancelled, or timed out.',
    hint: 'Start the upload again; clients do so by themselves.',
  },
  upload_busy: {
    kind: 'conflict',
    meaning: 'Another request is writing to this upload.',
    hint: 'Send one chunk of an upload at a time.',
  },
  range_invalid: {
    kind: 'conflict',
    meaning: 'A chunk does not begin where the last one ended.',
    hint: 'Ask for the upload’s status and go on from there.',
  },
  size_invalid: {
    kind: 'invalid',
    meaning: 'A chunk has more or fewer bytes than it was announced with.',
    hint: 'Ask for the upload’s status and go on from there.',
  },
  digest_invalid: {
    kind: 'invalid',
    meaning: 'The bytes that were sent do not have the digest that was named.',
    hint: 'Push again; if it repeats, the local copy or the connection is damaged.',
  },
  blob_too_large: {
    kind: 'limited',
    meaning: 'A blob is larger than the limit.',
    hint: 'Split the layer; the limits page has the number and its reason.',
  },
  damaged: {
    kind: 'unavailable',
    meaning: 'Stored bytes are lost or no longer have their digest: they are not served.',
    hint: 'Push the image again, which repairs it, and check the disk.',
  },
});
