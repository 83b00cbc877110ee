// What the image's configuration says: how it runs, its environment, labels and history.
import type { ReactNode } from 'react';
import type { ImageConfig, ImageReport } from '../../../../src/entry/http/contract.ts';
import { RelativeTime } from '../../components/relative-time.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatWord } from '../../format.ts';

export function ConfigurationTab({ report }: { report: ImageReport }) {
  const { config } = report;
  const labels = Object.entries(config.labels);
  return (
    <>
      <dl className="configuration">
        <Item name="User">
          {config.user ? <code>{config.user}</code> : <span>none set, so it runs as root</span>}
        </Item>
        <Item name="Entrypoint">{formatCommand(config.entrypoint)}</Item>
        <Item name="Command">{formatCommand(config.command)}</Item>
        <Item name="Working folder">{config.workingDir ? <code>{config.workingDir}</code> : undefined}</Item>
        <Item name="Environment">{formatList(config.env)}</Item>
        <Item name="Ports">{formatList(config.exposedPorts)}</Item>
        <Item name="Volumes">{formatList(config.volumes)}</Item>
        <Item name="Stop signal">{config.stopSignal ? <code>{config.stopSignal}</code> : undefined}</Item>
        <Item name="Labels">{formatList(labels.map(([name, value]) => `${name}=${value}`))}</Item>
        <Item name="Author">{config.author}</Item>
        <Item name="Made">{config.createdAt ? <RelativeTime instant={config.createdAt} /> : undefined}</Item>
      </dl>
      {config.history.length > 0 ? <History history={config.history} /> : null}
    </>
  );
}

/** Says "not set" rather than leaving a gap. */
function Item({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children ?? <span className="quiet">not set</span>}</dd>
    </div>
  );
}

function formatCommand(words: readonly string[]): ReactNode {
  return words.length > 0 ? <code>{words.map(formatWord).join(' ')}</code> : undefined;
}

function formatList(lines: readonly string[]): ReactNode {
  if (lines.length === 0) return undefined;
  return (
    <ul>
      {lines.map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a configuration may repeat a line, and never changes
        <li key={at}>
          <code>{line}</code>
        </li>
      ))}
    </ul>
  );
}

type Step = ImageConfig['history'][number];

const COLUMNS: readonly Column<Step & { at: number }>[] = [
  { key: 'at', title: 'Step', cell: ({ at }) => at + 1 },
  {
    key: 'command',
    title: 'Made by',
    className: 'cell-command',
    cell: ({ createdBy, comment }) => <code title={createdBy}>{createdBy ?? comment ?? 'not said'}</code>,
  },
  {
    key: 'layer',
    title: 'Layer',
    cell: ({ emptyLayer }) => (emptyLayer ? <span className="quiet">none</span> : 'yes'),
  },
  {
    key: 'when',
    title: 'When',
    cell: ({ createdAt }) => (createdAt ? <RelativeTime instant={createdAt} /> : 'not said'),
  },
];

function History({ history }: { history: readonly Step[] }) {
  return (
    <section className="history">
      <h3>History</h3>
      <Table
        caption="History, oldest first"
        columns={COLUMNS}
        rows={history.map((step, at) => ({ ...step, at }))}
        rowKey={({ at }) => String(at)}
      />
    </section>
  );
}
