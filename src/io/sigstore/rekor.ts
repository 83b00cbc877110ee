// Clients of Rekor, versions 1 and 2. What is logged is public wherever the log is, for ever: who calls has asked for
// that. An entry that the log has already (RSA signs the same twice alike) is fetched in place of a new one.

import type { LogPlace } from '../../formats/sigstore/read-signing-config.ts';
import {
  formatOldRekorRequest,
  formatRekorRequest,
  parseOldRekorAnswer,
  parseRekorAnswer,
} from '../../formats/sigstore/rekor.ts';
import { signingErrors } from './errors.ts';
import { askService, refusalOf, type ServiceAnswer, type ServiceDeps } from './exchange.ts';
import type { EntryLog } from './services.ts';

const HEADERS = Object.freeze({ accept: 'application/json', 'content-type': 'application/json' });

export function createLogClient(deps: ServiceDeps, { url, version }: LogPlace): EntryLog {
  const refuse = signingErrors.answer_invalid;
  return {
    url,
    async append(signed) {
      const place = new URL(`${url}/api/v${version}/log/entries`);
      const body = version === 2 ? formatRekorRequest(signed) : formatOldRekorRequest(signed);
      const first = await askService(deps, { url: place, headers: HEADERS, body });
      const answer = version === 1 && first.status === 409 ? await readPresent(deps, place, first) : first;
      if (answer.status !== 200 && answer.status !== 201)
        throw signingErrors.service_failed(`the log ${url} did not take the entry: ${refusalOf(answer)}`);
      return version === 2
        ? parseRekorAnswer(answer.bytes, refuse)
        : parseOldRekorAnswer(answer.bytes, refuse);
    },
  };
}

async function readPresent(deps: ServiceDeps, place: URL, answer: ServiceAnswer): Promise<ServiceAnswer> {
  const url = URL.parse(answer.headers.location ?? '', place);
  if (url === null || url.origin !== place.origin || answer.headers.location === undefined)
    throw signingErrors.answer_invalid(`the log ${place.origin} has the entry and does not say where`);
  return askService(deps, { url, headers: { accept: 'application/json' } });
}
