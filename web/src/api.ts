// The JSON API as queries: one function per question, its key, how often to ask again.
// Asks each second only while a scan can still change; retries only what may pass by itself.
import { infiniteQueryOptions, keepPreviousData, QueryClient, queryOptions } from '@tanstack/react-query';
import type {
  FindingList,
  Home,
  ImageDetail,
  ImageRow,
  PackageList,
  Problem,
  RepositoryDetail,
  RepositoryList,
  SearchResult,
  TagList,
} from '../../src/entry/http/contract.ts';
import type { ComparisonAnswer, TagChangeList } from '../../src/entry/http/contract-comparison.ts';
import type {
  BuildChangeList,
  ExpectedIdentity,
  IdentityDecision,
  IdentityList,
} from '../../src/entry/http/contract-identity.ts';
import type { KeyReportAnswer } from '../../src/entry/http/contract-key.ts';
import type { Self } from '../../src/entry/http/contract-rights.ts';
import type { SignatureEvidence } from '../../src/entry/http/contract-signature.ts';
import type { TagHistory, TagHold, TagHoldAnswer, TagHolds } from '../../src/entry/http/contract-tag.ts';
import type { MarkList } from '../../src/entry/http/contract-verdict.ts';
import { formatQueryString, type QueryString } from './query-string.ts';
import { isFinal } from './scan.ts';

const POLL_MS = 1000;
/** Rows per step of a long table: a screen or three, and far from what a browser minds. */
const PAGE_ROWS = 100;

/** A problem the server told of, or that it did not answer at all (status 0). */
export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.detail, options);
    this.problem = problem;
  }
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => failures < 2 && isPassing(error),
        retryDelay: (failures) => 500 * 2 ** failures,
      },
    },
  });
}

export function homeQuery() {
  return queryOptions({
    queryKey: ['home'],
    queryFn: ({ signal }) => read<Home>('/home', signal),
    refetchInterval: ({ state }) => (state.data?.newest.some(isMoving) ? POLL_MS : false),
  });
}

