// Packages that were published to do harm: the OpenSSF's list, whose records are named `MAL-…` in OSV.
// No upgrade mends one; removing it does.

/** Whether a record's id is that of a malicious package. */
export function isMalicious(recordId: string): boolean {
  return recordId.startsWith('MAL-');
}
