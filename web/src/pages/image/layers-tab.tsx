// The layers, oldest first: what made each, how large it is, and what it brought.
import type { Layer } from '../../../../src/entry/http/contract.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ImageLink } from '../../components/links.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatBytes, formatCount, formatPlural } from '../../format.ts';
import type { ImageTabProps } from './tabs.tsx';

export function LayersTab({ path, query, report }: ImageTabProps) {
  const { layers, totals, base } = report;
  const ofBase = base?.layers ?? 0;
  if (layers.length === 0) return <EmptyState title="This image has no layers" />;
  const columns: readonly Column<Layer>[] = [
    {
      key: 'position',
      title: 'Layer',
      cell: ({ position }) => (
        <>
          {position + 1}
          {position < ofBase ? <span className="quiet"> base</span> : null}
        </>
      ),
    },
    {
      key: 'command',
      title: 'Made by',
      className: 'cell-command',
      cell: ({ createdBy }) =>
        createdBy ? (
          <code title={createdBy}>{createdBy}</code>
        ) : (
          <span className="quiet">the configuration does not say</span>
        ),
    },
    { key: 'size', title: 'Size', className: 'number', cell: ({ sizeBytes }) => formatBytes(sizeBytes) },
    {
      key: 'unpacked',
      title: 'Unpacked',
      className: 'number',
      cell: ({ unpackedBytes }) => formatBytes(unpackedBytes),
    },
    {
      key: 'packages',
      title: 'Packages',
      className: 'number',
      cell: ({ position, packages }) =>
        packages === 0 ? (
          <span className="quiet">0</span>
        ) : (
          <ImageLink
            repository={path.repository}
            reference={path.reference}
            tab="packages"
            query={{ platform: query.platform, layer: String(position) }}
            keepScroll
          >
            {formatCount(packages)}
          </ImageLink>
        ),
    },
    {
      key: 'findings',
      title: 'Findings',
      className: 'number',
      cell: ({ findings }) => formatCount(findings),
    },
  ];
  return (
    <>
      <p className="tab-note">
        <span>
          {formatPlural(totals.files, 'file')}, {formatBytes(totals.unpackedBytes)} unpacked
        </span>
        <span>oldest first</span>
      </p>
      <Table
        caption="Layers, oldest first"
        columns={columns}
        rows={layers}
        rowKey={({ position }) => String(position)}
        detail={(layer) => <LayerDetail layer={layer} />}
        detailLabel={({ position }) => `More about layer ${position + 1}`}
      />
    </>
  );
}

function LayerDetail({ layer }: { layer: Layer }) {
  return (
    <dl className="detail-facts small">
      <dt>Digest</dt>
      <dd>
        <code>{layer.digest}</code> <CopyButton text={layer.digest} what="digest" />
      </dd>
      <dt>diffID</dt>
      <dd>
        <code>{layer.diffId}</code> <CopyButton text={layer.diffId} what="diffID" />
      </dd>
      <dt>Media type</dt>
      <dd>
        <code>{layer.mediaType}</code>
      </dd>
      <dt>Holds</dt>
      <dd>
        {formatPlural(layer.entries, 'entry', 'entries')}
        {layer.deletions > 0 ? `, and deletes ${formatCount(layer.deletions)} from the layers below` : ''}
      </dd>
      {layer.createdBy ? (
        <>
          <dt>Made by</dt>
          <dd>
            <code>{layer.createdBy}</code>
          </dd>
        </>
      ) : null}
    </dl>
  );
}
