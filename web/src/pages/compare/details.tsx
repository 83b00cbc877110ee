// The rest of a comparison: how each rule's answer moved, what the configuration says otherwise, and which packages
// of the change no feed could judge.
import type { ReactNode } from 'react';
import type { Comparison } from '../../../../src/entry/http/contract-comparison.ts';
import { formatTrend } from '../../comparison-words.ts';
import { OutcomeShape } from '../../components/shape.tsx';
import { type Column, Table } from '../../components/table.tsx';
import { formatCount } from '../../format.ts';

type Rule = Comparison['rules'][number];
type Change = Comparison['configuration']['rows'][number];

export function RuleChanges({ rules }: { rules: Comparison['rules'] }) {
  const moved = rules.filter(({ before, after }) => before?.label !== after?.label);
  return (
    <section aria-labelledby="rules">
      <h2 id="rules" className="section-title">
        Rules
      </h2>
      <p className="tab-note">
        <span>
          {moved.length === 0
            ? `No rule answers otherwise: ${formatCount(rules.length)} asked.`
            : `${formatCount(moved.length)} of ${formatCount(rules.length)} rules answer otherwise.`}
        </span>
      </p>
      <Table caption="Rules" columns={RULE_COLUMNS} rows={rules} rowKey={({ rule }) => rule} />
    </section>
  );
}

const RULE_COLUMNS: readonly Column<Rule>[] = [
  {
    key: 'rule',
    title: 'Rule',
    className: 'cell-package',
    cell: ({ title, before, after }) => (
      <>
        {title}
        <span className="on-phone small">
          {before?.label === after?.label ? null : (
            <>
              <State state={before} /> →{' '}
            </>
          )}
          <State state={after} />
        </span>
      </>
    ),
  },
  { key: 'before', title: 'Before', className: 'off-phone', cell: ({ before }) => <State state={before} /> },
  { key: 'after', title: 'After', className: 'off-phone', cell: ({ after }) => <State state={after} /> },
  {
    key: 'trend',
    title: 'Change',
    className: 'nowrap',
    cell: (rule) => {
      const text = formatTrend(rule);
      const trend = text === 'not known' ? 'same' : rule.trend;
      return <span className={`compare-trend is-${trend}`}>{text}</span>;
    },
  },
];

function State({ state }: { state: Rule['before'] }) {
  if (state === undefined) return <span className="quiet">not asked</span>;
  return (
    <span className="compare-state" title={state.reason}>
      <OutcomeShape outcome={state.outcome} /> {state.label}
    </span>
  );
}

export function ConfigurationChanges({ changes }: { changes: Comparison['configuration'] }) {
  return (
    <Section id="configuration" title="Configuration" total={changes.total} shown={changes.rows.length}>
      {changes.total === 0 ? (
        <p className="quiet">It runs the same, as the same user, with the same labels.</p>
      ) : (
        <Table
          caption="Configuration that changed"
          columns={CONFIGURATION_COLUMNS}
          rows={changes.rows}
          rowKey={({ name }) => name}
        />
      )}
    </Section>
  );
}

const CONFIGURATION_COLUMNS: readonly Column<Change>[] = [
  { key: 'name', title: 'What', className: 'cell-package', cell: ({ name }) => name },
  { key: 'before', title: 'Before', cell: ({ before }) => <Value text={before} /> },
  { key: 'after', title: 'After', cell: ({ after }) => <Value text={after} /> },
];

function Value({ text }: { text: string | undefined }) {
  return text === undefined ? <span className="quiet">not set</span> : <code>{text}</code>;
}

export function Gaps({ gaps }: { gaps: Comparison['newGaps'] }) {
  if (gaps.total === 0) return null;
  return (
    <Section id="gaps" title="Not judged, and new here" total={gaps.total} shown={gaps.rows.length}>
      <ul className="compare-gaps">
        {gaps.rows.map(({ name, version, why }) => (
          <li key={`${name} ${version} ${why}`}>
            <OutcomeShape outcome="unknown" />
            <span>
              <strong>{name}</strong> {version}: <span className="quiet">{why}</span>
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

interface SectionProps {
  id: string;
  title: string;
  total: number;
  shown: number;
  children: ReactNode;
}

function Section({ id, title, total, shown, children }: SectionProps) {
  return (
    <section aria-labelledby={id}>
      <h2 id={id} className="section-title">
        {title} {total > 0 ? <small>{formatCount(total)}</small> : null}
      </h2>
      {children}
      {shown < total ? (
        <p className="quiet small">
          The first {formatCount(shown)} of {formatCount(total)}.
        </p>
      ) : null}
    </section>
  );
}
