// OSV's evaluation of affected ranges (OSV schema, "Evaluation"): events sorted by version, walked up to
// the version asked about; limits first. The answer is affected, not affected or incomparable, with the
// comparison that decided, as a person would check it. Incomparable is never read as "not affected".
import { compareVersions, type VersionOrder } from './version-order.ts';

/** OSV schema §affected[].ranges events, in the record's order. `introduced: '0'` is the beginning. */
export type RangeEvent =
  | { readonly introduced: string }
  | { readonly fixed: string }
  | { readonly last_affected: string }
  | { readonly limit: string };

/** What a record says is affected: any range or listed version that holds the version. */
export interface AffectedVersions {
  readonly ranges: readonly { readonly events: readonly RangeEvent[] }[];
  /** Exact versions. */
  readonly versions: readonly string[];
}

export type RangeVerdict =
  | {
      readonly kind: 'affected';
      /** e.g. `2.36-9+deb12u3 < 2.36-9+deb12u7 (deb)`. */
      readonly comparison: string;
      /** The lowest fixed version above this one that no range holds; absent where none is recorded. */
      readonly fixedVersion?: string;
    }
  | { readonly kind: 'not-affected'; readonly comparison: string }
  | { readonly kind: 'incomparable'; readonly why: string };

type Holding = RangeVerdict['kind'];
type Position = Exclude<RangeEvent, { readonly limit: string }>;

/** Where `version` stands among what a record says is affected. */
export function judgeRanges(order: VersionOrder, version: string, affected: AffectedVersions): RangeVerdict {
  const held = affected.ranges.map((range) => holds(order, version, range.events));
  if (isListed(order, version, affected.versions)) {
    return affectedVerdict(order, version, affected, `${version} is listed as affected`);
  }
  const at = held.indexOf('affected');
  if (at >= 0) return affectedVerdict(order, version, affected);
  if (held.includes('incomparable')) {
    return {
      kind: 'incomparable',
      why: `${version === '' ? 'an absent version' : version} cannot be placed in the range by the order of ${order} versions`,
    };
  }
  return { kind: 'not-affected', comparison: nearest(order, version, affected) };
}

/** OSV's IncludedInRanges for one range. */
function holds(order: VersionOrder, version: string, events: readonly RangeEvent[]): Holding {
  const limits = events.flatMap((event) => ('limit' in event && event.limit !== '*' ? [event.limit] : []));
  const isUnlimited = limits.length === 0 || events.some((event) => 'limit' in event && event.limit === '*');
  const positions = events.filter((event): event is Position => !('limit' in event));
  const sorted = sortPositions(order, positions);
  const beforeLimit = limits.map((limit) => compareVersions(order, version, limit));
  if (sorted === undefined || (!isUnlimited && beforeLimit.includes(undefined))) return 'incomparable';
  if (!isUnlimited && !beforeLimit.some((result) => (result as number) < 0)) return 'not-affected';
  let isAffected = false;
  for (const event of sorted) {
    const bound = boundOf(event);
    const result = bound === '0' && 'introduced' in event ? 1 : compareVersions(order, version, bound);
    if (result === undefined) return 'incomparable';
    if ('introduced' in event && result >= 0) isAffected = true;
    if ('fixed' in event && result >= 0) isAffected = false;
    if ('last_affected' in event && result > 0) isAffected = false;
  }
  return isAffected ? 'affected' : 'not-affected';
}

/** Events by version; equal ones stay in the record's order. Undefined where two cannot be compared. */
function sortPositions(order: VersionOrder, events: readonly Position[]): readonly Position[] | undefined {
  let isComparable = true;
  const sorted = events.toSorted((a, b) => {
    if (isBeginning(a) || isBeginning(b)) return Number(isBeginning(b)) - Number(isBeginning(a));
    const result = compareVersions(order, boundOf(a), boundOf(b));
    if (result === undefined) isComparable = false;
    return result ?? 0;
  });
  return isComparable ? sorted : undefined;
}

function isBeginning(event: Position): boolean {
  return 'introduced' in event && event.introduced === '0';
}

