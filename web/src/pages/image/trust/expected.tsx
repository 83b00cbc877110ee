// Whom a person expects to have signed what is in this repository, kept in their browser. Nobody is expected by default:
// then who signed is unknown, however well it is signed.
import { type FormEvent, useState } from 'react';
import { findExpectationFault } from '../../../verify/bring-trust.ts';
import { writeExpected, writeExpectedSubject } from '../../../verify/expected-store.ts';
import type { JudgedItem } from '../../../verify/judge-image.ts';
import type { ExpectedSigner } from '../../../verify/trust.ts';

interface ExpectedProps {
  repository: string;
  expected: ExpectedSigner | undefined;
  /** Of a certificate that signs by the Notary Project. */
  subject: string | undefined;
  signatures: readonly JudgedItem[];
}

const NOT_KEPT = 'This browser keeps nothing for this address, as in a private window.';

export function Expected({ repository, expected, subject, signatures }: ExpectedProps) {
  const [isOpen, setOpen] = useState(false);
  const [fault, setFault] = useState<string>();
  const found = findSigner(signatures);
  const foundSubject = signatures.find((one) => one.outcome !== 'failed' && one.subject)?.subject;
  const keepSubject = (wanted: string | undefined) =>
    setFault(writeExpectedSubject(repository, wanted) ? undefined : NOT_KEPT);
  const keep = (wanted: ExpectedSigner | undefined) => {
    const why = wanted && findExpectationFault(wanted);
    if (why !== undefined) return setFault(why);
    setFault(writeExpected(repository, wanted) ? undefined : NOT_KEPT);
    setOpen(false);
  };
  return (
    <section className="trust-part">
      <h3>Whom you expect</h3>
      {subject === undefined ? null : (
        <p>
          <strong>{subject}</strong>, by a certificate of the Notary Project
        </p>
      )}
      {expected === undefined && subject !== undefined ? null : expected === undefined ? (
        <p className="quiet">
          Nobody yet, so that a signature says who signed and not whether they should have.
        </p>
      ) : (
        <p>
          <strong>{expected.identity}</strong>, vouched for by {expected.issuer}
          {expected.sourceRepository ? <>, from {expected.sourceRepository}</> : null}
          {expected.isPattern ? <span className="quiet"> (patterns)</span> : null}
        </p>
      )}
      <div className="trust-buttons">
        {expected === undefined && found !== undefined ? (
          <button type="button" className="button" onClick={() => keep(found)}>
            Expect {found.identity} from now on
          </button>
        ) : null}
        {expected === undefined ? null : (
          <button type="button" className="button" onClick={() => keep(undefined)}>
            Forget
          </button>
        )}
        {subject === undefined && foundSubject !== undefined ? (
          <button type="button" className="button" onClick={() => keepSubject(foundSubject)}>
            Expect {foundSubject} from now on
          </button>
        ) : null}
        {subject === undefined ? null : (
          <button type="button" className="button" onClick={() => keepSubject(undefined)}>
            Forget<span className="unseen"> {subject}</span>
          </button>
        )}
        <button type="button" className="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {expected === undefined ? 'Say whom' : 'Change'}
        </button>
      </div>
      {isOpen ? <Form start={expected ?? found} onKeep={keep} /> : null}
      {fault === undefined ? null : (
        <p className="trust-fault" role="alert">
          {fault}
        </p>
      )}
    </section>
  );
}

/** Of the first signature that names somebody, whatever else came of it: taking it is the person's own act. */
function findSigner(signatures: readonly JudgedItem[]): ExpectedSigner | undefined {
  for (const { signer, outcome } of signatures) {
    if (outcome === 'failed' || signer?.kind !== 'certificate') continue;
    const [name] = signer.names;
    const { issuer, sourceRepository } = signer.claims;
    if (name === undefined || issuer === undefined) continue;
    return {
      identity: name.text,
      issuer,
      isPattern: false,
      ...(sourceRepository === undefined ? {} : { sourceRepository }),
    };
  }
  return undefined;
}

function Form({
  start,
  onKeep,
}: {
  start: ExpectedSigner | undefined;
  onKeep: (wanted: ExpectedSigner) => void;
}) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const read = (name: string): string => String(form.get(name) ?? '').trim();
    const sourceRepository = read('source');
    onKeep({
      identity: read('identity'),
      issuer: read('issuer'),
      isPattern: form.get('pattern') !== null,
      ...(sourceRepository === '' ? {} : { sourceRepository }),
    });
  };
  return (
    <form className="trust-form" onSubmit={submit}>
      <label>
        Who signs <span className="quiet">an address or a workflow</span>
        <input
          name="identity"
          type="text"
          required
          defaultValue={start?.identity}
          autoComplete="off"
          spellCheck={false}
        />
      </label>
      <label>
        Who vouches for them <span className="quiet">the issuer of their token</span>
        <input
          name="issuer"
          type="text"
          required
          defaultValue={start?.issuer}
          autoComplete="off"
          spellCheck={false}
        />
      </label>
      <label>
        Source repository <span className="quiet">needed where the builder builds for others too</span>
        <input
          name="source"
          type="text"
          defaultValue={start?.sourceRepository}
          autoComplete="off"
          spellCheck={false}
        />
      </label>
      <label className="check small">
        <input name="pattern" type="checkbox" defaultChecked={start?.isPattern ?? false} />
        these are patterns (RE2, for the whole text)
      </label>
      <button type="submit" className="button">
        Keep
      </button>
    </form>
  );
}
