// What both formats are read into and written from.
import type { NotationAlgorithm } from './algorithm.ts';
import type { NotationAttributes } from './attribute.ts';

/** Before the signature is there. Times are whole seconds. */
export interface UnsealedParts extends NotationAttributes {
  /** What the header says; that it is the key’s is checked with the chain. */
  readonly algorithm: NotationAlgorithm;
  readonly payload: Uint8Array;
}

/** What comes with or after it. */
export interface SealedParts {
  readonly signature: Uint8Array;
  /** DER, the signing certificate first; at least one. */
  readonly chain: readonly Uint8Array[];
  /** RFC 3161 TimeStampToken, DER. */
  readonly timestampToken?: Uint8Array;
  /** What program says that it signed. Not signed, and believed by nobody. */
  readonly agent?: string;
}

export interface EnvelopeParts extends UnsealedParts, SealedParts {
  /** The bytes that the signature is over. */
  readonly toBeSigned: Uint8Array;
}
