// GitHub and GitHub Enterprise: a pull request's comments are those of its issue (REST API 2022-11-28,
// "Issue comments"). Who the token is comes from GraphQL's `viewer`: the REST API does not tell it to a job's
// own token. Review comments, which hang on lines of code, are left alone.
import { isJsonObject } from '../../kit/json.ts';
import { createForgeApi, type ForgeApi } from './api/call.ts';
import { parseAccountId } from './api/comment.ts';
import { createForge } from './api/dialect.ts';
import { forgeWords } from './api/failure.ts';
import { checkNumber, parseApiUrl, parseOwnerAndName } from './api/target.ts';
import { forgeErrors } from './errors.ts';
import type { Forge, ForgeDeps, ForgeTarget } from './forge.ts';

/** Checks the target alone; the first verb sends the first request. `forges.target_invalid`. */
export function openGithub(target: ForgeTarget, deps: ForgeDeps): Forge {
  const repository = `/repos/${parseOwnerAndName(target.project)}`;
  const api = createForgeApi({
    ...deps,
    apiUrl: parseApiUrl(target.apiUrl),
    headers: {
      authorization: `Bearer ${deps.token}`,
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
    },
    advice: { denied: DENIED },
  });
  return createForge({
    name: 'GitHub',
    maxCommentChars: MOST_CHARS,
    api,
    place: `${target.project}#${target.number}`,
    path: `${repository}/issues/${checkNumber(target)}/comments`,
    listQuery: 'per_page=100',
    onePath: (id) => `${repository}/issues/comments/${id}`,
    updateMethod: 'PATCH',
    author: 'user',
    readMyId: () => readViewer(api, deps.token),
  });
}

/** The number of the account that the token acts as: a person's, or an app's such as github-actions[bot]. */
async function readViewer(api: ForgeApi, token: string): Promise<number> {
  const what = 'account of the token';
  const { value } = await api.send({
    method: 'POST',
    path: graphqlUrl(api.apiUrl),
    body: { query: '{viewer{id:databaseId}}' },
    what,
    isRepeatable: true,
  });
  const viewer = isJsonObject(value) && isJsonObject(value.data) ? value.data.viewer : undefined;
  const id = parseAccountId(viewer);
  if (id !== undefined) return id;
  const words = forgeWords(value, token);
  throw forgeErrors.answer_invalid(
    `${what}: ${api.apiUrl.host} does not say who it is${words === '' ? '' : ` (${words})`}`,
  );
}

/** `https://api.github.com/graphql`; `https://HOST/api/v3` of an own server has it at `/api/graphql`. */
function graphqlUrl(apiUrl: URL): URL {
  const url = new URL(apiUrl);
  url.pathname = `${url.pathname.replace(/\/(?:v3)?$/, '')}/graphql`;
  return url;
}

const DENIED =
  'the pull request comes from a fork, whose token may not write, or the job lacks `pull-requests: write`; the answer is in the job’s summary';

/** What its validation says: "body is too long (maximum is 65536 characters)". */
const MOST_CHARS = 65_536;
