// What is judged like an image and is none: a folder of files, and somebody's SBOM. Both end as an index of the same
// shape as an image's, so that the rest of the line (matching, fixes, verdict) is the same.
import { catalog, createWish } from '../../engines/sbom/catalog.ts';
import { readSbom } from '../../engines/sbom/read-sbom.ts';
import { digestOf } from '../../formats/oci/digest.ts';
import type { FileWish, SquashedView } from '../../io/images/files.ts';
import type { Indexed } from './packed.ts';

export interface FolderRequest {
  /** As the user wrote it: `fs://./rootfs`. */
  readonly reference: string;
  /** Reads the folder: one layer, named by its content. */
  readonly read: (wish: FileWish) => Promise<SquashedView>;
}

/** A folder's files, named by their content. Throws what `read` throws. */
export async function indexFolder({ reference, read }: FolderRequest): Promise<Indexed> {
  const view = await read(createWish());
  const digest = view.layers[0]?.digest ?? digestOf('');
  return {
    subject: { kind: 'folder', reference, digest, sizeBytes: view.totalBytes },
    inventory: catalog(view, { digest }),
  };
}

/**
 * What a document says; `reference` stands where it does not name what it is about. `sbom.invalid`,
 * `sbom.unsupported`.
 */
export function indexSbom(bytes: Uint8Array, reference: string): Indexed {
  const { inventory, name = reference } = readSbom(bytes);
  const { platform } = inventory;
  return {
    subject: {
      kind: 'sbom',
      reference: name,
      digest: digestOf(bytes),
      ...(platform !== undefined && { platform }),
    },
    inventory,
  };
}
