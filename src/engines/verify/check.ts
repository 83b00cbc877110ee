// One thing that was looked at, and what came of it. A verification is a list of these and never one word: what
// does not stand in the list was not looked at, and what is unknown is not passed.

export type CheckCode =
  /** The certificate leads to an authority that is trusted, at each proven time. */
  | 'chain'
  /** A certificate log promised to publish the certificate. */
  | 'certificate-log'
  /** The key is one that is trusted. */
  | 'key'
  /** Somebody else than the signer says when it was signed. */
  | 'time'
  /** A transparency log has it, and has exactly this. */
  | 'log'
  /** Witnesses saw the log's checkpoint too. */
  | 'witnesses'
  | 'signature'
  /** It is about exactly this digest. */
  | 'subject'
  /** The signed attestation manifest holds the statement. */
  | 'attestation-manifest'
  /** It is the kind of statement that was asked for. */
  | 'predicate-type'
  | 'identity'
  | 'issuer'
  | 'source-repository'
  | 'source-ref'
  | 'source-commit'
  /** The name of the workflow that asked for the certificate, and what started it. */
  | 'workflow'
  | 'trigger'
  | 'builder'
  | 'runner'
  /** It was signed for this name and tag. */
  | 'tag-binding'
  | 'revocation'
  | 'age'
  /** So many different signers as were asked for. */
  | 'signatures';

export type Outcome = 'passed' | 'failed' | 'unknown';

export interface Check {
  readonly code: CheckCode;
  readonly outcome: Outcome;
  /** For people: one sentence or two, with what was found. */
  readonly sentence: string;
}

export function passed(code: CheckCode, sentence: string): Check {
  return { code, outcome: 'passed', sentence };
}

export function failed(code: CheckCode, sentence: string): Check {
  return { code, outcome: 'failed', sentence };
}

export function unknown(code: CheckCode, sentence: string): Check {
  return { code, outcome: 'unknown', sentence };
}

/** Failed where one failed; else unknown where one is, or where there is none at all. */
export function judgeChecks(checks: readonly Check[]): Outcome {
  if (checks.some(({ outcome }) => outcome === 'failed')) return 'failed';
  return checks.length > 0 && checks.every(({ outcome }) => outcome === 'passed') ? 'passed' : 'unknown';
}
