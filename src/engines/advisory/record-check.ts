// Whether a record (or a fact about a CVE) that came with somebody else's store is one that match.ts can read. What a feed gave was
// made by our own parsers; what travelled was written by whoever could push it.
import { advisoryErrors } from '../../io/advisories/errors.ts';
import type { AdvisoryRow } from '../../io/advisories/store.ts';
import { isJsonObject, parseJson } from '../../kit/json.ts';
import { EPSS_SCOPE, KEV_SCOPE } from './cve-fact.ts';
import { severities } from './record.ts';

const OPTIONAL_TEXTS = ['summary', 'note', 'publishedAt', 'modifiedAt', 'url'] as const;
const EVENTS = ['introduced', 'fixed', 'last_affected', 'limit'] as const;

/**
 * Throws `advisories.pack_damaged`. An order of versions that this program does not know is let through: what
 * it orders then counts as not comparable, as a newer publisher's records must for an older reader.
 */
export function checkRecord(row: AdvisoryRow): void {
  const value = parseJson(row.body);
  if (isJsonObject(value) && value.id === row.id && judgeOf(row.scope)(value)) return;
  throw advisoryErrors.pack_damaged(
    `record ${JSON.stringify(row.id.slice(0, 100))} of feed ${row.feed} is not an advisory record`,
  );
}

function judgeOf(scope: string): (value: Readonly<Record<string, unknown>>) => boolean {
  if (scope === KEV_SCOPE) return isKevFact;
  return scope === EPSS_SCOPE ? isEpssFact : isRecord;
}

function isKevFact({ since, dueAt, isRansomware }: Readonly<Record<string, unknown>>): boolean {
  return (
    typeof since === 'string' &&
    typeof isRansomware === 'boolean' &&
    (dueAt === undefined || typeof dueAt === 'string')
  );
}

function isEpssFact({ score, percentile, asOf }: Readonly<Record<string, unknown>>): boolean {
  return isShare(score) && isShare(percentile) && typeof asOf === 'string';
}

function isShare(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function isRecord(value: Readonly<Record<string, unknown>>): boolean {
  const { aliases, severity, order, ranges, versions, isUndetermined } = value;
  return (
    isTexts(aliases) &&
    isSeverity(severity) &&
    typeof order === 'string' &&
    Array.isArray(ranges) &&
    ranges.every(isRange) &&
    isTexts(versions) &&
    (isUndetermined === undefined || isUndetermined === true) &&
    OPTIONAL_TEXTS.every((name) => value[name] === undefined || typeof value[name] === 'string')
  );
}

function isSeverity(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  const { level, score, vector, by } = value;
  return (
    severities.some((one) => one === level) &&
    typeof by === 'string' &&
    (score === undefined || typeof score === 'number') &&
    (vector === undefined || typeof vector === 'string')
  );
}

/** Each event says one thing: with none, a range would be read as holding nothing. */
function isRange(value: unknown): boolean {
  return (
    isJsonObject(value) &&
    Array.isArray(value.events) &&
    value.events.every(
      (event) => isJsonObject(event) && EVENTS.some((name) => typeof event[name] === 'string'),
    )
  );
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
