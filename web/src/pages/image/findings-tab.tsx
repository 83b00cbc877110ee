// All findings in one flat table; sorting and filters stand in the address, so a view can be sent on.
import { useInfiniteQuery } from '@tanstack/react-query';
import { findingsQuery } from '../../api.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { FilterBar, FilterToggle } from '../../components/filter-bar.tsx';
import { MoreRows } from '../../components/more-rows.tsx';
import { Problem } from '../../components/problem.tsx';
import { SEVERITIES, SEVERITY_WORDS, type SeverityName } from '../../components/severity-name.ts';
import { SeverityShape } from '../../components/shape.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { type Sort, Table } from '../../components/table.tsx';
import { formatCount } from '../../format.ts';
import { FLAT_COLUMNS, keyOfFinding, labelFinding } from './finding-columns.tsx';
import { FindingDetail } from './finding-detail.tsx';
import type { ImageTabProps } from './tabs.tsx';
import { useTableQuery } from './use-table-query.ts';

export function FindingsTab({ path, query, image, report }: ImageTabProps) {
  const change = useTableQuery(path, query);
  const { q, severity, fixable, sort, order, platform } = query;
  const asked = { q, severity, fixable, sort, order, platform };
  const list = useInfiniteQuery(
    findingsQuery(path.repository, path.reference, asked, `${image.imageDigest} ${report.createdAt}`),
  );
  const rows = list.data?.pages.flatMap((page) => page.findings) ?? [];
  const total = list.data?.pages[0]?.total ?? 0;
  const shownSort: Sort = { by: sort ?? 'severity', order: order === 'asc' ? 'asc' : 'desc' };
  const chosen = (severity ?? '').split(',').filter((name) => name !== '');
  const onSeverity = (name: SeverityName) => {
    const next = chosen.includes(name) ? chosen.filter((other) => other !== name) : [...chosen, name];
    change({ severity: next.join(',') });
  };
  return (
    <>
      <FilterBar
        label="Filter by vulnerability or package"
        value={q ?? ''}
        onChange={(text) => change({ q: text })}
      >
        {SEVERITIES.filter((name) => (report.totals.severities[name] ?? 0) > 0 || chosen.includes(name)).map(
          (name) => (
            <FilterToggle key={name} isOn={chosen.includes(name)} onToggle={() => onSeverity(name)}>
              <SeverityShape severity={name} />
              {SEVERITY_WORDS[name]} {formatCount(report.totals.severities[name] ?? 0)}
            </FilterToggle>
          ),
        )}
        <FilterToggle
          isOn={fixable === 'true'}
          onToggle={() => change({ fixable: fixable === 'true' ? '' : 'true' })}
        >
          Has a fix {formatCount(report.totals.fixable)}
        </FilterToggle>
      </FilterBar>
      {list.error && !list.data ? <Problem error={list.error} onRetry={list.refetch} /> : null}
      {!list.data && !list.error ? <Skeleton label="findings" kind="table-rows" rows={10} /> : null}
      {list.data && rows.length === 0 ? (
        <EmptyState
          title={
            report.totals.findings === 0
              ? 'No findings in what was judged'
              : 'No finding matches these filters.'
          }
        >
          {report.totals.findings === 0 ? null : (
            <button
              type="button"
              className="button"
              onClick={() => change({ q: '', severity: '', fixable: '' })}
            >
              Show all {formatCount(report.totals.findings)}
            </button>
          )}
        </EmptyState>
      ) : null}
      {rows.length > 0 ? (
        <>
          <Table
            caption="Findings"
            columns={FLAT_COLUMNS}
            rows={rows}
            rowKey={keyOfFinding}
            detail={(finding) => <FindingDetail finding={finding} />}
            detailLabel={labelFinding}
            sort={shownSort}
            onSort={(next) => change({ sort: next.by, order: next.order })}
            isStale={list.isPlaceholderData}
          />
          <MoreRows
            shown={rows.length}
            total={total}
            what={total === 1 ? 'finding' : 'findings'}
            hasMore={list.hasNextPage}
            isLoading={list.isFetchingNextPage}
            onMore={list.fetchNextPage}
          />
        </>
      ) : null}
    </>
  );
}
