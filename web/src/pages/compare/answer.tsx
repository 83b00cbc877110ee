// What became of the image: both load lines, the answer, and how much of what changed. Before both are judged:
// which is not, and how far it is; nothing is said of what is not known.
import type { ComparedImage, Comparison } from '../../../../src/entry/http/contract-comparison.ts';
import { LoadLine } from '../../components/load-line.tsx';
import { formatTitle } from '../../format.ts';
import { formatScan, isFinal } from '../../scan.ts';

/** CSS pixels. */
const DISC_PX = 104;

export function CompareAnswer({ comparison }: { comparison: Comparison }) {
  const { before, after, answer, summary } = comparison;
  return (
    <section className="compare-answer" aria-label="The answer">
      <Discs before={before} after={after} />
      <div>
        <h2>{formatTitle(answer)}</h2>
        <p className="compare-summary">{summary}</p>
      </div>
    </section>
  );
}

export function ComparePending({ before, after }: { before: ComparedImage; after: ComparedImage }) {
  const isMoving = [before, after].some(({ scan }) => !isFinal(scan));
  return (
    <section className="compare-answer" aria-label="The answer">
      <Discs before={before} after={after} />
      <div aria-live="polite">
        <h2>{isMoving ? 'Not compared yet' : 'These cannot be compared'}</h2>
        <Stand word="Before" image={before} />
        <Stand word="After" image={after} />
        <p className="quiet small">
          {isMoving
            ? 'This page follows by itself.'
            : 'So nothing is known of what changed: not that nothing did, nor what.'}
        </p>
      </div>
    </section>
  );
}

function Stand({ word, image: { scan } }: { word: string; image: ComparedImage }) {
  const reason = scan.error === undefined ? '' : `: ${scan.error}`;
  return (
    <p className="compare-summary">
      {word}: {formatScan(scan).toLowerCase()}
      {reason}
    </p>
  );
}

type Disc = Pick<ComparedImage, 'loadLine'> & Partial<Pick<ComparedImage, 'scan'>>;

function Discs({ before, after }: { before: Disc; after: Disc }) {
  return (
    <div className="compare-discs">
      <figure>
        <LoadLine size={DISC_PX} levels={before.loadLine} scan={before.scan} />
        <figcaption>before</figcaption>
      </figure>
      <Arrow />
      <figure>
        <LoadLine size={DISC_PX} levels={after.loadLine} scan={after.scan} />
        <figcaption>after</figcaption>
      </figure>
    </div>
  );
}

function Arrow() {
  return (
    <svg width="20" height="12" viewBox="0 0 20 12" aria-hidden="true" fill="none" stroke="var(--ink-2)">
      <path d="M0 6H18M13 1 18 6 13 11" strokeWidth="1.5" />
    </svg>
  );
}
