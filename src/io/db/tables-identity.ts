// The rows of who signs and how it was built, as kysely sees them: a part of tables.ts, by its conventions.
import type { Generated } from 'kysely';

/** Somebody whose signature was proved on an image of the repository, or whose key was handed in, and what its owner says of them. */
export interface ExpectedIdentityTable {
  id: Generated<number>;
  repository_id: number;
  /** 'signature' | 'provenance' */
  use: string;
  /** SHA-256 of identity_json. */
  fingerprint: string;
  /** As `formatIdentityKey` has it. */
  identity_json: string;
  /** 'proposed' | 'confirmed' | 'unexpected' | 'dropped' */
  state: string;
  /** Null of a key that was handed in and has signed nothing yet. */
  first_digest: string | null;
  last_digest: string | null;
  first_seen_at: number;
  last_seen_at: number;
  /** How many images it signed. */
  images: number;
  /** PEM, of a key that was handed in. */
  public_key: string | null;
  decided_by: string | null;
  reason: string | null;
  decided_at: number | null;
}

/** One signature on one image, and what it proved. */
export interface SignatureSightingTable {
  repository_id: number;
  /** Of the image that it is about. */
  subject_digest: string;
  /** SHA-256 of the signature's bytes. */
  signature: string;
  /** Of the manifest that carries it. */
  carrier_digest: string;
  /** 'signature' | 'provenance' */
  use: string;
  /** 'proved' | 'failed' | 'unknown' */
  outcome: string;
  /** Of what is not proved. */
  why: string | null;
  identity_id: number | null;
  signed_at: number | null;
  seen_at: number;
}

/** How an image was built, by one statement. */
export interface BuildRecordTable {
  repository_id: number;
  image_digest: string;
  /** SHA-256 of the statement. */
  statement: string;
  /** Of the manifest that carries it. */
  carrier_digest: string;
  /** 'proved' | 'unproved' | 'unsigned' */
  proof: string;
  record_json: string;
  identity_id: number | null;
  seen_at: number;
}

/** Which of the tag's moves webhooks were told of, and what they were told. */
export interface BuildToldTable {
  /** Of `tag_change`. */
  change_id: number;
  /** SHA-256 of it. */
  told: string;
  told_at: number;
}

export interface IdentityTables {
  expected_identity: ExpectedIdentityTable;
  signature_sighting: SignatureSightingTable;
  build_record: BuildRecordTable;
  build_told: BuildToldTable;
}
