// Findings grouped by what fixes them: one card for each step a person can take.
import { useState } from 'react';
import type { FixGroup } from '../../../../src/entry/http/contract.ts';
import { CopyLine } from '../../components/copy-line.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ImageLink } from '../../components/links.tsx';
import { SeverityBar } from '../../components/severity-bar.tsx';
import { Table } from '../../components/table.tsx';
import { formatCount, formatPlural } from '../../format.ts';
import { GROUPED_COLUMNS, keyOfFinding, labelFinding } from './finding-columns.tsx';
import { FindingDetail } from './finding-detail.tsx';
import type { ImageTabProps } from './tabs.tsx';

/** Rows of a card before it is opened: enough to see what it is about. */
const FIRST_ROWS = 5;

export function FixTab(props: ImageTabProps) {
  const { report } = props;
  const full = Math.max(1, ...report.fixes.map(({ total }) => total));
  if (report.fixes.length === 0) return <Nothing {...props} />;
  return (
    <>
      {report.fixes.map((group) => (
        <Card key={group.key} group={group} full={full} {...props} />
      ))}
    </>
  );
}

function Nothing({ report }: ImageTabProps) {
  const { judged, packages } = report.coverage;
  const left = packages - judged;
  return (
    <EmptyState title={judged === 0 ? 'Nothing could be judged' : 'No findings in what was judged'}>
      <p className="quiet">
        {formatCount(judged)} of {formatPlural(packages, 'package')} {packages === 1 ? 'was' : 'were'}{' '}
        compared with the advisories
        {left > 0 ? `. What is wrong with the other ${formatCount(left)}, nobody here can say.` : '.'}
      </p>
    </EmptyState>
  );
}

interface CardProps extends ImageTabProps {
  group: FixGroup;
  full: number;
}

function Card({ group, full, path, query, report }: CardProps) {
  // Its command already stands in the answer.
  const isBest = group === report.fixes.find(({ fixable }) => fixable);
  const [isOpen, setOpen] = useState(false);
  const rows = isOpen ? group.findings : group.findings.slice(0, FIRST_ROWS);
  const hidden = Math.min(group.total, group.findings.length) - rows.length;
  return (
    <section className="fix-group">
      <div className="fix-group-head">
        <div>
          <h3>{group.title}</h3>
          <p>{group.detail}</p>
        </div>
        <SeverityBar counts={group.severities} full={full} />
      </div>
      {group.command && !isBest ? (
        <div className="fix-group-command">
          <CopyLine lines={[group.command]} />
        </div>
      ) : null}
      {rows.length > 0 ? (
        <Table
          caption={`${group.title}: findings`}
          columns={GROUPED_COLUMNS}
          rows={rows}
          rowKey={keyOfFinding}
          detail={(finding) => <FindingDetail finding={finding} />}
          detailLabel={labelFinding}
        />
      ) : null}
      {hidden > 0 || group.total > group.findings.length ? (
        <p className="fix-group-more">
          {hidden > 0 ? (
            <button type="button" className="link-button" onClick={() => setOpen(true)}>
              Show {formatCount(hidden)} more
            </button>
          ) : null}
          {group.total > group.findings.length ? (
            <ImageLink
              repository={path.repository}
              reference={path.reference}
              tab="findings"
              query={{ platform: query.platform }}
              keepScroll
            >
              All {formatCount(group.total)} are in the table of findings
            </ImageLink>
          ) : null}
        </p>
      ) : null}
    </section>
  );
}
