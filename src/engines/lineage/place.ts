// What tracing is handed to ask with: plain functions, so that the server answers from its own store and the
// command line from the registries.
import type { Digest } from '../../formats/oci/digest.ts';

/** What a name means, for the platform that is asked about. */
export interface OpenedImage {
  readonly kind: 'opened';
  /** Of the platform's image. */
  readonly digest: Digest;
  /** Of the index it was chosen from, where there was one. */
  readonly indexDigest?: Digest;
  readonly diffIds: readonly Digest[];
  readonly createdAt?: string;
}

/** It could not be asked; `why` is the end of a sentence that begins with the name and a colon. */
export interface Unasked {
  readonly kind: 'unasked';
  readonly why: string;
}

/** Opens `name:tag` or `name[:tag]@digest`; a digest wins. Never throws for what the other side does. */
export type OpenImage = (reference: string) => Promise<OpenedImage | Unasked>;

/** An image whose layers are, all of them, the lowest of the one asked about. */
export interface KnownImage {
  readonly digest: Digest;
  /** Indexes that hold it. */
  readonly indexDigests: readonly Digest[];
  /** All that it has. */
  readonly layers: number;
  /** What names it at this moment, at least one: `host/repository:tag`, or `…@digest` where no tag does. */
  readonly references: readonly string[];
}

/** Images of which all layers are the lowest of these, in their order; the image itself may be among them. */
export type FindByLayers = (diffIds: readonly Digest[]) => Promise<readonly KnownImage[]>;
