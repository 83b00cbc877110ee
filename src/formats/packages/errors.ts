// Codes of package formats.
import { defineErrors } from '../../kit/error.ts';

export const packageErrors = defineErrors('packages', {
  purl_invalid: {
    kind: 'invalid',
    meaning: 'A package URL cannot be read, or cannot be built from the parts given.',
    hint: 'Write pkg:TYPE/NAMESPACE/NAME@VERSION, for example pkg:deb/debian/libc6@2.36-9?arch=amd64.',
  },
});
