// The one shape of a failure: a coded error. Each domain lists its codes in its `errors.ts` with
// `defineErrors`; kind alone decides HTTP status, retry and exit code (the wires map it once each).
// A policy's "no" is a verdict and an unreadable file in an image is an unknown: neither is an error.

/** The closed list of what can go wrong, in a caller's terms. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'denied'
  | 'missing'
  | 'conflict'
  | 'limited'
  | 'unsupported'
  | 'untrusted'
  | 'unavailable'
  | 'bug';

/** One row of a domain's error table. */
export interface ErrorRow {
  readonly kind: ErrorKind;
  /** What the code means, one sentence, for the reference page. */
  readonly meaning: string;
  /** What the user can do, one sentence. */
  readonly hint: string;
}

/** A coded failure. `message` is the detail: one sentence that names the thing, where it is, what would be right. */
export class PlimsollError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly hint: string;

  constructor(code: string, row: ErrorRow, detail: string, options?: { cause?: unknown }) {
    super(detail, options);
    this.name = 'PlimsollError';
    this.code = code;
    this.kind = row.kind;
    this.hint = row.hint;
  }
}

/** Builds one error; also carries its own row, so that the reference page is generated from it. */
export interface ErrorFactory extends ErrorRow {
  (detail: string, options?: { cause?: unknown }): PlimsollError;
  readonly code: string;
}

/** Turns a table of rows into factories: `throw errors.digest_invalid('...')` raises code `oci.digest_invalid`. */
export function defineErrors<K extends string>(
  domain: string,
  rows: Readonly<Record<K, ErrorRow>>,
): Readonly<Record<K, ErrorFactory>> {
  const factories = {} as Record<K, ErrorFactory>;
  for (const key of Object.keys(rows) as K[]) {
    const row = rows[key];
    const code = `${domain}.${key}`;
    const make = (detail: string, options?: { cause?: unknown }): PlimsollError =>
      new PlimsollError(code, row, detail, options);
    factories[key] = Object.freeze(Object.assign(make, { ...row, code }));
  }
  return Object.freeze(factories);
}

/** Whether the value is a coded failure, of the given code or kind when one is named. */
export function isPlimsollError(
  value: unknown,
  match?: { code?: string; kind?: ErrorKind },
): value is PlimsollError {
  return (
    value instanceof PlimsollError &&
    (match?.code === undefined || value.code === match.code) &&
    (match?.kind === undefined || value.kind === match.kind)
  );
}

/** One sentence for any thrown value; never throws itself. */
export function describeError(value: unknown): string {
  if (value instanceof Error) return value.message || value.name;
  return String(value);
}
