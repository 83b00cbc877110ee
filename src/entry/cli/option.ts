// Values of arguments and options, checked once and said clearly.
import { isRegistryHost } from '../../formats/oci/reference.ts';
import { cliErrors } from './errors.ts';

/** The value as one of the choices, or `cli.option_invalid` that lists them. */
export function checkChoice<const T extends string>(option: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw cliErrors.option_invalid(`${option} is ${choices.join(', ')}; "${value}" is none of them`);
}

/** The registry's host as it is kept and asked, or `cli.option_invalid`. */
export function checkHost(text: string): string {
  if (isRegistryHost(text)) return text;
  throw cliErrors.option_invalid(
    `"${text}" is not a registry host: write HOST or HOST:PORT, nothing around it`,
  );
}

const AGE_UNITS_MS: Readonly<Record<string, number>> = Object.freeze({
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
});

/** An age in milliseconds, written as `90m`, `72h` or `3d`; `cli.option_invalid`. */
export function checkAge(option: string, text: string): number {
  const [, count, unit] = /^([1-9][0-9]{0,5})([mhd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return Number(count) * (AGE_UNITS_MS[unit] as number);
  throw cliErrors.option_invalid(`${option} is an age such as 90m, 72h or 3d; "${text}" is none`);
}

/** A whole number from 1 to `most`, or `cli.option_invalid`. */
export function checkCount(option: string, text: string, most: number): number {
  const count = /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : Number.NaN;
  if (count <= most) return count;
  throw cliErrors.option_invalid(`${option} is a number from 1 to ${most}; "${text}" is none`);
}

const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** Epoch milliseconds of a day's beginning in UTC or of an RFC 3339 time, or `cli.option_invalid`. */
export function checkInstant(option: string, text: string): number {
  const at = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw cliErrors.option_invalid(
    `${option} is a time such as 2026-11-20 or 2026-11-20T12:00:00Z; "${text}" is none`,
  );
}
