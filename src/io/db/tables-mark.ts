// The rows of marks and revocations, as kysely sees them: a part of tables.ts, by its conventions.
import type { Generated } from 'kysely';

/** A signed statement that the product itself hung on a manifest; as long as it hangs there. */
interface AttachmentTable {
  repository_id: number;
  /** Of the manifest that carries it. */
  digest: string;
  /** Of the statement. */
  bundle_digest: string;
  subject_digest: string;
  attached_at: number;
}

/** What was said of one digest under one policy, and signed; the one that stands has no end. */
export interface MarkTable {
  id: Generated<number>;
  repository_id: number;
  /** Of the image or the index. */
  digest: string;
  /** The policy's name and SHA-256. */
  policy: string;
  policy_digest: string;
  /** 'PASSED' | 'FAILED' */
  result: string;
  /** 'pass' | 'fail' | 'unknown' */
  outcome: string;
  answer: string;
  /** The predicate's own part, as JSON. */
  verdict_json: string;
  /** Why it was made then. */
  because: string;
  /** The identity that signed. */
  signer: string;
  /** Of everything that, were it another, needs another mark. */
  fingerprint: string;
  manifest_digest: string;
  made_at: number;
  ended_at: number | null;
}

/** A signed statement that takes something back, or that undoes one; never changed, never deleted. */
export interface RevocationTable {
  /** The order, and the cursor of those who follow. */
  seq: Generated<number>;
  /** 'revoke' | 'reinstate' */
  action: string;
  /** 'digest' | 'key' | 'certificate' | 'identity' */
  kind: string;
  value: string;
  /** Of a digest, the repository where it holds; empty: everywhere. */
  repository: string;
  /** From when on what it signed is taken back; null: all of it. */
  from_at: number | null;
  why: string;
  who: string;
  at: number;
  /** Sigstore bundle. */
  bundle: Uint8Array;
  /** 1 for the last 'revoke' of a thing that no later statement undid. */
  is_standing: number;
}

export interface MarkTables {
  attachment: AttachmentTable;
  mark: MarkTable;
  revocation: RevocationTable;
}
