// Pushes that the sentinel holds, for those who may answer them: what was pushed and by whom, what speaks against it,
// what could not be judged, both images side by side, and the answer. Nobody else is shown anything here.
import { useQuery } from '@tanstack/react-query';
import { useId, useRef, useState } from 'react';
import type { TagHold } from '../../../src/entry/http/contract-tag.ts';
import { answerHold, heldQuery, repositoryQuery } from '../api.ts';
import { Answered, useAnswer } from '../components/answer.tsx';
import { CompareLink, ImageLink } from '../components/links.tsx';
import { Problem } from '../components/problem.tsx';
import { RelativeTime } from '../components/relative-time.tsx';
import { OutcomeShape } from '../components/shape.tsx';
import { formatDigest, formatPlural, formatWhole } from '../format.ts';
import './held.css';

interface HeldProps {
  repository: string;
  /** Only what waits for this tag. */
  tag?: string;
}

/** What waits, as far as the reader may answer it; pending until that is known. */
export function useHeld({ repository, tag }: HeldProps): { isPending: boolean; holds: readonly TagHold[] } {
  const detail = useQuery(repositoryQuery(repository));
  const isAny = (detail.data?.held ?? 0) > 0;
  const held = useQuery({ ...heldQuery(repository), enabled: isAny });
  const all = isAny ? (held.data?.holds ?? []) : [];
  const holds = tag === undefined ? all : all.filter((hold) => hold.tag === tag);
  return { isPending: detail.isPending || (isAny && held.isPending), holds };
}

export function Held({ repository, tag }: HeldProps) {
  const { holds } = useHeld({ repository, ...(tag === undefined ? {} : { tag }) });
  const [done, setDone] = useState('');
  if (holds.length === 0 && done === '') return null;
  return (
    <section className={holds.length === 0 ? 'held is-done' : 'held'} aria-labelledby="held">
      <h2 id="held">
        {holds.length === 0
          ? 'No push waits any more'
          : `${formatPlural(holds.length, 'push waits', 'pushes wait')} for your answer`}
      </h2>
      <Answered words={done} />
      {holds.map((hold) => (
        <Hold key={`${hold.tag} ${hold.digest}`} repository={repository} hold={hold} onDone={setDone} />
      ))}
    </section>
  );
}

interface HoldProps {
  repository: string;
  hold: TagHold;
  onDone: (words: string) => void;
}

function Hold({ repository, hold, onDone }: HoldProps) {
  const { tag, digest, previous, by, via, at, suspicions, unknowns } = hold;
  const id = useId();
  return (
    <article className="held-push" aria-labelledby={id}>
      <h3 id={id}>
        {tag} is held: {formatPlural(suspicions.length, 'thing speaks', 'things speak')} against its move
      </h3>
      <p>
        <strong>{by}</strong> (by {via}) pushed{' '}
        <ImageLink repository={repository} reference={digest}>
          <code title={digest}>{formatDigest(digest)}</code>
        </ImageLink>{' '}
        <RelativeTime instant={at} />. Until you answer, {tag} stays{' '}
        <ImageLink repository={repository} reference={previous}>
          <code title={previous}>{formatDigest(previous)}</code>
        </ImageLink>
        .{' '}
        <CompareLink
          className="nowrap"
          before={formatWhole(repository, previous)}
          after={formatWhole(repository, digest)}
        >
          Compare both
        </CompareLink>
      </p>
      <ul className="held-findings">
        {suspicions.map(({ rule, why }) => (
          <li key={rule}>
            <OutcomeShape outcome="fail" />
            <span>
              <strong>suspicious:</strong> {why} <code className="quiet">{rule}</code>
            </span>
          </li>
        ))}
        {unknowns.map(({ where, why }) => (
          <li key={where} className="quiet">
            <OutcomeShape outcome="unknown" />
            <span>
              not judged: {why} <code>{where}</code>
            </span>
          </li>
        ))}
      </ul>
      <Answer repository={repository} hold={hold} onDone={onDone} />
    </article>
  );
}

/** The reason takes no Enter: neither answer is the usual one. */
function Answer({ repository, hold, onDone }: HoldProps) {
  const { tag, digest, previous } = hold;
  const reason = useRef<HTMLInputElement>(null);
  const { isAsking, error, answer, onRetry } = useAnswer();
  const decide = (decision: 'confirm' | 'drop') =>
    answer(async () => {
      const why = reason.current?.value.trim() ?? '';
      await answerHold(repository, tag, { decision, digest, ...(why === '' ? {} : { reason: why }) });
      onDone(
        decision === 'confirm'
          ? `${tag} is now ${formatDigest(digest)}.`
          : `${tag} stays ${formatDigest(previous)}, without ${formatDigest(digest)}.`,
      );
    });
  if (error !== undefined) return <Problem error={error} onRetry={onRetry} />;
  return (
    <fieldset className="answer" disabled={isAsking}>
      <legend className="unseen">Your answer to the push to {tag}</legend>
      <label>
        Reason <span className="quiet">for the audit log, if you like</span>
        <input ref={reason} type="text" maxLength={500} autoComplete="off" />
      </label>
      <div className="answer-buttons">
        <button type="button" className="button" onClick={() => void decide('confirm')}>
          Confirm
        </button>
        <button type="button" className="button" onClick={() => void decide('drop')}>
          Drop
        </button>
      </div>
      <p className="quiet small">
        Confirm moves {tag} to what was pushed. Drop leaves it where it is; the image stays, by its digest.
      </p>
    </fieldset>
  );
}
