// When a change is a "no" for a pipeline: only for what it makes worse, never for what was there before. What
// can no longer be judged is not "no worse".
import type { Comparison } from './comparison.ts';
import { joinWords } from './filter.ts';

export const gates = Object.freeze(['vulnerability', 'policy', 'package'] as const);
export type Gate = (typeof gates)[number];

/** Why the change does not pass, one sentence for each gate that says no; empty where it does. */
export function judgeGates(comparison: Comparison, wanted: readonly Gate[]): readonly string[] {
  return gates.filter((gate) => wanted.includes(gate)).flatMap((gate) => JUDGES[gate](comparison));
}

const JUDGES: Readonly<Record<Gate, (comparison: Comparison) => readonly string[]>> = Object.freeze({
  vulnerability({ findings: { introduced }, newGaps }) {
    const names = [...new Set(introduced.map(({ id }) => id))];
    return [
      ...(names.length === 0 ? [] : [`${countOf(names.length, 'CVE')} more: ${listSome(names)}`]),
      ...(newGaps.length === 0
        ? []
        : [
            `${countOf(newGaps.length, 'package')} more could not be judged: ${listSome(newGaps.map(({ name }) => name))}`,
          ]),
    ];
  },
  policy({ rules }) {
    const worse = rules.filter(({ trend }) => trend === 'worse').map(({ title }) => title);
    return worse.length === 0
      ? []
      : [`${countOf(worse.length, 'rule')} worse than before: ${joinWords(worse)}`];
  },
  package({ packages: { changes } }) {
    return changes.length === 0
      ? []
      : [`${countOf(changes.length, 'package')} changed: ${listSome(changes.map(({ name }) => name))}`];
  },
});

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const LISTED = 5;

function listSome(names: readonly string[]): string {
  const rest = names.length - LISTED;
  return rest > 0 ? `${names.slice(0, LISTED).join(', ')} and ${rest} more` : joinWords(names);
}
