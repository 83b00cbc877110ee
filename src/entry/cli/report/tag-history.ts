// A tag's history as a person reads it: a line for each move, the last first, below it how it was judged, and what was
// proven of it.
import type { QuorumAnswer } from '../../../engines/witness/quorum.ts';
import type { LogProven } from '../../../services/registry/tag-log-verify.ts';
import type { TagRecord } from '../../../services/registry/tag-record.ts';
import { printable } from '../printable.ts';
import { outcomeMark, paint } from '../style.ts';
import { formatTable } from '../table.ts';
import type { ShownTagMove } from '../tag-history.ts';
import type { Sink } from '../world.ts';
import { wrap } from '../wrap.ts';
import { formatJudgement } from './judgement.ts';
import { plural } from './text.ts';

export function formatMoves(moves: readonly ShownTagMove[], sink: Sink): string {
  const rows = moves.map(({ leaf, record }) => [
    record.at.replace(/\.\d+Z$/, 'Z'),
    record.by,
    record.via,
    `${shorten(record.previous)} → ${describeEnd(record)}`,
    String(leaf),
    record.reason ??
      (record.since === undefined ? '' : `there since ${record.since.replace(/\.\d+Z$/, 'Z')}`),
  ]);
  const [head = '', ...lines] = formatTable(
    [['WHEN', 'WHO', 'HOW', 'FROM → TO', 'LEAF', ''], ...rows],
    [{}, {}, {}, {}, { align: 'right' }, { isFlexible: true }],
    sink.columns,
  );
  const told = moves.flatMap(({ judgement }, at) => [
    lines[at] ?? '',
    ...(judgement === undefined ? [] : formatJudgement(judgement, sink)),
  ]);
  return [paint(sink, 'dim', head), ...told].map((line) => `${line}\n`).join('');
}

export function formatProven(proven: LogProven, sink: Sink, quorum?: QuorumAnswer): string {
  const { origin, size, grownFrom, included, isWhole, notProven } = proven;
  const sentences: readonly (readonly ['pass' | 'fail' | 'unknown', string])[] = [
    ['pass', `in the log: ${plural(included, 'move')} of the tag log ${origin}, ${leaves(size)}`],
    ['pass', 'served: the registry serves for this tag what its last move says'],
    grownFrom === undefined
      ? ['unknown', 'first look: no earlier checkpoint of this log to compare with; this one is kept']
      : ['pass', `only grown: it continues the log of ${leaves(grownFrom)} that was seen last`],
    ...(isWhole
      ? [['pass', 'read whole: no other move of this tag stands in the clear in it'] as const]
      : []),
    ...notProven.map((why) => ['unknown', `not proven: ${why}`] as const),
    quorum === undefined
      ? [
          'unknown',
          'not proven: that everybody is shown the same log; compare checkpoints with others, or name witnesses with --witnesses',
        ]
      : [quorum.isReached ? 'pass' : 'fail', `witnessed: ${quorum.sentence}`],
  ];
  return sentences
    .flatMap(([outcome, text]) =>
      wrap(printable(text), sink.columns - 2).map((line, at) =>
        at === 0 ? `${outcomeMark(sink, outcome)} ${line}\n` : `  ${line}\n`,
      ),
    )
    .join('');
}

function leaves(count: number): string {
  return count === 1 ? '1 leaf' : `${count.toLocaleString('en')} leaves`;
}

function describeEnd({ kind, digest }: TagRecord): string {
  return kind === 'deleted' ? 'deleted' : shorten(digest);
}

function shorten(digest: string | null): string {
  if (digest === null) return '(none)';
  const [algorithm = '', hex = ''] = digest.split(':');
  return `${algorithm}:${hex.slice(0, 12)}`;
}
