// The rules as chips, those not met first; each opens its reasons on click, and on keyboard focus.
// The reasons lie over the page, so that nothing moves; Escape closes them.
import { type FocusEvent, useId, useState } from 'react';
import type { RuleVerdict } from '../../../src/entry/http/contract.ts';
import './rule-chips.css';
import { OutcomeShape } from './shape.tsx';

const ORDER = { fail: 0, unknown: 1, pass: 2 } as const;
const WORDS = { fail: 'not met', unknown: 'could not be judged', pass: 'met' } as const;

export function RuleChips({ rules }: { rules: readonly RuleVerdict[] }) {
  const id = useId();
  const [open, setOpen] = useState<string>();
  const sorted = rules.toSorted((a, b) => ORDER[a.outcome] - ORDER[b.outcome]);
  const shown = sorted.find(({ rule }) => rule === open);
  const onBlur = (event: FocusEvent<HTMLElement>) => {
    if (!event.currentTarget.contains(event.relatedTarget)) setOpen(undefined);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it listens for what leaves its buttons
    <div
      className="rule-chips"
      onBlur={onBlur}
      onKeyDown={(event) => {
        if (event.key === 'Escape') setOpen(undefined);
      }}
    >
      <ul>
        {sorted.map((verdict) => (
          <li key={verdict.rule}>
            <button
              type="button"
              className={`chip is-${verdict.outcome}`}
              aria-expanded={open === verdict.rule}
              aria-controls={id}
              onFocus={(event) => {
                if (event.currentTarget.matches(':focus-visible')) setOpen(verdict.rule);
              }}
              onClick={() => setOpen(open === verdict.rule ? undefined : verdict.rule)}
            >
              <OutcomeShape outcome={verdict.outcome} />
              {verdict.label}
              <span className="unseen">, rule {WORDS[verdict.outcome]}</span>
            </button>
          </li>
        ))}
      </ul>
      <div id={id} className="rule-chips-reasons" aria-live="polite" hidden={!shown}>
        {shown ? <Reasons verdict={shown} /> : null}
      </div>
    </div>
  );
}

function Reasons({ verdict }: { verdict: RuleVerdict }) {
  return (
    <>
      <p>
        <strong>{verdict.title}</strong> <span className="quiet">· {WORDS[verdict.outcome]}</span>
      </p>
      <ul>
        {verdict.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
      <p className="quiet small">
        Rule <code>{verdict.rule}</code>
      </p>
    </>
  );
}
