// The advisory store's tables. `feed` has one row per feed; `block` (block.ts) one row per package, scope
// and feed, clustered by (scope, name, feed): that key is the one index and a look-up is one descent.
export const SCHEMA_VERSION = 1;

/** "PLAD": tells the file apart from any other SQLite file. */
export const APPLICATION_ID = 0x504c4144;

export const CREATE_STORE = `
  CREATE TABLE feed (feed TEXT PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE block (
    scope TEXT NOT NULL, name TEXT NOT NULL, feed TEXT NOT NULL, hash TEXT NOT NULL, rows BLOB NOT NULL,
    PRIMARY KEY (scope, name, feed)
  ) WITHOUT ROWID, STRICT;
`;

/** Rows of the running feed, in whatever order they come; read back ordered when the feed ends. */
export const CREATE_STAGING = `
  CREATE TABLE staging.row (scope TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL) STRICT;
`;
