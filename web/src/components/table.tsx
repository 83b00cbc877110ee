// A real table: caption, headers that sort, rows that are links or open to their evidence as a whole.
// It draws the rows it is given; sorting, filtering and paging are the server's, so any total is safe.
import { Fragment, type ReactNode, useId, useState } from 'react';
import './table.css';

export interface Column<Row> {
  readonly key: string;
  readonly title: ReactNode;
  /** The server's name for sorting by it; absent where it cannot. */
  readonly sort?: string;
  readonly className?: string;
  readonly cell: (row: Row) => ReactNode;
}

export interface Sort {
  readonly by: string;
  readonly order: 'asc' | 'desc';
}

interface TableProps<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row, at: number) => string;
  /** What a row opens to; the first column then holds the button. */
  detail?: (row: Row) => ReactNode;
  detailLabel?: (row: Row) => string;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  /** Older rows shown while newer ones are fetched. */
  isStale?: boolean;
  className?: string;
}

export function Table<Row>(props: TableProps<Row>) {
  const { caption, columns, rows, rowKey, detail, isStale = false, className = '' } = props;
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (key: string) => setOpen((before) => toggled(before, key));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className={`table ${className}`} aria-label={caption} tabIndex={0}>
      <table aria-busy={isStale}>
        <caption className="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <Heading key={column.key} column={column} sort={props.sort} onSort={props.onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => {
            const key = rowKey(row, at);
            return (
              <Row
                key={key}
                row={row}
                columns={columns}
                detail={detail}
                label={props.detailLabel?.(row) ?? 'Evidence'}
                isOpen={open.has(key)}
                onToggle={() => toggle(key)}
              />
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

interface HeadingProps<Row> {
  column: Column<Row>;
  sort: Sort | undefined;
  onSort: ((sort: Sort) => void) | undefined;
}

function Heading<Row>({ column, sort, onSort }: HeadingProps<Row>) {
  const by = column.sort;
  if (by === undefined || onSort === undefined) {
    return (
      <th scope="col" className={column.className}>
        {column.title}
      </th>
    );
  }
  const order = sort?.by === by ? sort.order : undefined;
  const next =
    order === 'desc'
      ? 'asc'
      : order === 'asc'
        ? 'desc'
        : by === 'severity' || by === 'findings'
          ? 'desc'
          : 'asc';
  const ariaSort = order === undefined ? 'none' : order === 'asc' ? 'ascending' : 'descending';
  return (
    <th scope="col" className={column.className} aria-sort={ariaSort}>
      <button type="button" className="table-sort" onClick={() => onSort({ by, order: next })}>
        {column.title}
        <svg width="8" height="10" viewBox="0 0 8 10" aria-hidden="true" fill="currentColor">
          <path d="M4 0 7.5 4h-7z" opacity={order === 'desc' ? 0.25 : order === 'asc' ? 1 : 0.45} />
          <path d="M4 10 .5 6h7z" opacity={order === 'asc' ? 0.25 : order === 'desc' ? 1 : 0.45} />
        </svg>
      </button>
    </th>
  );
}

interface RowProps<Row> {
  row: Row;
  columns: readonly Column<Row>[];
  detail: ((row: Row) => ReactNode) | undefined;
  label: string;
  isOpen: boolean;
  onToggle: () => void;
}

function Row<Row>({ row, columns, detail, label, isOpen, onToggle }: RowProps<Row>) {
  const id = useId();
  return (
    <Fragment>
      <tr className={`table-row ${isOpen ? 'is-open' : ''}`}>
        {columns.map((column, at) => (
          <td key={column.key} className={column.className}>
            {at === 0 && detail ? (
              <button
                type="button"
                className="table-open stretch"
                aria-expanded={isOpen}
                aria-controls={id}
                aria-label={label}
                onClick={onToggle}
              >
                <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
                  <path d="M3 1 7 5 3 9" fill="none" stroke="currentColor" strokeWidth="1.5" />
                </svg>
              </button>
            ) : null}
            {column.cell(row)}
          </td>
        ))}
      </tr>
      {isOpen && detail ? (
        <tr className="table-detail" id={id}>
          <td colSpan={columns.length}>{detail(row)}</td>
        </tr>
      ) : null}
    </Fragment>
  );
}

function toggled(before: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const after = new Set(before);
  if (!after.delete(key)) after.add(key);
  return after;
}