function boundOf(event: Position): string {
  if ('introduced' in event) return event.introduced;
  return 'fixed' in event ? event.fixed : event.last_affected;
}

function isListed(order: VersionOrder, version: string, versions: readonly string[]): boolean {
  return versions.includes(version) || versions.some((one) => compareVersions(order, version, one) === 0);
}

function affectedVerdict(
  order: VersionOrder,
  version: string,
  affected: AffectedVersions,
  listed?: string,
): RangeVerdict {
  const fixedVersion = lowestFix(order, version, affected);
  const comparison = listed ?? affectedComparison(order, version, affected, fixedVersion);
  return { kind: 'affected', comparison, ...(fixedVersion !== undefined && { fixedVersion }) };
}

/** Candidates from the lowest up; the first that is itself free of every range and list. */
function lowestFix(order: VersionOrder, version: string, affected: AffectedVersions): string | undefined {
  const candidates = affected.ranges
    .flatMap((range) => range.events.flatMap((event) => ('fixed' in event ? [event.fixed] : [])))
    .filter((fixed) => (compareVersions(order, fixed, version) ?? 0) > 0)
    .sort((a, b) => compareVersions(order, a, b) ?? 0);
  return candidates.find(
    (fixed) =>
      !isListed(order, fixed, affected.versions) &&
      affected.ranges.every((range) => holds(order, fixed, range.events) === 'not-affected'),
  );
}

function affectedComparison(
  order: VersionOrder,
  version: string,
  affected: AffectedVersions,
  fixedVersion: string | undefined,
): string {
  if (fixedVersion !== undefined) return `${version} < ${fixedVersion} (${order})`;
  const range = affected.ranges.find(({ events }) => holds(order, version, events) === 'affected');
  const upper = pick(order, version, range?.events ?? [], (event, result) =>
    'last_affected' in event ? result <= 0 : 'fixed' in event && result < 0,
  );
  if (upper !== undefined) {
    return `${version} ${'last_affected' in upper ? '<=' : '<'} ${boundOf(upper)} (${order})`;
  }
  const lower = pick(
    order,
    version,
    range?.events ?? [],
    (event, result) => 'introduced' in event && result >= 0,
  );
  if (lower === undefined || isBeginning(lower)) return `every version is affected (${order})`;
  return `${version} >= ${boundOf(lower)} (${order})`;
}

/** The event that puts the version outside: a fix or last affected version below it, else what comes after it. */
function nearest(order: VersionOrder, version: string, affected: AffectedVersions): string {
  const events = affected.ranges.flatMap((range) => range.events);
  const ended = pick(order, version, events, (event, result) =>
    'fixed' in event ? result >= 0 : 'last_affected' in event && result > 0,
  );
  if (ended !== undefined) return `${version} ${'fixed' in ended ? '>=' : '>'} ${boundOf(ended)} (${order})`;
  const begins = pick(order, version, events, (event, result) => 'introduced' in event && result < 0);
  if (begins !== undefined) return `${version} < ${boundOf(begins)} (${order})`;
  return `${version} is in no affected range (${order})`;
}

/** The event that passes and stands closest to the version, from either side. */
function pick(
  order: VersionOrder,
  version: string,
  events: readonly RangeEvent[],
  passes: (event: Position, result: number) => boolean,
): Position | undefined {
  let best: Position | undefined;
  for (const event of events) {
    if ('limit' in event) continue;
    const result = isBeginning(event) ? 1 : compareVersions(order, version, boundOf(event));
    if (result === undefined || !passes(event, result)) continue;
    if (best === undefined || isCloser(order, event, best, result >= 0)) best = event;
  }
  return best;
}

/** Below the version the greater bound is closer, above it the smaller. */
function isCloser(order: VersionOrder, event: Position, best: Position, isBelow: boolean): boolean {
  if (isBeginning(event)) return false;
  if (isBeginning(best)) return true;
  const result = compareVersions(order, boundOf(event), boundOf(best)) ?? 0;
  return isBelow ? result > 0 : result < 0;
}
