// Numbers, sizes, times and names as people read them. Pure: the time of day and the locale come in.
// Numbers follow the reader's locale; words are English.

export const DAY_MS = 86_400_000;
/** Advisories older than this are called stale: feeds publish daily, a week's silence is a fault. */
const STALE_AFTER_MS = 7 * DAY_MS;

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

export function formatCount(value: number, locale?: string): string {
  return new Intl.NumberFormat(locale).format(value);
}

/** Decimal units with three digits at most: `61.2 MB`. */
export function formatBytes(bytes: number, locale?: string): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
  return `${number} ${UNITS[unit]}`;
}

/** `97.4 %`; says 100 % or 0 % only where it is exactly that. */
export function formatShare(part: number, whole: number, locale?: string): string {
  if (whole <= 0) return 'none';
  const exact = (part / whole) * 100;
  const shown = part === whole || part === 0 ? exact : Math.min(99.9, Math.max(0.1, exact));
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(shown)} %`;
}

/** `3 layers`, `1 layer`. */
export function formatPlural(count: number, one: string, many = `${one}s`, locale?: string): string {
  return `${formatCount(count, locale)} ${count === 1 ? one : many}`;
}

/** `2 hours ago`, `yesterday`; `just now` under a minute. */
export function formatRelative(instant: string, nowMs: number): string {
  const passed = nowMs - Date.parse(instant);
  if (Number.isNaN(passed)) return 'at an unknown time';
  if (passed < 60_000) return passed < -60_000 ? 'in the future' : 'just now';
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  if (passed < 3_600_000) return words.format(-Math.floor(passed / 60_000), 'minute');
  if (passed < DAY_MS) return words.format(-Math.floor(passed / 3_600_000), 'hour');
  if (passed < 60 * DAY_MS) return words.format(-Math.floor(passed / DAY_MS), 'day');
  if (passed < 730 * DAY_MS) return words.format(-Math.floor(passed / (30 * DAY_MS)), 'month');
  return words.format(-Math.floor(passed / (365 * DAY_MS)), 'year');
}

/** The moment in full, for a hover: `Sat, 21 Nov 2026, 07:11:01 UTC`. */
export function formatExact(instant: string, locale?: string): string {
  const time = Date.parse(instant);
  if (Number.isNaN(time)) return instant;
  return new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long', timeZone: 'UTC' }).format(
    time,
  );
}

/** `9 days`; whole days, for ages. */
export function formatAge(instant: string, nowMs: number): string {
  const days = Math.floor((nowMs - Date.parse(instant)) / DAY_MS);
  if (days >= 1) return formatPlural(days, 'day');
  const hours = Math.max(0, Math.floor((nowMs - Date.parse(instant)) / 3_600_000));
  return hours >= 1 ? formatPlural(hours, 'hour') : 'less than an hour';
}

export function isStale(instant: string, nowMs: number): boolean {
  return !(nowMs - Date.parse(instant) <= STALE_AFTER_MS);
}

/** `sha256:7c1e…40b9`: enough to tell two apart by eye; the whole is copied. */
export function formatDigest(digest: string): string {
  const colon = digest.indexOf(':');
  const hex = digest.slice(colon + 1);
  return hex.length > 12 ? `${digest.slice(0, colon + 1)}${hex.slice(0, 4)}…${hex.slice(-4)}` : digest;
}

/** `{ namespace: 'score-spec', name: 'score-compose' }`; the namespace is empty for a bare name. */
export function splitRepository(repository: string): { namespace: string; name: string } {
  const slash = repository.lastIndexOf('/');
  return { namespace: repository.slice(0, Math.max(0, slash)), name: repository.slice(slash + 1) };
}

/** `:1.4.0` or `@sha256:7c1e…40b9`, as written behind a repository's name. */
export function formatReference(reference: string): string {
  return reference.includes(':') ? `@${formatDigest(reference)}` : `:${reference}`;
}

/** A command line's word, quoted for a POSIX shell where it must be. */
export function formatWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** `team/app:1.0` or `team/app@sha256:…`, whole: what a reference in the address is. */
export function formatWhole(repository: string, reference: string): string {
  return `${repository}${reference.includes(':') ? '@' : ':'}${reference}`;
}

/** A sentence that begins in small letters, as a title. */
export function formatTitle(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
