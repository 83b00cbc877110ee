// Codes of the blob store.
import { defineErrors } from '../../kit/error.ts';

export const blobErrors = defineErrors('blobs', {
  missing: {
    kind: 'missing',
    meaning: 'The blob store holds no blob of this digest.',
    hint: 'Push the image again; if this repeats, look at the disk for lost files.',
  },
  too_large: {
    kind: 'limited',
    meaning: 'A blob that must be read whole is larger than its limit.',
    hint: 'See the limits page for the number and its reason.',
  },
  upload_missing: {
    kind: 'missing',
    meaning: 'There is no upload of this identifier: it ended, was cancelled, or timed out.',
    hint: 'Start the upload again; clients do this by themselves.',
  },
  upload_offset: {
    kind: 'conflict',
    meaning: 'A chunk does not begin where the last one ended.',
    hint: 'Ask for the upload’s status and go on from there.',
  },
  folder_unusable: {
    kind: 'unavailable',
    meaning: 'The folder of the blob store cannot be written.',
    hint: 'Check the folder’s owner, its mode, and the free space.',
  },
});
