// What names a folder as it was looked at: a digest over its wanted files and links, so that the same files have
// the same name on every machine, whatever else lies beside them, whoever owns them and when they were written.
import { type Digest, digestOf } from '../../../formats/oci/digest.ts';
import type { SquashedView } from '../files.ts';

/** Over path, mode, size and kept bytes of each file in path order, then the links that lead to them. */
export function digestOfContent({ files, links }: Pick<SquashedView, 'files' | 'links'>): Digest {
  const lines = [
    ...files.map(({ path, mode, sizeBytes, bytes }) => [
      path,
      mode,
      sizeBytes,
      bytes === undefined ? null : digestOf(bytes),
    ]),
    ...[...links].sort(([a], [b]) => (a < b ? -1 : 1)),
  ];
  return digestOf(lines.map((line) => JSON.stringify(line)).join('\n'));
}
