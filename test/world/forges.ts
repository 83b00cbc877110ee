// Forges on loopback that answer as the real ones document it: GitHub's REST and GraphQL (2022-11-28), GitLab's
// REST v4, Forgejo's v1. Each holds one pull request's comments; a test says who the token is, what it may do,
// and which next answer goes wrong. They keep to what the adapters use and know nothing else.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ForgeKind } from '../../src/io/forges/forge.ts';

export interface FakeComment {
  readonly id: number;
  body: string;
  readonly author: FakeAccount;
}

export interface FakeAccount {
  readonly id: number;
  readonly login: string;
}

/** What happens in place of, or after, the true answer to the next request of a method. */
export type Mishap =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The request is carried out, the connection cut before the answer. */
  | { readonly kind: 'lost' }
  /** The head of a true answer and half of its body. */
  | { readonly kind: 'cut' }
  /** The request is carried out, the head comes, the rest never. */
  | { readonly kind: 'silent' };

export interface ForgeOptions {
  readonly token?: string;
  /** The token may read and not write, as a fork's. */
  readonly isReadOnly?: boolean;
  /** Most comments in one answer, whatever is asked for; Forgejo answers with all where absent. */
  readonly pageSize?: number;
}

export interface ForgeServer extends AsyncDisposable {
  readonly kind: ForgeKind;
  readonly apiUrl: string;
  readonly token: string;
  /** The account that the token acts as. */
  readonly me: FakeAccount;
  /** Oldest first; a test may add and take away. */
  readonly comments: FakeComment[];
  /** `GET /path?query`, in order. */
  readonly requests: string[];
  /** Adds a comment as if its author had just written it. */
  add(body: string, author?: FakeAccount): FakeComment;
  /** Queues a mishap for the next request of this method whose path holds `part`. */
  fail(method: string, mishap: Mishap, part?: string): void;
  /** Whether the next request of this method to this path will get no end of its answer. */
  isSilentFor(method: string, path: string): boolean;
}

/** The one pull request that each server has. */
export const project = 'team/app';
export const pullNumber = 7;
export const stranger: FakeAccount = Object.freeze({ id: 666, login: 'stranger' });

interface Asked {
  readonly method: string;
  /** Below the API's root. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface Tongue {
  /** The API's root below the origin. */
  readonly root: string;
  readonly maxChars: number;
  readonly me: FakeAccount;
  isToken(headers: IncomingMessage['headers'], token: string): boolean;
  readonly list: string;
  readonly onePath: RegExp;
  readonly updateMethod: string;
  /** Names of the query's page size, and the default. */
  readonly sizeName: string;
  words(status: number): unknown;
  /** Answers of what is no comment. */
  other(asked: Asked, origin: string): Answer | undefined;
  shape(comment: FakeComment, origin: string): unknown;
  pageHeaders(page: number, pages: number, total: number, origin: string): Readonly<Record<string, string>>;
}

const BOT: FakeAccount = Object.freeze({ id: 41_898_282, login: 'github-actions[bot]' });

