// GitLab: a merge request's comments are its notes (REST API v4, "Notes"). A note does not say where it is: its
// address is the merge request's with the note's number. A job's own token (CI_JOB_TOKEN) is told apart by its
// prefix and sent as such; GitLab lets it write no notes so far, which the refusal then says.
import { isJsonObject } from '../../kit/json.ts';
import { createForgeApi, type ForgeApi } from './api/call.ts';
import { checkWebUrl, readAccountId } from './api/comment.ts';
import { createForge } from './api/dialect.ts';
import { checkNumber, parseApiUrl, parseProjectPath } from './api/target.ts';
import type { Forge, ForgeDeps, ForgeTarget } from './forge.ts';

/** Checks the target alone; the first verb sends the first request. `forges.target_invalid`. */
export function openGitlab(target: ForgeTarget, deps: ForgeDeps): Forge {
  const request = `/projects/${parseProjectPath(target.project)}/merge_requests/${checkNumber(target)}`;
  const place = `${target.project}!${target.number}`;
  const isJobToken = deps.token.startsWith('glcbt-');
  const api = createForgeApi({
    ...deps,
    apiUrl: parseApiUrl(target.apiUrl),
    headers: { [isJobToken ? 'job-token' : 'private-token']: deps.token },
    advice: { denied: DENIED, ...(isJobToken ? { deniedAlways: JOB_TOKEN } : {}) },
  });
  let address: string | undefined;
  return createForge({
    name: 'GitLab',
    maxCommentChars: MOST_CHARS,
    api,
    place,
    path: `${request}/notes`,
    listQuery: 'per_page=100&sort=asc&order_by=created_at',
    onePath: (id) => `${request}/notes/${id}`,
    updateMethod: 'PUT',
    author: 'author',
    readMyId: () => (isJobToken ? readAccountId(api, '/job', 'user') : readAccountId(api, '/user')),
    async readUrl(id) {
      address ??= await readAddress(api, request, `merge request ${place}`);
      return `${address}#note_${id}`;
    },
  });
}

async function readAddress(api: ForgeApi, path: string, what: string): Promise<string> {
  const { value } = await api.send({ path, what, isRepeatable: true });
  return checkWebUrl(isJsonObject(value) ? value.web_url : undefined, what);
}

const DENIED =
  'the merge request comes from a fork, whose token may not write, or the token lacks the scope api or the role Reporter; the answer is in the job’s summary';

const JOB_TOKEN =
  'a job token may not write comments; set PLIMSOLL_FORGE_TOKEN to a project access token with the scope api; the answer is in the job’s summary';

/** Of a note's body, as the server's validation has it. */
const MOST_CHARS = 1_000_000;
