// What administrators should know of the instance's keys, certificates and tokens: which are to be renewed, and how.
// Nobody else is shown or asks for any of it. An unknown age is said as one, never left out.
import { useQuery } from '@tanstack/react-query';
import type { KeyReportAnswer } from '../../../src/entry/http/contract-key.ts';
import { keysQuery, selfQuery } from '../api.ts';
import { formatExact } from '../format.ts';
import { CopyLine } from './copy-line.tsx';
import { Problem } from './problem.tsx';
import { OutcomeShape } from './shape.tsx';

/** The rest is told by the command. */
const SHOWN = 5;
const OUTCOMES = { overdue: 'fail', due: 'unknown', unknown: 'unknown', fine: 'pass' } as const;

export function KeysCard() {
  const self = useQuery(selfQuery());
  const isAdmin = self.data?.isAdmin === true;
  const { data, error, refetch } = useQuery({ ...keysQuery(), enabled: isAdmin });
  if (!isAdmin || (data === undefined && !error)) return null;
  return (
    <>
      <h2 className="section-title">Keys</h2>
      {data === undefined ? <Problem error={error} onRetry={refetch} /> : <Keys report={data} />}
    </>
  );
}

function Keys({ report: { keys, counts } }: { report: KeyReportAnswer }) {
  const open = keys.filter(({ state }) => state !== 'fine');
  const all = counts.overdue + counts.due + counts.unknown;
  return (
    <div className="card">
      <p>
        {counts.overdue} overdue, {counts.due} due, {counts.unknown} of unknown age, {counts.fine} fine.
      </p>
      {open.length === 0 ? null : (
        <dl className="facts">
          {open.slice(0, SHOWN).map((key) => (
            <div key={`${key.purpose} ${key.name}`}>
              <dt title={key.renewal}>
                <OutcomeShape outcome={OUTCOMES[key.state]} /> {key.purpose} {key.name}
              </dt>
              <dd>{key.dueAt === undefined ? 'age unknown' : <Due state={key.state} dueAt={key.dueAt} />}</dd>
            </div>
          ))}
        </dl>
      )}
      {all > SHOWN ? <p className="small quiet">{all - SHOWN} more</p> : null}
      <CopyLine lines={[`plimsoll keys --due --host ${location.host}`]} />
    </div>
  );
}

function Due({ state, dueAt }: { state: string; dueAt: string }) {
  return (
    <>
      {state === 'overdue' ? 'overdue since ' : 'by '}
      <time dateTime={dueAt} title={formatExact(dueAt)}>
        {dueAt.slice(0, 10)}
      </time>
    </>
  );
}
