// The log of what was signed: read as tiles (C2SP tlog-tiles), written by Rekor's protocol of version 2 (rekor-tiles,
// POST api/v2/log/entries).
import { formatLoggedEntry } from '../../../formats/sigstore/signed-bundle.ts';
import type { RateCounter } from '../../../services/hub/rate-counter.ts';
import type { EntryDesk } from '../../../services/trust/entry-desk.ts';
import type { LogView } from '../../../services/trust/log-view.ts';
import { answerLog } from '../tlog/tlog.ts';
import { readEntry } from './log-request.ts';
import { checkRate, signingRequests } from './rate.ts';
import { answerWith, readTrustJson, type TrustRoute } from './route.ts';

export interface LogParts {
  readonly logView: LogView;
  readonly entryDesk: EntryDesk;
  /** Of entries of strangers. */
  readonly entryRate: RateCounter;
  /** Of all that a signature takes. */
  readonly signingRate: RateCounter;
}

export function createLogRoutes({
  logView,
  entryDesk,
  entryRate,
  signingRate,
}: LogParts): readonly TrustRoute[] {
  return [
    {
      method: 'POST',
      path: '/trust/log/api/v2/log/entries',
      async answer({ request, network }) {
        checkRate(signingRate, network, signingRequests);
        const wish = readEntry(await readTrustJson(request));
        const entry = await entryDesk.log(wish, () => checkRate(entryRate, network, 'entries of strangers'));
        return answerWith(formatLoggedEntry(entry), 'application/json', { status: 201 });
      },
    },
    {
      method: 'GET',
      path: '/trust/log/*',
      answer: ({ request, rest }) => answerLog(logView, rest, request),
    },
  ];
}
