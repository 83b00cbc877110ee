// One thing that was looked at in a repository's trust data: a code for machines, a sentence for people, and one of
// three outcomes. What could not be looked at is unknown, and unknown is never passed.

export type CheckCode =
  /** The role’s file is there and can be read. */
  | 'file'
  /** It has the hashes and the length that the file above it states. */
  | 'hash'
  /** As many keys as the threshold says have signed it. */
  | 'signatures'
  /** The certificates of the keys count for this repository. */
  | 'certificates'
  /** A root is signed by the keys of the one before it. */
  | 'chain'
  /** What the first root is believed for. */
  | 'anchor'
  /** It is not older than what was seen before. */
  | 'version'
  /** It had not expired. */
  | 'expiry'
  /** A delegation stands where it may. */
  | 'listed';

export type CheckOutcome = 'passed' | 'failed' | 'unknown';

export interface Check {
  readonly code: CheckCode;
  /** `root`, `targets/releases`; `root` with `version` for an earlier one. */
  readonly role: string;
  readonly version?: number;
  readonly outcome: CheckOutcome;
  readonly sentence: string;
}

/** Failed where one failed, else unknown where one is, else passed. What a first root is believed for does not count. */
export function outcomeOf(checks: readonly Check[]): CheckOutcome {
  const counted = checks.filter(({ code }) => code !== 'anchor');
  if (counted.some(({ outcome }) => outcome === 'failed')) return 'failed';
  return counted.every(({ outcome }) => outcome === 'passed') ? 'passed' : 'unknown';
}
