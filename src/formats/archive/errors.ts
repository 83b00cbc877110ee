// Codes of archives and compressed streams.
import { defineErrors } from '../../kit/error.ts';

export const archiveErrors = defineErrors('archive', {
  malformed: {
    kind: 'untrusted',
    meaning: 'An archive or a compressed stream breaks its format.',
    hint: 'Fetch or make the archive again; if it repeats, its maker wrote something that no reader accepts.',
  },
  truncated: {
    kind: 'untrusted',
    meaning: 'An archive or a compressed stream ends in the middle.',
    hint: 'Fetch or make the archive again: the copy is not complete.',
  },
  too_large: {
    kind: 'untrusted',
    meaning: 'A compressed stream or a header grows beyond what an honest archive reaches.',
    hint: 'Do not unpack this archive elsewhere without a limit; ask its publisher.',
  },
  unsupported: {
    kind: 'unsupported',
    meaning: 'A stream is compressed in a way that is not read (bzip2, xz).',
    hint: 'Compress with gzip or zstd, as image-spec layer.md asks.',
  },
});