/** Who is signed in; asked once for a visit, since signing in and out loads the page anew. */
export function selfQuery() {
  return queryOptions({
    queryKey: ['self'],
    queryFn: ({ signal }) => read<Self>('/self', signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** For administrators alone. */
export function keysQuery() {
  return queryOptions({
    queryKey: ['keys'],
    queryFn: ({ signal }) => read<KeyReportAnswer>('/keys', signal),
    staleTime: 60_000,
  });
}

export function searchQuery(q: string) {
  return queryOptions({
    queryKey: ['search', q],
    queryFn: ({ signal }) => read<SearchResult>(`/search${formatQueryString({ q })}`, signal),
    placeholderData: keepPreviousData,
  });
}

export function repositoriesQuery(q: string) {
  return infiniteQueryOptions({
    queryKey: ['repositories', q],
    queryFn: ({ signal, pageParam }) =>
      read<RepositoryList>(`/repositories${formatQueryString({ q, cursor: pageParam })}`, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.cursor,
  });
}

export function repositoryQuery(name: string) {
  return queryOptions({
    queryKey: ['repository', name],
    queryFn: ({ signal }) => read<RepositoryDetail>(`/repositories/${encodePath(name)}`, signal),
  });
}

export function tagsQuery(name: string, q: string) {
  return infiniteQueryOptions({
    queryKey: ['tags', name, q],
    queryFn: ({ signal, pageParam }) =>
      read<TagList>(
        `/repositories/${encodePath(name)}/-/tags${formatQueryString({ q, cursor: pageParam })}`,
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.cursor,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.tags.some(isMoving)) ? POLL_MS : false,
  });
}

export function imageQuery(name: string, reference: string, platform: string | undefined) {
  return queryOptions({
    queryKey: ['image', name, reference, platform],
    queryFn: ({ signal }) =>
      read<ImageDetail>(`${imagePath(name, reference)}${formatQueryString({ platform })}`, signal),
    placeholderData: (previous) =>
      previous?.repository === name && previous.reference === reference ? previous : undefined,
    refetchInterval: ({ state }) =>
      state.data && [state.data, ...state.data.platforms].some(isMoving) ? POLL_MS : false,
  });
}

/** How often a page looks for a mark that is not there yet: after that the instance makes none. */
const MARK_LOOKS = 10;

/** `asOf` is when the image was judged: its mark follows in a moment, where the instance makes any. */
export function marksQuery(name: string, reference: string, asOf: string) {
  return queryOptions({
    queryKey: ['marks', name, reference, asOf],
    queryFn: ({ signal }) => read<MarkList>(`${imagePath(name, reference)}/marks`, signal),
    refetchInterval: ({ state }) =>
      state.data?.marks.length === 0 && state.dataUpdateCount < MARK_LOOKS ? POLL_MS : false,
  });
}

/** `asOf` is when the report was made: a new report is a new list. */
export function findingsQuery(name: string, reference: string, query: QueryString, asOf: string) {
  return infiniteQueryOptions({
    queryKey: ['findings', name, reference, query, asOf],
    queryFn: ({ signal, pageParam }) =>
      read<FindingList>(
        `${imagePath(name, reference)}/findings${formatQueryString({ ...query, offset: pageParam, limit: PAGE_ROWS })}`,
        signal,
      ),
    initialPageParam: 0,
    getNextPageParam: (last) =>
      nextOffset(last.offset + last.findings.length, last.total, last.findings.length),
    placeholderData: keepPreviousData,
  });
}

export function packagesQuery(name: string, reference: string, query: QueryString, asOf: string) {
  return infiniteQueryOptions({
    queryKey: ['packages', name, reference, query, asOf],
    queryFn: ({ signal, pageParam }) =>
      read<PackageList>(
        `${imagePath(name, reference)}/packages${formatQueryString({ ...query, offset: pageParam, limit: PAGE_ROWS })}`,
        signal,
      ),
    initialPageParam: 0,
    getNextPageParam: (last) =>
      nextOffset(last.offset + last.packages.length, last.total, last.packages.length),
    placeholderData: keepPreviousData,
  });
}

/** `before` and `after` as `repository:tag` or `repository@digest`. */
export function compareQuery(before: string, after: string, platform: string | undefined) {
  return queryOptions({
    queryKey: ['compare', before, after, platform],
    queryFn: ({ signal }) =>
      read<ComparisonAnswer>(`/compare${formatQueryString({ before, after, platform })}`, signal),
    refetchInterval: ({ state }) =>
      state.data && !state.data.comparison && [state.data.before, state.data.after].some(isMoving)
        ? POLL_MS
        : false,
  });
}

/** The last move of the tag, or to the digest; null where none is remembered. Asked as a list: none is no failure. */
export function imageChangeQuery(name: string, reference: string) {
  const which = reference.includes(':') ? { after: reference } : { tag: reference };
  return queryOptions({
    queryKey: ['change', name, reference],
    queryFn: async ({ signal }) => {
      const path = `/repositories/${encodePath(name)}/-/changes${formatQueryString({ ...which, limit: 1 })}`;
      return (await read<TagChangeList>(path, signal)).changes[0] ?? null;
    },
    refetchInterval: ({ state }) => (state.data?.state === 'pending' ? POLL_MS : false),
  });
}

/** Moves of a repository's tags; of one where `tag` is given. */
export function changesQuery(name: string, tag: string) {
  return infiniteQueryOptions({
    queryKey: ['changes', name, tag],
    queryFn: ({ signal, pageParam }) =>
      read<TagChangeList>(
        `/repositories/${encodePath(name)}/-/changes${formatQueryString({ tag, cursor: pageParam })}`,
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.cursor,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.changes.some((change) => change.state === 'pending'))
        ? POLL_MS
        : false,
  });
}

/** What became of a tag, the last first; with `at` (RFC 3339), what it was then and what had happened by then. */
export function tagHistoryQuery(name: string, tag: string, at: string | undefined) {
  return infiniteQueryOptions({
    queryKey: ['history', name, tag, at],
    queryFn: ({ signal, pageParam }) =>
      read<TagHistory>(
        `/repositories/${encodePath(name)}/-/history/${encodePath(tag)}${formatQueryString({ at, cursor: pageParam, limit: 10 })}`,
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.cursor,
    placeholderData: keepPreviousData,
  });
}

/** Pushes that wait; only for who may answer them, which the repository's `held` says. */
export function heldQuery(name: string) {
  return queryOptions({
    queryKey: ['held', name],
    queryFn: ({ signal }) => read<TagHolds>(`/repositories/${encodePath(name)}/-/held`, signal),
  });
}

/** Confirms or drops a push that waits. */
export function answerHold(name: string, tag: string, answer: TagHoldAnswer): Promise<TagHold> {
  const path = `/repositories/${encodePath(name)}/-/held/${encodePath(tag)}`;
  return ask<TagHold>(path, { method: 'POST', body: JSON.stringify(answer) });
}

/** Who signs here, and who is expected to. */
export function identitiesQuery(name: string) {
  return queryOptions({
    queryKey: ['identities', name],
    queryFn: ({ signal }) => read<IdentityList>(`/repositories/${encodePath(name)}/-/identities`, signal),
  });
}

/** An owner's word on a signer. */
export function decideIdentity(
  name: string,
  id: number,
  decision: IdentityDecision,
): Promise<ExpectedIdentity> {
  const path = `/repositories/${encodePath(name)}/-/identities/${id}`;
  return ask<ExpectedIdentity>(path, { method: 'POST', body: JSON.stringify(decision) });
}

/** How the tag's image was built, against the one before it; of this digest, so that a move asks anew. */
export function buildChangeQuery(name: string, tag: string, digest: string) {
  return queryOptions({
    queryKey: ['build-changes', name, tag, digest],
    queryFn: ({ signal }) =>
      read<BuildChangeList>(
        `/repositories/${encodePath(name)}/-/tags/${encodePath(tag)}/build-changes${formatQueryString({ limit: 1 })}`,
        signal,
      ),
  });
}

/** What hangs on the image, in its own bytes: a digest never changes, what hangs on it may. */
export function signaturesQuery(name: string, reference: string, platform: string | undefined) {
  return queryOptions({
    queryKey: ['signatures', name, reference, platform],
    queryFn: ({ signal }) =>
      read<SignatureEvidence>(
        `${imagePath(name, reference)}/signatures${formatQueryString({ platform })}`,
        signal,
      ),
  });
}

/** The trusted root that this server serves of itself; null where it serves none. */
export function servedRootQuery() {
  return queryOptions({
    queryKey: ['served-root'],
    queryFn: async ({ signal }) => {
      const response = await fetch('/trust/trusted_root.json', { signal });
      const isJson = response.headers.get('content-type')?.includes('json') === true;
      return response.ok && isJson ? response.text() : null;
    },
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Where the proof of a leaf of the tag log can be downloaded. */
export function proofAddress(leaf: number): string {
  return `/api/v1/tag-log/proof?leaf=${leaf}`;
}

/** Where the inventory can be downloaded. */
export function sbomAddress(
  name: string,
  reference: string,
  format: 'spdx' | 'cyclonedx',
  platform: string | undefined,
): string {
  return `/api/v1${imagePath(name, reference)}/sbom${formatQueryString({ format, platform })}`;
}

function isMoving(row: Pick<ImageRow, 'scan'>): boolean {
  return !isFinal(row.scan);
}

/** An empty page ends the list whatever the total says: never ask for the same rows for ever. */
function nextOffset(offset: number, total: number, received: number): number | undefined {
  return received > 0 && offset < total ? offset : undefined;
}

function imagePath(name: string, reference: string): string {
  return `/repositories/${encodePath(name)}/-/images/${encodePath(reference)}`;
}

function encodePath(text: string): string {
  return encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%3A', ':');
}

function isPassing(error: unknown): boolean {
  return error instanceof ApiError && [0, 429, 502, 503, 504].includes(error.problem.status);
}

function read<T>(path: string, signal: AbortSignal): Promise<T> {
  return ask<T>(path, { signal });
}

async function ask<T>(path: string, request: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, { ...request, headers: { accept: 'application/json' } });
  } catch (cause) {
    if (request.signal?.aborted) throw cause;
    throw new ApiError(createProblem(0, 'Plimsoll does not answer', 'Nothing answered at this address.'), {
      cause,
    });
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body as T;
  throw new ApiError(
    isProblem(body)
      ? body
      : createProblem(
          response.status,
          'Not an answer we know',
          `The server answered ${response.status} without saying why.`,
        ),
  );
}

function createProblem(status: number, title: string, detail: string): Problem {
  const hint = 'Check that the server runs and can be reached, then try again.';
  return { type: 'about:blank', title, status, code: 'web.no_answer', detail, hint, requestId: '' };
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body && 'title' in body;
}
