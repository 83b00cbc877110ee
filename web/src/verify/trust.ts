// What a person trusts, as the verifier is handed it: roots and keys by name, and whom they expect to have signed.
// Kept in this browser alone (trust-store.ts): a server that could change it could vouch for itself.

export interface KeptTrust {
  readonly kind: 'root' | 'key' | 'authority' | 'stamper';
  /** The file's name, or where it came from. */
  readonly name: string;
  /** `trusted_root.json`, one public key in PEM, or certificates in PEM for Notary Project signatures. */
  readonly text: string;
  /** SHA-256 of the text's bytes, hex. */
  readonly fingerprint: string;
  /** Of all but roots: what it is kept for. One that is right for one image says nothing about another's. */
  readonly repository?: string;
}

/** Exact texts, or RE2 patterns for the whole text where `isPattern`. */
export interface ExpectedSigner {
  readonly identity: string;
  readonly issuer: string;
  /** Needed where a builder signs for any repository. */
  readonly sourceRepository?: string;
  readonly isPattern: boolean;
}

export interface Trust {
  readonly kept: readonly KeptTrust[];
  /** The root that the server serves itself; absent where it serves none. Used, and never enough by itself. */
  readonly served?: string;
  readonly expected?: ExpectedSigner;
  /** The subject of the certificate that signs by the Notary Project. */
  readonly subject?: string;
}
