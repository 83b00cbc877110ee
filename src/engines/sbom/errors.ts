// Codes of reading SBOM documents.
import { defineErrors } from '../../kit/error.ts';

export const sbomErrors = defineErrors('sbom', {
  invalid: {
    kind: 'invalid',
    meaning: 'The document is no SBOM, or is cut or malformed.',
    hint: 'Write it again, as JSON: SPDX 2.2 or 2.3, CycloneDX 1.4 to 1.6, or syft’s own.',
  },
  unsupported: {
    kind: 'unsupported',
    meaning: 'The document is an SBOM of a kind, a version or a size that is not read.',
    hint: 'Let its maker write SPDX 2.3 or CycloneDX 1.6 as JSON; limits and their reasons are in the reference.',
  },
});
