// The two images in a table of a few rows, as a person would lay them side by side.
import type { ReactNode } from 'react';
import type { ComparedSide, Comparison } from '../../../../src/entry/http/contract-comparison.ts';
import {
  formatFindingChange,
  formatJudged,
  formatOutcome,
  formatScore,
  isUnjudged,
} from '../../comparison-words.ts';
import { Known, NotKnown } from '../../components/known.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { ScoreHides } from '../../components/score.tsx';
import { OutcomeShape } from '../../components/shape.tsx';
import { formatBytes, formatCount, formatPlural } from '../../format.ts';

const BASES: Readonly<Record<Comparison['base'], string>> = {
  same: 'the same in both, byte for byte',
  rebuilt: 'the same name in both, built anew in between',
  changed: 'another one after than before',
  unknown: 'not known',
};

interface Row {
  readonly name: string;
  /** Absent where one thing is said of both. */
  readonly before?: ReactNode;
  readonly after: ReactNode;
  readonly change?: ReactNode;
}

export function Overview({ comparison }: { comparison: Comparison }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="table compare-overview" aria-label="Side by side" tabIndex={0}>
      <table>
        <caption className="unseen">Side by side</caption>
        <thead>
          <tr>
            <th scope="col">
              <span className="unseen">What</span>
            </th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {rowsOf(comparison).map(({ name, before, after, change }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {before === undefined ? null : <td>{before}</td>}
              <td colSpan={before === undefined ? 2 : 1}>
                {after}
                {change ? <div className="quiet small">{change}</div> : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function rowsOf({ before, after, packages, findings, sizes, layers, base }: Comparison): readonly Row[] {
  const isExploited = before.exploited + after.exploited > 0;
  return [
    { name: 'Verdict', before: <Verdict side={before} />, after: <Verdict side={after} /> },
    ...(before.score && after.score
      ? [
          {
            name: 'Health score',
            before: <Scored score={before.score} />,
            after: <Scored score={after.score} />,
          },
        ]
      : []),
    {
      name: 'Known CVEs',
      before: <Known of={before} />,
      after: <Known of={after} />,
      change: formatFindingChange(findings),
    },
    ...(isExploited
      ? [
          {
            name: 'Known to be exploited',
            before: isUnjudged(before) ? <NotKnown /> : formatCount(before.exploited),
            after: isUnjudged(after) ? <NotKnown /> : formatCount(after.exploited),
          },
        ]
      : []),
    {
      name: 'Packages',
      before: formatCount(before.packages),
      after: formatCount(after.packages),
      change: formatPackages(packages),
    },
    {
      name: `Size, ${sizes.measure}`,
      before: formatSize(sizes.before),
      after: formatSize(sizes.after),
      change: formatSizeChange(sizes.change),
    },
    { name: 'Judged', before: formatJudged(before), after: formatJudged(after) },
    ...(before.distribution || after.distribution
      ? [
          {
            name: 'System',
            before: before.distribution ?? 'none named in it',
            after: after.distribution ?? 'none named in it',
          },
        ]
      : []),
    {
      name: 'Layers',
      before: formatCount(layers.before),
      after: formatCount(layers.after),
      change:
        layers.shared > 0 ? `the lowest ${formatPlural(layers.shared, 'layer')} in both` : 'none in both',
    },
    ...(base === 'unknown' ? [] : [{ name: 'Base', after: BASES[base] }]),
    { name: 'Made', before: <Made side={before} />, after: <Made side={after} /> },
    ...(before.source?.revision || after.source?.revision
      ? [{ name: 'Built from', before: <Revision side={before} />, after: <Revision side={after} /> }]
      : []),
  ];
}

function Verdict({ side }: { side: ComparedSide }) {
  return (
    <span className="compare-state">
      <OutcomeShape outcome={side.outcome} /> {formatOutcome(side)}
    </span>
  );
}

function Scored({ score }: { score: NonNullable<ComparedSide['score']> }) {
  return (
    <>
      {formatScore(score)}
      <ScoreHides hides={score.hides} />
    </>
  );
}

function Made({ side: { createdAt } }: { side: ComparedSide }) {
  return createdAt === undefined ? 'not said' : <RelativeTime instant={createdAt} />;
}

function Revision({ side: { source } }: { side: ComparedSide }) {
  if (source?.revision === undefined) return 'not said';
  return <code title={source.revision}>{source.revision.slice(0, 12)}</code>;
}

function formatSize(bytes: number | undefined): string {
  return bytes === undefined ? 'not known' : formatBytes(bytes);
}

function formatSizeChange(change: number | undefined): string | undefined {
  if (change === undefined) return undefined;
  return change === 0 ? 'the same' : `${formatBytes(Math.abs(change))} ${change > 0 ? 'more' : 'less'}`;
}

function formatPackages({ added, removed, changed }: Comparison['packages']): string {
  const parts = [
    ...(added > 0 ? [`${formatCount(added)} more`] : []),
    ...(removed > 0 ? [`${formatCount(removed)} fewer`] : []),
    ...(changed > 0 ? [`${formatCount(changed)} changed`] : []),
  ];
  return parts.length === 0 ? 'the same' : parts.join(', ');
}
