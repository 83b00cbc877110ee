// Who signs a repository's images: the answer first, then each signer with what the owner says of it, and the owner's
// buttons. At the top where something waits for an answer, below the tags else. What could not be proved stands apart,
// hatched: nobody is learned from it.
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import type {
  ExpectedIdentity,
  IdentityDecision,
  IdentityList,
  UnprovedSignature,
} from '../../../src/entry/http/contract-identity.ts';
import { decideIdentity, identitiesQuery } from '../api.ts';
import { Answered, useAnswer } from '../components/answer.tsx';
import { ImageLink } from '../components/links.tsx';
import { Problem } from '../components/problem.tsx';
import { RelativeTime } from '../components/relative-time.tsx';
import { OutcomeShape } from '../components/shape.tsx';
import { formatDigest, formatPlural } from '../format.ts';
import './signers.css';

interface SignersProps {
  repository: string;
  /** `top` shows what waits for an answer, `below` what does not: of both one shows the list. */
  place: 'top' | 'below';
}

/** Whether the list is still to come: what stands below it waits. */
export function useSigners(repository: string) {
  return useQuery(identitiesQuery(repository));
}

export function Signers({ repository, place }: SignersProps) {
  const { data, error, refetch } = useSigners(repository);
  const [done, setDone] = useState('');
  if (error && !data) return place === 'below' ? <Problem error={error} onRetry={refetch} /> : null;
  if (!data) return null;
  const isWaiting = data.outcome === 'unexpected' || data.outcome === 'proposed';
  const isHere = isWaiting === (place === 'top');
  const isEmpty = data.identities.length === 0 && data.unproved.length === 0;
  if (isEmpty || (!isHere && done === '')) return null;
  const className = isHere && data.outcome === 'unexpected' ? 'signers is-unexpected' : 'signers';
  return (
    <section className={`${className} is-${place}`} aria-label="Who signs">
      <Answered words={done} />
      {isHere ? <SignerList list={data} onDone={setDone} /> : null}
    </section>
  );
}

function SignerList({ list, onDone }: { list: IdentityList; onDone: (words: string) => void }) {
  const { repository, answer, identities, unproved, mayDecide } = list;
  return (
    <>
      <h2>{answer}</h2>
      <ul className="signers-list">
        {[...identities].sort(byState).map((one) => (
          <li key={one.id}>
            <Signer repository={repository} signer={one} mayDecide={mayDecide} onDone={onDone} />
          </li>
        ))}
      </ul>
      {unproved.length > 0 ? <Unproved repository={repository} unproved={unproved} /> : null}
    </>
  );
}

const ORDER = ['unexpected', 'proposed', 'confirmed', 'dropped'];

function byState(a: ExpectedIdentity, b: ExpectedIdentity): number {
  return ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.id - b.id;
}

const STATES = {
  unexpected: { word: 'not expected', outcome: 'fail' },
  proposed: { word: 'proposed, confirmed by nobody', outcome: 'unknown' },
  confirmed: { word: 'expected', outcome: 'pass' },
  dropped: { word: 'no longer expected', outcome: 'unknown' },
} as const;

interface SignerProps {
  repository: string;
  signer: ExpectedIdentity;
  mayDecide: boolean;
  onDone: (words: string) => void;
}

