// The rows of what this instance witnesses, as kysely sees them: a part of tables.ts, by its conventions.

/** The last checkpoint of another's log that was cosigned; it only ever grows. */
interface WitnessedLogTable {
  /** First line of its checkpoints. */
  origin: string;
  size: number;
  root: Uint8Array;
  /** The checkpoint with the log's signature and this instance's. */
  note: string;
  cosigned_at: number;
}

export interface WitnessTables {
  witnessed_log: WitnessedLogTable;
}
