// The feeds as a person reads them: one line each (how old, how large, what it can show), then what each
// covers. Fits 80 columns whole; where the window is wider the feed's title stands beside its name.
import type { FeedStatus } from '../../../engines/advisory/status.ts';
import { formatSize } from '../../../kit/bytes.ts';
import { printable } from '../printable.ts';
import { outcomeMark, paint } from '../style.ts';
import { type Column, formatTable } from '../table.ts';
import type { Sink } from '../world.ts';
import { wrap } from '../wrap.ts';
import { age, plural } from './text.ts';

/** From this width on the longest title fits beside everything else. */
const TITLE_COLUMNS = 110;
/** Prose wider than this is hard to read. */
const PROSE_COLUMNS = 100;

export function formatFeedTable(feeds: readonly FeedStatus[], sink: Sink): string {
  const hasTitles = sink.columns >= TITLE_COLUMNS;
  const columns: Column[] = [{}, {}, {}, { align: 'right' }, { align: 'right' }, {}];
  const rows = feeds.map((status) => {
    const [mark = '', ...cells] = formatFeed(status, sink);
    return [mark, status.feed, ...(hasTitles ? [status.title] : []), ...cells];
  });
  const table = formatTable(rows, hasTitles ? [{}, ...columns] : columns, sink.columns);
  const scopes = feeds.flatMap((status) => formatScopes(status, feeds, sink));
  return `${[...table, ...(scopes.length === 0 ? [] : ['', ...scopes])].join('\n')}\n`;
}

function formatFeed({ row, ageMs, isStale, isOptional }: FeedStatus, sink: Sink): string[] {
  if (row === undefined || ageMs === undefined)
    return [outcomeMark(sink, 'unknown'), 'never refreshed', '', '', ''];
  return [
    outcomeMark(sink, isStale ? 'unknown' : 'pass'),
    `${age(ageMs)} old${isStale ? ', stale' : ''}`,
    plural(row.records, 'record'),
    formatSize(row.sizeBytes),
    isOptional ? 'facts about CVEs' : row.coverage === 'affected' ? 'lists unfixed too' : 'fixed only',
  ];
}

/** `debian   covers debian 10, 11, 12, sid; from public addresses`, under each other where it is long. */
function formatScopes({ row, isOptional }: FeedStatus, feeds: readonly FeedStatus[], sink: Sink): string[] {
  if (row === undefined) return [];
  const indent = Math.max(...feeds.map((one) => one.feed.length)) + 2;
  const text = `${isOptional ? '' : `covers ${listScopes(row.scopes)}; `}from ${row.source}`;
  return wrap(printable(text), Math.min(sink.columns, PROSE_COLUMNS) - 3 - indent).map((line, position) =>
    paint(sink, 'dim', `   ${(position === 0 ? row.feed : '').padEnd(indent)}${line}`),
  );
}

/** Scopes by distribution, releases in their natural order. */
function listScopes(scopes: readonly string[]): string {
  const releases = new Map<string, string[]>();
  for (const scope of scopes) {
    const [distribution = '', release] = scope.split(':', 2);
    const known = releases.get(distribution) ?? [];
    releases.set(distribution, release === undefined ? known : [...known, release]);
  }
  return [...releases]
    .map(([distribution, list]) => `${distribution} ${list.sort(byNumber).join(', ')}`.trimEnd())
    .join('; ');
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
