// The health score, which never stands alone: what the letter does not show is read with it. No colour of a verdict,
// because the load line is what decides.
import type { ImageReport } from '../../../src/entry/http/contract.ts';
import { formatScore } from '../comparison-words.ts';
import { formatCount } from '../format.ts';
import './score.css';

type ScoreOf = NonNullable<ImageReport['score']>;

/** Read at once; more open on demand. */
const SHOWN = 2;

export function Score({ score, policy }: { score: ScoreOf; policy: string | undefined }) {
  return (
    <section className="score" aria-label="Health score">
      <p>
        <strong>Health score {formatScore(score)}</strong>
        {policy === undefined ? null : (
          <span className="quiet">
            {' '}
            by <code>{policy}</code>
          </span>
        )}
      </p>
      <ScoreHides hides={score.hides} />
    </section>
  );
}

export function ScoreHides({ hides }: Pick<ScoreOf, 'hides'>) {
  const [first, rest] = [hides.slice(0, SHOWN), hides.slice(SHOWN)];
  if (first.length === 0) return null;
  return (
    <div className="score-hides">
      <p>Not shown by it: {first.join('; ')}.</p>
      {rest.length > 0 ? (
        <details>
          <summary>and {formatCount(rest.length)} more that it does not show</summary>
          <ul>
            {rest.map((text) => (
              <li key={text}>{text}.</li>
            ))}
          </ul>
        </details>
      ) : null}
    </div>
  );
}
