// Which vulnerabilities came and which went; those in both are counted and open on demand.
import { useState } from 'react';
import type { Comparison, FindingNote } from '../../../../src/entry/http/contract-comparison.ts';
import { Severity } from '../../components/severity.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatCount, formatPlural } from '../../format.ts';

/** A screen's part; the rest follows when asked for. */
const ROWS = 8;

type Findings = Comparison['findings'];

interface FindingChangesProps {
  findings: Findings;
  /** Nothing of the image after could be judged. */
  isUnjudged: boolean;
}

export function FindingChanges({ findings, isUnjudged }: FindingChangesProps) {
  const { introduced, fixed, unchanged, unjudged } = findings;
  const unknown = isUnjudged ? 'Not known: none of its packages could be judged.' : undefined;
  return (
    <>
      <div className="compare-pair">
        <List title="New here" none={unknown ?? 'No CVE is new here.'} list={introduced} />
        <List title="Fixed here" none={unknown ?? 'No CVE is fixed here.'} list={fixed} />
      </div>
      {unjudged.total > 0 ? (
        <div className="compare-lost">
          <List title="No longer judged" none="" list={unjudged} />
          <p className="quiet small">
            Known before, in packages that are still there and that nothing could judge now: not fixed.
          </p>
        </div>
      ) : null}
      {unchanged.total > 0 ? (
        <details className="compare-both">
          <summary>{formatPlural(unchanged.cves, 'CVE')} in both</summary>
          <FindingTable caption="In both" rows={unchanged.rows} />
          <Cut shown={unchanged.rows.length} total={unchanged.total} />
        </details>
      ) : unknown === undefined ? (
        <p className="quiet small">No known CVE is in both.</p>
      ) : null}
    </>
  );
}

function List({ title, none, list }: { title: string; none: string; list: Findings['fixed'] }) {
  const [isAll, setAll] = useState(false);
  const rows = isAll ? list.rows : list.rows.slice(0, ROWS);
  return (
    <section>
      <h2 className="section-title">
        {title} {list.total > 0 ? <small>{formatCount(list.cves)}</small> : null}
      </h2>
      {list.total === 0 ? <p className="quiet">{none}</p> : <FindingTable caption={title} rows={rows} />}
      {rows.length < list.rows.length ? (
        <button type="button" className="button compare-more" onClick={() => setAll(true)}>
          Show all {formatCount(list.rows.length)}
        </button>
      ) : (
        <Cut shown={list.rows.length} total={list.total} />
      )}
    </section>
  );
}

function Cut({ shown, total }: { shown: number; total: number }) {
  if (shown === total) return null;
  return (
    <p className="quiet small">
      The first {formatCount(shown)} of {formatCount(total)}, the gravest first.
    </p>
  );
}

const COLUMNS: readonly Column<FindingNote>[] = [
  {
    key: 'severity',
    title: 'Severity',
    className: 'cell-severity',
    cell: ({ severity }) => <Severity severity={severity} />,
  },
  {
    key: 'id',
    title: 'Vulnerability',
    className: 'cell-id',
    cell: ({ id, url, isExploited }) => (
      <>
        {url && /^https?:/.test(url) ? (
          <a href={url} target="_blank" rel="noreferrer noopener">
            {id}
          </a>
        ) : (
          id
        )}
        {isExploited ? <div className="small compare-exploited">known to be exploited</div> : null}
      </>
    ),
  },
  {
    key: 'package',
    title: 'Package',
    cell: ({ name, version }) => (
      <>
        {name} <span className="quiet">{version}</span>
      </>
    ),
  },
];

function FindingTable({ caption, rows }: { caption: string; rows: readonly FindingNote[] }) {
  return (
    <Table
      caption={caption}
      columns={COLUMNS}
      rows={rows}
      rowKey={({ id, type, name, version }, at) => `${id} ${type} ${name} ${version} ${at}`}
    />
  );
}
