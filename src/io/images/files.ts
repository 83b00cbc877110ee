// The squashed view of an image: what a container would see, each file knowing the layer it comes from.
// Types only for now; see squash.ts for the pass that builds it.
import type { Digest } from '../../formats/oci/digest.ts';

/** A layer, oldest is position 0. */
export interface LayerIdentity {
  readonly position: number;
  readonly digest: Digest;
  /** Digest of the uncompressed tar, computed on the way. */
  readonly diffId: Digest;
}

/** What the engines see of one file. Paths have no leading slash and are normalised. */
export interface ImageFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly layer: LayerIdentity;
  /** The bytes of a wanted file; absent where it was over its limit (an unknown says so). */
  readonly bytes?: Uint8Array;
}

/** Something that could not be read or judged; kept in the inventory and every report. */
export interface Unknown {
  /** A path, a layer, a package: where. */
  readonly where: string;
  /** One sentence: why. */
  readonly why: string;
}

/** Which files must be kept, decided from path, size and (optionally) first bytes while the layers stream. */
export interface FileWish {
  /**
   * Tells it from the program's other wishes, so that what a layer came to under it can be kept (layer-cache.ts).
   * Without a name nothing is. A named wish decides by its arguments alone and always the same.
   */
  readonly name?: string;
  /**
   * Asked once per regular file and layer, with its normalised path. Cheap: it runs for every entry. For links
   * the size is not known and told as 4096; a symbolic link answered 'whole' has its destination kept.
   */
  readonly wants: (
    path: string,
    file: { readonly sizeBytes: number; readonly mode: number },
  ) => false | 'whole' | 'peek';
  /** Exact paths wanted even where they lead through links (`lib/x` where lib -> usr/lib); `links` tells to where. */
  readonly paths?: readonly string[];
  /** For 'peek': decides from the first 1 KiB whether the rest is kept (e.g. ELF magic). */
  readonly keeps?: (path: string, head: Uint8Array) => boolean;
  /** Largest file that is kept; larger become unknowns. */
  readonly limitBytes?: (path: string) => number;
  /**
   * Applied once to a kept file that was read whole; what it returns is kept instead of the bytes, so
   * that a large binary costs only what is wanted of it. May return the same bytes. Never throws.
   */
  readonly reduce?: (path: string, bytes: Uint8Array) => Uint8Array;
}

/** One layer as shown to people. */
export interface LayerSummary extends LayerIdentity {
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly unpackedBytes: number;
  readonly entries: number;
  /** Files, symlinks and folders that this layer deletes from those below. */
  readonly deletions: number;
}

/** The squashed view. */
export interface SquashedView {
  readonly layers: readonly LayerSummary[];
  /** Wanted files that exist in the final view, by path order. */
  readonly files: readonly ImageFile[];
  /** Wanted paths through symbolic links: link path -> final path, both normalised, e.g. etc/os-release -> usr/lib/os-release. */
  readonly links: ReadonlyMap<string, string>;
  readonly unknowns: readonly Unknown[];
  /** Regular files in the final view. */
  readonly fileCount: number;
  readonly totalBytes: number;
}
