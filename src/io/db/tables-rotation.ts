// The rows of keys that are renewed: part of tables.ts, whose conventions hold here too.

/** Secret keys in generations: the newest one signs, those before are accepted until they end. */
export interface KeptKeyTable {
  /** What it is for, as `token_key`. */
  name: string;
  /** From 1, without a gap. */
  generation: number;
  /** 32 bytes as base64url. */
  secret: string;
  /** Null of a key from before this was written down. */
  made_at: number | null;
  /** Null of the newest one. */
  accepted_until: number | null;
}

/** Keys that wait: for a certificate below the offline root, or for a root of the TUF repository that names them. */
interface TrustRequestTable {
  id: string;
  /** 'issuing' | 'stamping' | 'tuf' */
  purpose: string;
  /** Where the private key is; the ring of keys opens it. */
  reference: string;
  /** SubjectPublicKeyInfo. */
  public_key: Uint8Array;
  made_at: number;
}

export interface RotationTables {
  kept_key: KeptKeyTable;
  trust_request: TrustRequestTable;
}
