// The rows of an instance's authority, as kysely sees them: a part of tables.ts, by its conventions.

/** A key of the authority. Keys are added and given an end, never removed: what they signed must verify for ever. */
export interface TrustKeyTable {
  id: string;
  /** 'root' | 'issuing' | 'stamping' | 'certificate-log' | 'log' | 'identity' | 'tuf-root' | 'tuf' | 'workload' */
  purpose: string;
  /** Where the private key is, as `file:issuing-1f2e3d4c.pem`; the ring of keys opens it. */
  reference: string;
  /** SubjectPublicKeyInfo. */
  public_key: Uint8Array;
  /** Certificates in base64, its own first, the root last; none for keys that have no certificate. */
  chain_json: string;
  made_at: number;
  /** From when it signs; it is published before. */
  valid_from: number;
  /** Until when what it signs is believed; null while nobody has said. */
  valid_until: number | null;
  /** To the minute. */
  last_used_at: number | null;
}

/** A log's head: one row for each log, which an append updates before all else. */
interface TrustLogTable {
  /** 1: what was signed. */
  id: number;
  size: number;
  /** Roots of its complete subtrees, the largest first, 32 bytes each. */
  edge: Uint8Array;
}

/** A log's entries; never changed, never deleted. */
interface TrustLogEntryTable {
  log: number;
  /** From 0 on, without a gap. */
  leaf: number;
  bytes: Uint8Array;
}

/** Every node of a log's tree that is complete, in the order in which appends complete them. */
interface TrustLogHashTable {
  log: number;
  /** See services/trust/log-store.ts. */
  place: number;
  hash: Uint8Array;
}

/** What the certificate log promised to keep. */
interface TrustPrecertificateTable {
  /** From 0 on, without a gap. */
  leaf: number;
  precertificate: Uint8Array;
  /** MerkleTreeLeaf, RFC 6962 §3.4. */
  leaf_bytes: Uint8Array;
  /** Certificates of who issued it in base64, the issuer first. */
  chain_json: string;
}

export interface TrustTables {
  trust_key: TrustKeyTable;
  trust_log: TrustLogTable;
  trust_log_entry: TrustLogEntryTable;
  trust_log_hash: TrustLogHashTable;
  trust_precertificate: TrustPrecertificateTable;
}
