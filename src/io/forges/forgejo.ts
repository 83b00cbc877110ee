// Forgejo and Gitea: a pull request's comments are those of its issue (API v1, as its own /swagger.v1.json
// describes it). Most versions list all comments in one answer, whatever page is asked for. The token needs the
// scopes write:issue and read:user: without the second, no comment can be told to be its own.
import { createForgeApi } from './api/call.ts';
import { readAccountId } from './api/comment.ts';
import { createForge } from './api/dialect.ts';
import { checkNumber, parseApiUrl, parseOwnerAndName } from './api/target.ts';
import type { Forge, ForgeDeps, ForgeTarget } from './forge.ts';

/** Checks the target alone; the first verb sends the first request. `forges.target_invalid`. */
export function openForgejo(target: ForgeTarget, deps: ForgeDeps): Forge {
  const repository = `/repos/${parseOwnerAndName(target.project)}`;
  const api = createForgeApi({
    ...deps,
    apiUrl: parseApiUrl(target.apiUrl),
    headers: { authorization: `token ${deps.token}` },
    advice: { denied: DENIED },
  });
  return createForge({
    name: 'Forgejo',
    maxCommentChars: MOST_CHARS,
    api,
    place: `${target.project}#${target.number}`,
    path: `${repository}/issues/${checkNumber(target)}/comments`,
    listQuery: 'limit=50',
    onePath: (id) => `${repository}/issues/comments/${id}`,
    updateMethod: 'PATCH',
    author: 'user',
    readMyId: () => readAccountId(api, '/user'),
  });
}

const DENIED =
  'the pull request comes from a fork, whose token may not write, or the token lacks the scopes write:issue and read:user; the answer is in the job’s summary';

/** It documents no bound; as many as GitHub takes is already more than anybody reads. */
const MOST_CHARS = 65_536;
