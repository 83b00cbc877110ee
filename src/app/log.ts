// The adapter of kit/log.ts over pino: one JSON object a line for machines, one readable line for people.
// Written to standard error: standard output belongs to what a command answers.
import { pino } from 'pino';
import type { Clock } from '../kit/clock.ts';
import { describeError, isPlimsollError } from '../kit/error.ts';
import type { Log, LogFields } from '../kit/log.ts';
import type { Config } from './config.ts';

export interface LogOptions {
  readonly level: 'debug' | 'notice' | 'warn' | 'error';
  readonly format: 'text' | 'json';
  readonly clock: Clock;
  readonly write: (line: string) => void;
}

const LEVELS = Object.freeze({ debug: 20, notice: 30, warn: 40, error: 50 });
const MARKS: Readonly<Record<number, string>> = Object.freeze({ 20: ' ', 30: '·', 40: '▲', 50: '●' });

export function createLog(options: LogOptions): Log {
  const logger = pino(
    {
      level: options.level,
      customLevels: LEVELS,
      useOnlyCustomLevels: true,
      base: null,
      timestamp: () => `,"time":"${new Date(options.clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: options.format === 'json' ? options.write : (line) => options.write(formatLine(line)) },
  );
  return {
    debug: (message, fields) => logger.debug(plain(fields), message),
    notice: (message, fields) => logger.notice(plain(fields), message),
    warn: (message, fields) => logger.warn(plain(fields), message),
    error: (message, fields) => logger.error(plain(fields), message),
  };
}

/** The log of a server, as configured, on standard error. */
export function createStderrLog(
  { logFormat, logLevel: level }: Pick<Config, 'logFormat' | 'logLevel'>,
  clock: Clock,
): Log {
  const isText = logFormat === 'auto' ? process.stderr.isTTY === true : logFormat === 'text';
  const write = (line: string): void => void process.stderr.write(line);
  return createLog({ level, format: isText ? 'text' : 'json', clock, write });
}

/** Errors become their sentence and code; the rest goes as it is. */
function plain(fields: LogFields = {}): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    flat[key] = value instanceof Error ? describeError(value) : value;
    if (isPlimsollError(value)) flat.code = value.code;
    // An error without a code is a defect of ours: its stack is what a report needs.
    else if (value instanceof Error) flat.stack = value.stack;
  }
  return flat;
}

function formatLine(line: string): string {
  const { level, time, msg, stack, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const mark = MARKS[LEVELS[level as keyof typeof LEVELS]] ?? '·';
  const clock = String(time).slice(11, 19);
  const rest = Object.entries(fields)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
  const shown = `${clock} ${mark} ${String(msg)}${rest === '' ? '' : `  ${rest}`}`;
  return `${withoutControls(shown)}\n${typeof stack === 'string' ? `${stack}\n` : ''}`;
}

/** Names from outside stand in log lines: no terminal sequence may. */
function withoutControls(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}
