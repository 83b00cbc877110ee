// The packages that differ, as a table that sorts and filters: all of them are here, so both are done here.
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type {
  Comparison,
  FindingNote,
  PackageChange,
} from '../../../../src/entry/http/contract-comparison.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { FilterBar } from '../../components/filter-bar.tsx';
import { MoreRows } from '../../components/more-rows.tsx';
import { type Column, type Sort, Table } from '../../components/table.tsx';
import { formatCount } from '../../format.ts';
import type { CompareQuery } from '../../page-path.ts';

const STEP = 50;
/** Vulnerabilities named in one cell. */
const CELL_IDS = 3;

const WORDS: Readonly<Record<PackageChange['kind'], string>> = {
  added: 'added',
  removed: 'removed',
  changed: 'changed',
};

interface PackageChangesProps {
  query: CompareQuery;
  packages: Comparison['packages'];
}

export function PackageChanges({ query, packages }: PackageChangesProps) {
  const navigate = useNavigate();
  const [shown, setShown] = useState(STEP);
  const { changes, unchanged } = packages;
  const change = (more: CompareQuery) => {
    const pairs = Object.entries({ ...query, ...more }).filter(([, value]) => value);
    setShown(STEP);
    void navigate({ to: '/compare', search: Object.fromEntries(pairs), replace: true, resetScroll: false });
  };
  const sort: Sort = { by: query.sort ?? 'findings', order: query.order === 'asc' ? 'asc' : 'desc' };
  const rows = sortChanges(changes.rows.filter(isAbout(query.q ?? '')), sort);
  return (
    <section aria-labelledby="packages" className="compare-packages">
      <h2 id="packages" className="section-title">
        Packages {changes.total > 0 ? <small>{formatCount(changes.total)}</small> : null}
      </h2>
      {changes.total === 0 ? (
        <p className="quiet">The same packages in the same versions: {formatCount(unchanged)}.</p>
      ) : (
        <>
          <FilterBar
            label="Filter packages that changed"
            value={query.q ?? ''}
            onChange={(q) => change({ q })}
          />
          {rows.length === 0 ? (
            <EmptyState title={`No package that changed matches “${query.q}”.`} />
          ) : (
            <>
              <Table
                caption="Packages that changed"
                columns={COLUMNS}
                rows={rows.slice(0, shown)}
                rowKey={({ type, name, path }) => `${type} ${name} ${path}`}
                sort={sort}
                onSort={({ by, order }) => change({ sort: by, order })}
              />
              <MoreRows
                shown={Math.min(shown, rows.length)}
                total={query.q ? rows.length : changes.total}
                what={`that changed; ${formatCount(unchanged)} did not`}
                hasMore={rows.length > shown}
                isLoading={false}
                onMore={() => setShown(shown + STEP)}
              />
            </>
          )}
        </>
      )}
    </section>
  );
}

const COLUMNS: readonly Column<PackageChange>[] = [
  {
    key: 'name',
    title: 'Package',
    sort: 'name',
    className: 'cell-package',
    cell: ({ name, type, path, isFromBase, ...change }) => (
      <>
        {name} <span className="quiet small">{type}</span>
        <span className="on-phone small">{formatMove(change)}</span>
        {path ? <div className="quiet small">in /{path}</div> : null}
        {isFromBase ? <div className="quiet small">from the base</div> : null}
      </>
    ),
  },
  {
    key: 'kind',
    title: 'Change',
    sort: 'kind',
    className: 'nowrap off-phone',
    cell: formatKind,
  },
  {
    key: 'before',
    title: 'Before',
    className: 'off-phone',
    cell: ({ before }) => <Versions list={before} />,
  },
  { key: 'after', title: 'After', className: 'off-phone', cell: ({ after }) => <Versions list={after} /> },
  {
    key: 'fixed',
    title: 'CVEs fixed',
    sort: 'findings',
    cell: ({ fixed }) => <Ids list={fixed} />,
  },
  { key: 'introduced', title: 'CVEs new', cell: ({ introduced }) => <Ids list={introduced} /> },
];

function Versions({ list }: { list: readonly string[] }) {
  if (list.length === 0) return <span className="quiet">not there</span>;
  return <code>{formatVersions(list)}</code>;
}

function formatVersions(list: readonly string[]): string {
  return list.map((version) => version || 'no version named').join(', ');
}

function formatKind({ kind, direction }: Pick<PackageChange, 'kind' | 'direction'>): string {
  return direction === 'downgrade' ? 'downgraded' : WORDS[kind];
}

/** Three columns in a line, for a phone: `1.0 → 1.1`, `added 1.0`. */
function formatMove(change: Pick<PackageChange, 'kind' | 'direction' | 'before' | 'after'>): string {
  const versions = [change.before, change.after].filter((list) => list.length > 0).map(formatVersions);
  const word = change.kind === 'changed' && change.direction !== 'downgrade' ? '' : `${formatKind(change)} `;
  return word + versions.join(' → ');
}

function Ids({ list: { rows, total } }: { list: { rows: readonly FindingNote[]; total: number } }) {
  if (total === 0) return <span className="quiet">none</span>;
  const named = rows
    .slice(0, CELL_IDS)
    .map(({ id, severity }) => ({ id, word: severity === 'unknown' ? 'not rated' : severity }));
  return (
    <ul className="small">
      {named.map(({ id, word }) => (
        <li key={id}>
          <span className="nowrap">{id}</span> ({word})
        </li>
      ))}
      {total > named.length ? <li className="quiet">and {formatCount(total - named.length)} more</li> : null}
    </ul>
  );
}

function isAbout(q: string): (change: PackageChange) => boolean {
  const text = q.toLowerCase();
  return ({ name, type, path, before, after }) =>
    [name, type, path ?? '', ...before, ...after].some((part) => part.toLowerCase().includes(text));
}

/** Stable: what the order does not tell apart stays as the server has it, the gravest first. */
function sortChanges(changes: readonly PackageChange[], { by, order }: Sort): readonly PackageChange[] {
  const sign = order === 'asc' ? 1 : -1;
  if (by === 'name' || by === 'kind')
    return changes.toSorted((a, b) => sign * (a[by] < b[by] ? -1 : a[by] > b[by] ? 1 : 0));
  return order === 'asc' ? changes.toReversed() : changes;
}
