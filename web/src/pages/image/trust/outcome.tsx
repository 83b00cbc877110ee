// The outcome of a check as shape and word: a disc, a triangle, a hatched ring; never a colour alone.
import { OutcomeShape } from '../../../components/shape.tsx';
import type { Outcome } from '../../../verify/judge-bundle.ts';

const SHAPES = { passed: 'pass', failed: 'fail', unknown: 'unknown' } as const;

export function OutcomeMark({ outcome, words }: { outcome: Outcome; words?: string }) {
  if (words === undefined)
    return (
      <span className={`outcome-mark is-${outcome}`}>
        <OutcomeShape outcome={SHAPES[outcome]} /> {outcome}
      </span>
    );
  return (
    <h3 className="outcome-words">
      <OutcomeShape outcome={SHAPES[outcome]} />
      <span>
        <span className="unseen">{outcome}: </span>
        {words}
      </span>
    </h3>
  );
}
