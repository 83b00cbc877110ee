// The rows of an instance's parts: part of tables.ts, whose conventions hold here too.

/** A process of the installation that runs elsewhere, and what it may. */
export interface PartTable {
  id: string;
  /** KIND/NAME, as `gate/prod`. */
  name: string;
  /** 'account' | 'robot' */
  owner_kind: string;
  owner_id: string;
  permissions_json: string;
  created_at: number;
  /** The account's name. */
  created_by: string;
}

/** Who knows the secret may join. The secret itself is nowhere. */
export interface PartInvitationTable {
  /** SHA-256 of the secret, hex. */
  secret_hash: string;
  part_id: string;
  /** 0 of one that is used up and still answers who joined with it again. */
  uses_left: number;
  ends_at: number;
}

/** Who joined as a part: several may be the same one. */
export interface PartHolderTable {
  /** Stands in its certificates. */
  id: string;
  part_id: string;
  /** SHA-256 of the SubjectPublicKeyInfo of its newest key, hex; of the one before, null where it has had one alone. */
  key_sha256: string;
  former_key_sha256: string | null;
  made_at: number;
  renewed_at: number;
  /** When its newest certificate ends. */
  not_after: number;
  /** At most a minute behind. */
  last_used_at: number | null;
  /** When somebody came with a key that was renewed already; null where nobody did. */
  suspected_at: number | null;
}

export interface PartTables {
  part: PartTable;
  part_invitation: PartInvitationTable;
  part_holder: PartHolderTable;
}
