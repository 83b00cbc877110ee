// The port for images where they are: a registry, an OCI layout, an archive, the own store.
// A source answers the least it can; platform choice (platform-choice.ts), the squashed view (files.ts) and
// copying (copy.ts) stand on it. Adapters pass contract-suite.ts.
import type { Readable } from 'node:stream';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import type { Digest } from '../../formats/oci/digest.ts';

/** A manifest's exact bytes with their name. */
export interface RawManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** One place, opened for one reference. */
export interface ImageSource extends AsyncDisposable {
  /** The reference as a person would write it. */
  readonly name: string;
  /** The manifest or index that the reference names; `images.missing` where there is none. */
  root(): Promise<RawManifest>;
  /** A manifest by descriptor (child of an index, referrer); digest and size are verified. */
  manifest(descriptor: Pick<Descriptor, 'digest' | 'mediaType'>): Promise<RawManifest>;
  /** A blob's bytes from `offsetBytes`. Verify with `verifiedBlob` (verify.ts) unless resuming. */
  blob(descriptor: Descriptor, offsetBytes?: number): Promise<Readable>;
  /** Descriptors of the manifests whose subject is `digest`, with artifactType and annotations. */
  referrers(digest: Digest): Promise<readonly Descriptor[]>;
  /** Another tag of the same repository or folder; undefined where it is absent. Absent where a place has no tags. */
  readonly readTag?: (tag: string) => Promise<RawManifest | undefined>;
}

/** One place, opened to write one image. Order: blobs, child manifests, then the root with its name. */
export interface ImageTarget extends AsyncDisposable {
  readonly name: string;
  /** True where only an image manifest fits: no index, no referrers (docker-archive). */
  readonly holdsOneImage?: boolean;
  hasBlob(descriptor: Descriptor): Promise<boolean>;
  /** Streams a blob in; the digest is checked on the way. `mountFrom`: a repository of the same registry. */
  putBlob(descriptor: Descriptor, source: () => Promise<Readable>, mountFrom?: string): Promise<void>;
  /** Writes a manifest; `named` marks the root, which gets the reference's tag. */
  putManifest(manifest: RawManifest, named: boolean): Promise<void>;
  /** Another tag of the same repository or folder, as a source reads it. Absent where a place has no tags. */
  readonly readTag?: (tag: string) => Promise<RawManifest | undefined>;
  /** Writes a manifest under another tag than the reference's; its blobs are there. */
  readonly writeTag?: (tag: string, manifest: RawManifest) => Promise<void>;
  /** Ends the image durably (an archive is only complete after this). */
  finish(): Promise<void>;
}