function Signer({ repository, signer, mayDecide, onDone }: SignerProps) {
  const { identity, use, state, differences, images, lastDigest, lastSeenAt } = signer;
  const { decidedBy, decidedAt, reason } = signer;
  const id = useId();
  const { word, outcome } = STATES[state];
  return (
    <article className="signer" aria-labelledby={id}>
      <h3 id={id}>
        <OutcomeShape outcome={outcome} />
        <span>
          <strong>{word}</strong> as the signer of {use === 'signature' ? 'images' : 'how they were built'}:{' '}
          <code>{identity.kind === 'key' ? `key ${identity.thumbprint}` : identity.identity}</code>
        </span>
      </h3>
      {differences.length > 0 ? (
        <ul className="signer-differences">
          {differences.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      ) : null}
      <Facts signer={signer} />
      <p className="quiet">
        {images === 0 ? 'Nothing signed yet' : `${formatPlural(images, 'image')}`}
        {lastDigest === undefined ? null : (
          <>
            , the last{' '}
            <ImageLink repository={repository} reference={lastDigest} tab="trust">
              <code title={lastDigest}>{formatDigest(lastDigest)}</code>
            </ImageLink>{' '}
            <RelativeTime instant={lastSeenAt} />
          </>
        )}
        {decidedBy === undefined || decidedAt === undefined ? null : (
          <>
            . {state === 'dropped' ? 'Dropped' : 'Confirmed'} by {decidedBy}{' '}
            <RelativeTime instant={decidedAt} />
            {reason === undefined ? '' : `: ${reason}`}
          </>
        )}
      </p>
      {mayDecide && (state === 'unexpected' || state === 'proposed') ? (
        <Answer repository={repository} signer={signer} onDone={onDone} />
      ) : null}
      {mayDecide && state === 'confirmed' ? (
        <details className="signer-drop">
          <summary className="quiet">No longer expect it</summary>
          <Answer repository={repository} signer={signer} onDone={onDone} />
        </details>
      ) : null}
    </article>
  );
}

/** What its certificate says, in the order in which people ask. */
function Facts({ signer: { identity } }: { signer: ExpectedIdentity }) {
  if (identity.kind === 'key') return null;
  const facts = [
    ['vouched for by', identity.issuer],
    ['source', identity.sourceRepository],
    ['ref', identity.sourceRef === 'refs/tags/*' ? 'any tag' : identity.sourceRef],
    ['builder', identity.builder === identity.identity ? undefined : identity.builder],
    ['runner', identity.runner],
  ] as const;
  return (
    <dl className="signer-facts">
      {facts.map(([name, value]) =>
        value === undefined ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

/** A reason for everything but the first confirmation; the field takes no Enter. */
function Answer({ repository, signer, onDone }: Omit<SignerProps, 'mayDecide'>) {
  const [reason, setReason] = useState('');
  const { isAsking, error, answer, onRetry } = useAnswer();
  const { id, state } = signer;
  const yes = state === 'proposed' ? 'confirm' : state === 'unexpected' ? 'approve' : undefined;
  const why = reason.trim();
  const decide = (decision: IdentityDecision['decision']) =>
    answer(async () => {
      const { who } = await decideIdentity(repository, id, {
        decision,
        ...(why === '' ? {} : { reason: why }),
      });
      onDone(decision === 'drop' ? `No longer expected: ${who}.` : `Expected from now on: ${who}.`);
    });
  if (error !== undefined) return <Problem error={error} onRetry={onRetry} />;
  return (
    <fieldset className="answer" disabled={isAsking}>
      <legend className="unseen">Your answer to signer {id}</legend>
      <label>
        Reason <span className="quiet">{yes === 'confirm' ? 'needed to drop it' : 'for the audit log'}</span>
        <input
          type="text"
          value={reason}
          maxLength={500}
          autoComplete="off"
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <div className="answer-buttons">
        {yes === undefined ? null : (
          <button
            type="button"
            className="button"
            disabled={yes === 'approve' && why === ''}
            onClick={() => void decide(yes)}
          >
            {yes === 'confirm' ? 'Confirm' : 'Approve'}
          </button>
        )}
        <button type="button" className="button" disabled={why === ''} onClick={() => void decide('drop')}>
          Drop
        </button>
      </div>
    </fieldset>
  );
}

function Unproved({ repository, unproved }: { repository: string; unproved: readonly UnprovedSignature[] }) {
  return (
    <details className="signers-unproved">
      <summary>
        {formatPlural(unproved.length, 'signature is', 'signatures are')} not proved, and nobody is learned
        from {unproved.length === 1 ? 'it' : 'them'}
      </summary>
      <ul>
        {unproved.map(({ subject, carrier, outcome, why, use, seenAt }) => (
          <li key={`${subject} ${carrier} ${use} ${seenAt} ${why}`}>
            <OutcomeShape outcome={outcome === 'failed' ? 'fail' : 'unknown'} />
            <span>
              {outcome === 'failed' ? 'wrong' : 'not known'}, on{' '}
              <ImageLink repository={repository} reference={subject} tab="trust">
                <code title={subject}>{formatDigest(subject)}</code>
              </ImageLink>{' '}
              <RelativeTime instant={seenAt} />: {why}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
