// Every package with where it was seen; what no feed judges is hatched and says why.
import { useInfiniteQuery } from '@tanstack/react-query';
import { packagesQuery } from '../../api.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { FilterBar, FilterToggle } from '../../components/filter-bar.tsx';
import { MoreRows } from '../../components/more-rows.tsx';
import { Problem } from '../../components/problem.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { type Sort, Table } from '../../components/table.tsx';
import { createPackageColumns, keyOfPackage, PackageDetail } from './package-columns.tsx';
import type { ImageTabProps } from './tabs.tsx';
import { useTableQuery } from './use-table-query.ts';

export function PackagesTab({ path, query, image, report }: ImageTabProps) {
  const change = useTableQuery(path, query);
  const { q, type, layer, sort, order, platform } = query;
  const asked = { q, type, layer, sort, order, platform };
  const list = useInfiniteQuery(
    packagesQuery(path.repository, path.reference, asked, `${image.imageDigest} ${report.createdAt}`),
  );
  const rows = list.data?.pages.flatMap((page) => page.packages) ?? [];
  const total = list.data?.pages[0]?.total ?? 0;
  const shownSort: Sort = { by: sort ?? 'name', order: order === 'desc' ? 'desc' : 'asc' };
  return (
    <>
      <FilterBar label="Filter packages" value={q ?? ''} onChange={(text) => change({ q: text })}>
        {type ? (
          <FilterToggle isOn onToggle={() => change({ type: '' })}>
            Only {type} ✕
          </FilterToggle>
        ) : null}
        {layer ? (
          <FilterToggle isOn onToggle={() => change({ layer: '' })}>
            Only layer {Number(layer) + 1} ✕
          </FilterToggle>
        ) : null}
      </FilterBar>
      {list.error && !list.data ? <Problem error={list.error} onRetry={list.refetch} /> : null}
      {!list.data && !list.error ? <Skeleton label="packages" kind="table-rows" rows={10} /> : null}
      {list.data && rows.length === 0 ? (
        <EmptyState
          title={
            report.totals.packages === 0 ? 'No packages were found' : 'No package matches these filters.'
          }
        >
          {report.totals.packages === 0 ? (
            <p className="quiet">What was built from source and left no record cannot be seen this way.</p>
          ) : null}
        </EmptyState>
      ) : null}
      {rows.length > 0 ? (
        <>
          <Table
            caption="Packages"
            columns={createPackageColumns((chosen) => change({ type: chosen }))}
            rows={rows}
            rowKey={keyOfPackage}
            detail={(row) => <PackageDetail row={row} />}
            detailLabel={(row) => `Where ${row.name} was seen`}
            sort={shownSort}
            onSort={(next) => change({ sort: next.by, order: next.order })}
            isStale={list.isPlaceholderData}
          />
          <MoreRows
            shown={rows.length}
            total={total}
            what={total === 1 ? 'package' : 'packages'}
            hasMore={list.hasNextPage}
            isLoading={list.isFetchingNextPage}
            onMore={list.fetchNextPage}
          />
        </>
      ) : null}
    </>
  );
}
