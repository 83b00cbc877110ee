// The rows of pulls and of what repositories keep, as kysely sees them: a part of tables.ts, by its conventions.

/** Pulls since they are recorded, and the last. */
interface PullTable {
  repository_id: number;
  /** A tag, a digest where it was pulled by one, or empty: the repository as a whole. */
  reference: string;
  pulls: number;
  pulled_at: number;
}

interface PullDayTable {
  repository_id: number;
  /** As in `pull`. */
  reference: string;
  /** When the day begins, in UTC. */
  day_at: number;
  pulls: number;
}

/** A repository's own rule of what it keeps, before the instance's; no row: it has none. */
interface RetentionRuleTable {
  repository_id: number;
  rule_json: string;
  /** The account whose rights its runs have. */
  set_by: string;
  set_at: number;
}

export interface PullTables {
  pull: PullTable;
  pull_day: PullDayTable;
  retention_rule: RetentionRuleTable;
}
