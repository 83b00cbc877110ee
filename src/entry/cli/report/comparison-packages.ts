// The packages of a comparison as a table: each that a CVE came or went with has a row; the rest are told
// together, so that an upgrade of the base does not bury what the change itself did.
import type { Comparison, FindingNote, PackageChange } from '../../../engines/compare/comparison.ts';
import { code, details, escapeText, link, table } from './gfm.ts';
import { plural } from './text.ts';

/** Rows of their own; the rest is told by names. */
const ROWS = 100;
/** Names in one row of several. */
const NAMES = 30;
/** Vulnerabilities in one cell. */
const CELL_IDS = 6;

export function formatPackageChanges(comparison: Comparison, isUnchangedHidden: boolean): string[] {
  const { changes, unchanged } = comparison.packages;
  const { findings } = comparison;
  const count = (kind: PackageChange['kind']): number => changes.filter((one) => one.kind === kind).length;
  const parts = [
    ...(count('added') > 0 ? [`${count('added')} added`] : []),
    ...(count('removed') > 0 ? [`${count('removed')} removed`] : []),
    ...(count('changed') > 0 ? [`${count('changed')} changed`] : []),
    ...(isUnchangedHidden ? [] : [`${unchanged} unchanged`]),
  ];
  if (changes.length === 0 && findings.introduced.length === 0 && findings.fixed.length === 0)
    return isUnchangedHidden
      ? []
      : [details(`Packages: none changed, ${unchanged} unchanged`, stillThere(comparison))];
  const body = [
    ...(changes.length === 0
      ? []
      : [table(['package', 'before', 'after', 'CVEs fixed', 'CVEs new'], packageRows(changes))]),
    ...elsewhere(comparison),
    ...(isUnchangedHidden ? [] : [stillThere(comparison)]),
  ];
  return [details(`Packages: ${parts.join(', ')}`, body.join('\n\n'))];
}

function packageRows(changes: readonly PackageChange[]): readonly (readonly string[])[] {
  const isTelling = (change: PackageChange): boolean => change.fixed.length + change.introduced.length > 0;
  const own = changes.filter((change) => isTelling(change) || change.kind === 'changed');
  const rest = [...changes.filter((change) => !own.includes(change)), ...own.slice(ROWS)];
  const groups = Map.groupBy(rest, ({ kind, type }) => `${kind} ${type}`);
  return [...rowsOf(own.slice(0, ROWS)), ...[...groups.values()].flatMap(groupRows)];
}

/** Packages of which all but the name is the same, as those of one source, share a row. */
function rowsOf(changes: readonly PackageChange[]): readonly (readonly string[])[] {
  const rows = changes.map((change) => ({ name: change.name, cells: cellsOf(change) }));
  return [...Map.groupBy(rows, ({ cells }) => JSON.stringify(cells)).values()].map((group) => {
    const [{ cells }] = group as [(typeof rows)[number]];
    const [place, ...others] = cells;
    const names = group.slice(0, NAMES).map(({ name }) => code(name));
    const more = group.length > NAMES ? ` and ${group.length - NAMES} more` : '';
    return [`${names.join(', ')}${more}${place}`, ...others];
  });
}

function cellsOf(change: PackageChange): readonly string[] {
  return [
    `${placeOf(change)}${change.isFromBase === true ? ' (base)' : ''}`,
    versions(change.before, change.kind === 'added' ? 'absent' : 'no version'),
    versions(change.after, change.kind === 'removed' ? 'removed' : 'no version'),
    ids(change.fixed),
    ids(change.introduced),
  ];
}

/** A program by its file, a library by the folder that holds it: its own metadata in there tells nobody more. */
function placeOf({ type, path }: PackageChange): string {
  if (path === undefined) return '';
  const folder =
    type === 'npm'
      ? path.replace(/(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/, '')
      : type === 'pypi'
        ? path.replace(/(?:^|\/)[^/]+\.(?:dist|egg)-info(?:\/[^/]+)?$/, '')
        : path;
  return `, in ${code(`/${folder}`)}`;
}

function versions(list: readonly string[], none: string): string {
  const named = list.filter((version) => version !== '');
  return named.length === 0 ? none : escapeText(named.join(', '));
}

function groupRows(group: readonly PackageChange[]): readonly (readonly string[])[] {
  if (group.length <= 3) return rowsOf(group);
  const [first] = group as [PackageChange];
  const names = group.slice(0, NAMES).map(({ name }) => escapeText(name));
  const more = group.length > NAMES ? ` and ${group.length - NAMES} more` : '';
  const words = { added: ['absent', 'added'], removed: ['present', 'removed'], changed: ['', 'changed'] }[
    first.kind
  ];
  return [[`${plural(group.length, `${first.type} package`)}: ${names.join(', ')}${more}`, ...words, '', '']];
}

function ids(notes: readonly FindingNote[]): string {
  const told = notes.slice(0, CELL_IDS).map(({ id, url, severity, isExploited }) => {
    const word = severity === 'unknown' ? 'not rated' : severity;
    return `${link(id, url)} (${word}${isExploited ? ', exploited' : ''})`;
  });
  return notes.length > CELL_IDS ? `${told.join(', ')} and ${notes.length - CELL_IDS} more` : told.join(', ');
}

/** What came or went with a package of the same version: an advisory that names another package of the source. */
function elsewhere({ packages: { changes }, findings }: Comparison): string[] {
  const told = new Set(changes.flatMap(({ fixed, introduced }) => [...fixed, ...introduced]));
  const other = [...findings.fixed, ...findings.introduced].filter((note) => !told.has(note));
  return other.length === 0 ? [] : [`In packages that did not change: ${ids(once(other))}.`];
}

function stillThere({ findings: { unchanged } }: Comparison): string {
  const cves = once(unchanged);
  if (cves.length === 0) return 'No CVE is in both.';
  if (cves.length <= CELL_IDS) return `In both: ${ids(cves)}.`;
  return `In both: ${plural(cves.length, 'CVE')}: ${ids(cves)}.`;
}

/** Each vulnerability by the first of its notes. */
function once(notes: readonly FindingNote[]): readonly FindingNote[] {
  return [...new Map(notes.toReversed().map((note) => [note.id, note])).values()].toReversed();
}
