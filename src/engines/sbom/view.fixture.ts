// Squashed views built by hand, for tests: every file in one layer, executable where it is a program.
import { digestOf } from '../../formats/oci/digest.ts';
import type { LayerSummary, SquashedView } from '../../io/images/files.ts';

/** A view that holds these files; `links` as the squashing pass reports them. */
export function viewOf(
  files: Readonly<Record<string, string | Uint8Array>>,
  links: Readonly<Record<string, string>> = {},
): SquashedView {
  const layer: LayerSummary = {
    position: 0,
    digest: digestOf('layer'),
    diffId: digestOf('layer, unpacked'),
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    sizeBytes: 1000,
    unpackedBytes: 3000,
    entries: Object.keys(files).length,
    deletions: 0,
  };
  const found = Object.keys(files)
    .sort()
    .map((path) => {
      const content = files[path] as string | Uint8Array;
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      return {
        path,
        sizeBytes: bytes.length,
        mode: /^(?:usr\/)?bin\//.test(path) ? 0o755 : 0o644,
        layer,
        bytes,
      };
    });
  return {
    layers: [layer],
    files: found,
    links: new Map(Object.entries(links)),
    unknowns: [],
    fileCount: found.length,
    totalBytes: found.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}
