// What a pull is, by Docker's words: a manifest that was sent (GET); asking whether it changed (HEAD, or a GET whose
// answer the client has already) is none. What a client fetches of one image is one pull: the tag that it asked about
// first, the index, the manifest of its platform. This file holds what the wire tells and what is counted, no more.
import type { Digest } from '../../formats/oci/digest.ts';

/** A manifest as a client asked for it. */
export interface ShownManifest {
  readonly repository: string;
  /** Undefined where it was asked for by digest. */
  readonly tag: string | undefined;
  readonly digest: Digest;
  readonly isIndex: boolean;
  /** False for HEAD and 304: the client learnt its digest alone. */
  readonly isSent: boolean;
  /** Who, as far as can be told: an account, else the network of the address. Kept in memory for minutes, never stored. */
  readonly puller: string;
}

/** What the same puller was shown just before, in the same repository: this may be a part of it. */
export interface ShownBefore {
  readonly digest: Digest;
  /** The tag by which it was shown. */
  readonly tag: string | undefined;
  /** Whether it was sent, and so is a pull already. */
  readonly isSent: boolean;
}

/** A manifest that was sent, before the rows say whether it belongs to one that was sent before. */
export interface SentManifest {
  readonly repository: string;
  /** A tag, or the digest. */
  readonly reference: string;
  readonly digest: Digest;
  /** Empty where it is a pull whatever they are. */
  readonly before: readonly ShownBefore[];
}

export const dayMs = 24 * 60 * 60 * 1000;

/** When the day of this moment begins, in UTC. */
export function dayOf(at: number): number {
  return Math.floor(at / dayMs) * dayMs;
}

/** A digest has a colon, a tag has none. */
export function pullKind(reference: string): 'tag' | 'digest' {
  return reference.includes(':') ? 'digest' : 'tag';
}

/** The setting that says from when on every pull is recorded, epoch milliseconds. */
export const pullsSinceSetting = 'pulls-since';
