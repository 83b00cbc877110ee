// The columns of packages, and what a package's row opens to.
import type { PackageRow } from '../../../../src/entry/http/contract.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { NotKnown } from '../../components/known.tsx';
import { SeverityCounts } from '../../components/severity.tsx';
import type { Column } from '../../components/table.tsx';

export function createPackageColumns(onType: (type: string) => void): readonly Column<PackageRow>[] {
  return [
    {
      key: 'name',
      title: 'Package',
      sort: 'name',
      className: 'cell-package',
      cell: (row) => (
        <>
          {row.name} <span className="quiet">{row.version === '' ? 'no version named' : row.version}</span>
        </>
      ),
    },
    {
      key: 'type',
      title: 'Type',
      sort: 'type',
      cell: (row) => (
        <button
          type="button"
          className="link-button small"
          onClick={() => onType(row.type)}
          aria-label={`Only ${row.type}`}
        >
          {row.type}
        </button>
      ),
    },
    { key: 'licences', title: 'Licences', cell: (row) => <Licences licenses={row.licenses} /> },
    {
      key: 'layer',
      title: 'Layer',
      sort: 'layer',
      className: 'number',
      cell: (row) => [...new Set(row.locations.map(({ layerPosition }) => layerPosition + 1))].join(', '),
    },
    {
      key: 'findings',
      title: 'Findings',
      sort: 'findings',
      cell: (row) =>
        row.gap === undefined ? (
          <SeverityCounts counts={row.findings} />
        ) : (
          <NotKnown words="not judged" why={row.gap} />
        ),
    },
  ];
}

function Licences({ licenses }: { licenses: readonly string[] }) {
  if (licenses.length === 0) return <span className="quiet small">none named</span>;
  const more = licenses.length > 2 ? ` and ${licenses.length - 2} more` : '';
  return <span className="small">{licenses.slice(0, 2).join(', ') + more}</span>;
}

export function PackageDetail({ row }: { row: PackageRow }) {
  return (
    <dl className="detail-facts small">
      <dt>Package URL</dt>
      <dd>
        <code>{row.purl}</code> <CopyButton text={row.purl} what="package URL" />
      </dd>
      {row.sourceName ? (
        <>
          <dt>Built from</dt>
          <dd>
            {row.sourceName} {row.sourceVersion}
          </dd>
        </>
      ) : null}
      {row.architecture ? (
        <>
          <dt>Architecture</dt>
          <dd>{row.architecture}</dd>
        </>
      ) : null}
      {row.licenses.length > 0 ? (
        <>
          <dt>Licences</dt>
          <dd>{row.licenses.join(', ')}</dd>
        </>
      ) : null}
      <dt>Seen in</dt>
      <dd>
        <ul>
          {row.locations.map(({ path, layerPosition, layerDiffId }) => (
            <li key={`${path} ${layerDiffId}`}>
              <code>/{path}</code>, layer {layerPosition + 1}
            </li>
          ))}
        </ul>
      </dd>
      <dt>Found by</dt>
      <dd>{row.foundBy}</dd>
      {row.gap ? (
        <>
          <dt>Not judged</dt>
          <dd>{row.gap}</dd>
        </>
      ) : null}
    </dl>
  );
}

export function keyOfPackage(row: PackageRow, at: number): string {
  return `${row.purl} ${row.locations[0]?.path} ${at}`;
}
