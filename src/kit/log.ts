// What the lower floors may say to an operator. The adapter (pino) is chosen in app/.

/** Structured fields beside a message. Never a secret, a token or a whole body. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A leveled, structured log. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  notice(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Says nothing: for tests and for the command line. */
export const silentLog: Log = Object.freeze({
  debug: () => {},
  notice: () => {},
  warn: () => {},
  error: () => {},
});