const github: Tongue = {
  root: '/api/v3',
  maxChars: 65_536,
  me: BOT,
  isToken: (headers, token) =>
    headers.authorization === `Bearer ${token}` &&
    headers['x-github-api-version'] === '2022-11-28' &&
    headers.accept === 'application/vnd.github+json',
  list: `/repos/${project}/issues/${pullNumber}/comments`,
  onePath: new RegExp(`^/repos/${project}/issues/comments/(\\d+)$`),
  updateMethod: 'PATCH',
  sizeName: 'per_page',
  words(status) {
    if (status === 401) return { message: 'Bad credentials', status: '401' };
    if (status === 403)
      return {
        message: 'Resource not accessible by integration',
        documentation_url: 'https://docs.github.com/rest/issues/comments#create-an-issue-comment',
        status: '403',
      };
    if (status === 422)
      return {
        message: 'Validation Failed',
        errors: [
          {
            resource: 'IssueComment',
            code: 'unprocessable',
            field: 'data',
            message: 'Body is too long (maximum is 65536 characters)',
          },
        ],
      };
    return { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' };
  },
  other(asked) {
    if (asked.method !== 'POST' || asked.path !== '/api/graphql') return undefined;
    return /^\{"query":"\{viewer\{id:databaseId\}\}"\}$/.test(asked.body)
      ? { status: 200, body: { data: { viewer: { id: BOT.id } } } }
      : { status: 200, body: { errors: [{ message: 'Parse error' }] } };
  },
  shape: ({ id, body, author }, origin) => ({
    id,
    node_id: `IC_${id}`,
    url: `${origin}/api/v3/repos/${project}/issues/comments/${id}`,
    html_url: `${origin}/${project}/pull/${pullNumber}#issuecomment-${id}`,
    body,
    user: { login: author.login, id: author.id, type: author.login.endsWith('[bot]') ? 'Bot' : 'User' },
    created_at: '2026-03-01T12:00:00Z',
    updated_at: '2026-03-01T12:00:00Z',
    author_association: 'NONE',
  }),
  pageHeaders: (page, pages, _total, origin): Readonly<Record<string, string>> =>
    page >= pages
      ? {}
      : {
          link: `<${origin}/api/v3/repositories/1/issues/${pullNumber}/comments?page=${page + 1}>; rel="next", <${origin}/api/v3/repositories/1/issues/${pullNumber}/comments?page=${pages}>; rel="last"`,
        },
};

const GITLAB_BOT: FakeAccount = Object.freeze({ id: 52, login: 'project_9_bot' });

const gitlab: Tongue = {
  root: '/api/v4',
  maxChars: 1_000_000,
  me: GITLAB_BOT,
  isToken: (headers, token) => headers['private-token'] === token && headers.authorization === undefined,
  list: `/projects/${encodeURIComponent(project)}/merge_requests/${pullNumber}/notes`,
  onePath: new RegExp(`^/projects/${encodeURIComponent(project)}/merge_requests/${pullNumber}/notes/(\\d+)$`),
  updateMethod: 'PUT',
  sizeName: 'per_page',
  words(status) {
    if (status === 401) return { message: '401 Unauthorized' };
    if (status === 403) return { message: '403 Forbidden' };
    if (status === 422) return { message: { note: ['is too long (maximum is 1000000 characters)'] } };
    return { message: '404 Not found' };
  },
  other(asked, origin) {
    if (asked.method !== 'GET') return undefined;
    if (asked.path === '/user')
      return { status: 200, body: { id: GITLAB_BOT.id, username: 'project_9_bot' } };
    if (asked.path === gitlab.list.slice(0, -'/notes'.length))
      return {
        status: 200,
        body: {
          id: 900,
          iid: pullNumber,
          web_url: `${origin}/${project}/-/merge_requests/${pullNumber}`,
        },
      };
    return undefined;
  },
  shape: ({ id, body, author }) => ({
    id,
    type: null,
    body,
    author: { id: author.id, username: author.login },
    created_at: '2026-03-01T12:00:00.000Z',
    system: false,
    noteable_type: 'MergeRequest',
    noteable_iid: pullNumber,
    resolvable: false,
    internal: false,
  }),
  pageHeaders: (page, pages, total) => ({
    'x-page': `${page}`,
    'x-next-page': page < pages ? `${page + 1}` : '',
    'x-total': `${total}`,
    'x-total-pages': `${pages}`,
  }),
};

const FORGEJO_BOT: FakeAccount = Object.freeze({ id: -2, login: 'forgejo-actions' });

const forgejo: Tongue = {
  root: '/api/v1',
  maxChars: 65_536,
  me: FORGEJO_BOT,
  isToken: (headers, token) => headers.authorization === `token ${token}`,
  list: github.list,
  onePath: github.onePath,
  updateMethod: 'PATCH',
  sizeName: 'limit',
  words(status) {
    if (status === 401) return { message: 'invalid username, password or token' };
    if (status === 403) return { message: 'user should have permission to write issues or pull requests' };
    if (status === 422) return { message: '[]: body is too long' };
    return { errors: [], message: "The target couldn't be found.", url: 'https://forge.invalid/api/swagger' };
  },
  other: ({ method, path }) =>
    method === 'GET' && path === '/user'
      ? { status: 200, body: { id: FORGEJO_BOT.id, login: FORGEJO_BOT.login } }
      : undefined,
  shape: ({ id, body, author }, origin) => ({
    id,
    html_url: `${origin}/${project}/pulls/${pullNumber}#issuecomment-${id}`,
    pull_request_url: `${origin}/${project}/pulls/${pullNumber}`,
    issue_url: '',
    user: { id: author.id, login: author.login },
    original_author: '',
    body,
    assets: [],
    created_at: '2026-03-01T12:00:00Z',
    updated_at: '2026-03-01T12:00:00Z',
  }),
  pageHeaders: (_page, _pages, total) => ({ 'x-total-count': `${total}` }),
};

const TONGUES: Readonly<Record<ForgeKind, Tongue>> = Object.freeze({ github, gitlab, forgejo });

export async function startForge(kind: ForgeKind, options: ForgeOptions = {}): Promise<ForgeServer> {
  const tongue = TONGUES[kind];
  const token = options.token ?? 's3cret-token';
  const comments: FakeComment[] = [];
  const requests: string[] = [];
  const mishaps: { method: string; part: string; mishap: Mishap }[] = [];
  let lastId = 1_000;
  const findMishap = (method: string, path: string): number =>
    mishaps.findIndex((one) => one.method === method && path.includes(one.part));
  const add = (body: string, author: FakeAccount = tongue.me): FakeComment => {
    lastId += 1;
    const comment = { id: lastId, body, author };
    comments.push(comment);
    return comment;
  };

  function answerOf(asked: Asked, origin: string): Answer {
    const refuse = (status: number): Answer => ({ status, body: tongue.words(status) });
    if (!tongue.isToken(asked.headers, token)) return refuse(401);
    const other = tongue.other(asked, origin);
    if (other !== undefined) return other;
    const id = Number(tongue.onePath.exec(asked.path)?.[1]);
    if (asked.path !== tongue.list && Number.isNaN(id)) return refuse(404);
    if (asked.method === 'GET' && asked.path === tongue.list) return listOf(asked, origin);
    if (options.isReadOnly) return refuse(403);
    const { body } = JSON.parse(asked.body || '{}') as { body?: string };
    if ((body?.length ?? 0) > tongue.maxChars)
      return { ...refuse(422), status: kind === 'gitlab' ? 400 : 422 };
    if (asked.method === 'POST' && asked.path === tongue.list)
      return { status: 201, body: tongue.shape(add(body ?? ''), origin) };
    const at = comments.findIndex((one) => one.id === id);
    const comment = comments[at];
    if (comment === undefined) return refuse(404);
    if (asked.method === 'DELETE') {
      comments.splice(at, 1);
      return { status: 204 };
    }
    if (asked.method !== tongue.updateMethod) return refuse(404);
    comment.body = body ?? '';
    return { status: 200, body: tongue.shape(comment, origin) };
  }

  function listOf({ query }: Asked, origin: string): Answer {
    const wished = Number(query.get(tongue.sizeName) ?? 20);
    // Forgejo takes no notice of pages here unless a test says otherwise.
    const size =
      kind === 'forgejo' ? (options.pageSize ?? Infinity) : Math.min(wished, options.pageSize ?? 100);
    const page = size === Infinity ? 1 : Number(query.get('page') ?? 1);
    const pages = Math.max(1, Math.ceil(comments.length / size));
    const from = size === Infinity ? 0 : (page - 1) * size;
    return {
      status: 200,
      headers: tongue.pageHeaders(page, pages, comments.length, origin),
      body: comments.slice(from, from + size).map((comment) => tongue.shape(comment, origin)),
    };
  }

  const server = createServer((request, response) => {
    void handle(request, response);
  });
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const url = new URL(request.url ?? '/', origin);
    const method = request.method ?? '';
    const path = url.pathname.startsWith(`${tongue.root}/`)
      ? url.pathname.slice(tongue.root.length)
      : url.pathname;
    requests.push(`${method} ${path}${url.search}`);
    const body = Buffer.concat(await request.toArray()).toString();
    const next = findMishap(method, path);
    const mishap = next < 0 ? undefined : mishaps.splice(next, 1)[0]?.mishap;
    if (mishap?.kind === 'answer') {
      response.writeHead(mishap.status, { 'content-type': 'application/json', ...mishap.headers });
      response.end(mishap.body ?? '');
      return;
    }
    const answer = answerOf(
      { method, path, query: url.searchParams, headers: request.headers, body },
      origin,
    );
    send(response, answer, mishap);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    kind,
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}${tongue.root}`,
    token,
    me: tongue.me,
    comments,
    requests,
    add,
    fail: (method, mishap, part = '') => void mishaps.push({ method, part, mishap }),
    isSilentFor: (method, path) => mishaps[findMishap(method, path)]?.mishap.kind === 'silent',
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function send(response: ServerResponse, answer: Answer, mishap: Mishap | undefined): void {
  if (mishap?.kind === 'lost') {
    response.destroy();
    return;
  }
  const text = answer.body === undefined ? '' : JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(text === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
  });
  if (mishap === undefined) response.end(text);
  else if (mishap.kind === 'cut') response.write(text.slice(0, text.length / 2), () => response.destroy());
  else response.flushHeaders();
}
