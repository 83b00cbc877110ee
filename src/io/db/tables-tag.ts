// The rows of what tags remember and how their moves are judged, as kysely sees them: a part of tables.ts, by its
// conventions.

/** A leaf of the tag log; never changed, never deleted. */
interface TagLeafTable {
  /** From 0 on, without a gap. */
  leaf: number;
  /** The repository's name at that time. */
  repository: string;
  tag: string;
  /** From when the tag was so. */
  at: number;
  /** The record, canonical; what is hashed where `salt` is null. */
  record_json: string;
  /** Hex; what is hashed then is the sealed record. */
  salt: string | null;
  /** Of the leaf. */
  hash: Uint8Array;
}

/** How the move of a leaf was judged; none where it was not. */
interface TagSuspicionTable {
  leaf: number;
  /** Of `{ rule, why }`. */
  suspicions_json: string;
  /** Of `{ where, why }`: what could not be judged. */
  unknowns_json: string;
  judged_at: number;
}

/** A tag that was pushed and not moved: it waits for its owner. */
export interface TagHoldTable {
  repository_id: number;
  tag: string;
  digest: string;
  previous: string;
  who: string;
  via: string;
  at: number;
  suspicions_json: string;
  unknowns_json: string;
}

/** How a repository's moves of tags are judged; none: as the server says. */
interface SentinelSettingTable {
  repository_id: number;
  /** 'off' | 'log' | 'hold'; null: the server's. */
  mode: string | null;
  is_by_admin: number;
  /** Of `{ rule, reason, by, at }`. */
  rules_off_json: string;
  set_at: number;
  set_by: string;
}

/** By which credentials tags of a repository were moved, each once. */
interface TagPusherTable {
  /** Its name. */
  repository: string;
  credential: string;
  first_at: number;
}

/** Hashes of the tag log's tiles above level 0, whose hashes stand with the leaves. */
interface TagLogHashTable {
  /** Of the tile: each spans 256 times as many leaves as the one below. */
  level: number;
  position: number;
  hash: Uint8Array;
}

/** The tag log's head: one row, which an append updates before all else. */
interface TagLogTable {
  /** 1 */
  id: number;
  size: number;
  /** Roots of its complete subtrees, the largest first, 32 bytes each. */
  edge: Uint8Array;
}

export interface TagTables {
  tag_leaf: TagLeafTable;
  tag_log_hash: TagLogHashTable;
  tag_log: TagLogTable;
  tag_suspicion: TagSuspicionTable;
  tag_hold: TagHoldTable;
  tag_pusher: TagPusherTable;
  sentinel_setting: SentinelSettingTable;
}
