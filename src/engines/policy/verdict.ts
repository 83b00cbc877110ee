// What rules say: pass, fail or unknown, with reasons. A "no" is an answer, not an exception.

export type Outcome = 'pass' | 'fail' | 'unknown';

export interface RuleVerdict {
  /** Stable id, kebab-case: `no-fixable-critical-or-high`. */
  readonly rule: string;
  /** For people: `No critical or high vulnerability that has a fix`. */
  readonly title: string;
  readonly outcome: Outcome;
  /** Short, for a chip: `3 fixable critical or high`, `Not root`. */
  readonly label: string;
  /** Sentences, the most telling first. */
  readonly reasons: readonly string[];
  /** How far over: 0 unless it fails, then at least 1 (e.g. how many findings). */
  readonly excess: number;
  /** What could not be judged: 0 unless something was not (e.g. how many packages). */
  readonly unjudged: number;
  /** What it counts for in the score; absent in reports of before there was one. */
  readonly weight?: number;
}

/** Docker Scout's health score, kept for those who report it; `hides` says what the letter does not show. */
export interface Score {
  readonly grade: 'A' | 'B' | 'C' | 'D' | 'E' | 'F';
  /** 0 to 100: weight of the rules that are met, of all. */
  readonly percent: number;
  /** One sentence each, e.g. `1 rule could not be judged and counts as not met`. */
  readonly hides: readonly string[];
}

/** Where the water stands; every number 0 (dry) to 1 (full), the line is at 0.5. See load-line.ts. */
export interface LoadLine {
  readonly water: number;
  /** Top of the hatched band; equals `water` where nothing is unknown. */
  readonly band: number;
  readonly outcome: Outcome;
}

export interface Verdict {
  readonly outcome: Outcome;
  /** One sentence: `Over the line: 2 of 3 rules are not met`. */
  readonly answer: string;
  readonly rules: readonly RuleVerdict[];
  readonly loadLine: LoadLine;
  /** Absent where every rule weighs 0, and in reports of before there was one. */
  readonly score?: Score;
  /** Which policy was asked; absent in reports of before there was more than one. */
  readonly policy?: string;
  /** `digestPolicy` of it; absent in reports of before there were marks. */
  readonly policyDigest?: string;
}
