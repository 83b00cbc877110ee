// An error: what happened, why, what to do, and the code. Denied says whom to ask.
import type { Problem as ProblemShape } from '../../../src/entry/http/contract.ts';
import { ApiError } from '../api.ts';
import './problem.css';

export function Problem({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const problem = toProblem(error);
  const isDenied = problem.status === 401 || problem.status === 403;
  return (
    <section className="problem" role="alert">
      <h2>{problem.title}</h2>
      <p>{problem.detail}</p>
      <p>{isDenied ? 'Ask an administrator of this Plimsoll for access to it.' : problem.hint}</p>
      <p className="problem-code">
        <code>{problem.code}</code>
        {problem.requestId ? (
          <>
            {' '}
            · request <code>{problem.requestId}</code>
          </>
        ) : null}
      </p>
      <button type="button" className="button" onClick={onRetry}>
        Try again
      </button>
    </section>
  );
}

function toProblem(error: unknown): ProblemShape {
  if (error instanceof ApiError) return error.problem;
  const detail = error instanceof Error ? error.message : 'Something in this page went wrong.';
  const hint = 'Load the page again; if it comes back, please report it with this code.';
  return {
    type: 'about:blank',
    title: 'This page failed',
    status: 0,
    code: 'web.bug',
    detail,
    hint,
    requestId: '',
  };
}
