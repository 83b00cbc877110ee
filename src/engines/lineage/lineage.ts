// The base of an image: which image it was built upon, how that is known, and how surely. Plain JSON.
import type { Digest } from '../../formats/oci/digest.ts';

/**
 * How it is known, the surest first: a builder's provenance; the annotations `org.opencontainers.image.base.*`;
 * the longest run of lowest layers that is a whole image known here; the image's own history.
 */
export type BaseMethod = 'provenance' | 'annotation' | 'layers' | 'history';

export interface BaseImage {
  /** As it is written in a FROM line, `docker.io/library/debian:12-slim`; absent where only its layers are known. */
  readonly reference?: string;
  /** Other names of the same image. */
  readonly aliases: readonly string[];
  /** Of the image (or index) that was built upon. */
  readonly digest?: Digest;
  /** How many of the image's lowest layers are the base's; absent where that is not known. */
  readonly layers?: number;
  readonly method: BaseMethod;
  /** `certain`: every layer of the base is the image's; `likely`: stated, not compared; `guess`: read from history. */
  readonly confidence: 'certain' | 'likely' | 'guess';
  /** One sentence: from what it was concluded. */
  readonly why: string;
  /** What the reference names now, where that could be asked. */
  readonly current?: { readonly digest: Digest; readonly createdAt?: string };
  /** When the base that was used was made, as it says itself. */
  readonly createdAt?: string;
}

/** What is known of where an image comes from. */
export interface Lineage {
  readonly base?: BaseImage;
  /** Why there is no base here, or why it could not be compared with what its name means now; one sentence each. */
  readonly unknowns: readonly string[];
}
