// Boots the whole product in this process, on a free port of loopback, over a data folder that goes with the
// test: the same start as `plimsoll serve` has, spoken to as clients and browsers do. Every JSON answer is
// checked against the API's own document.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readConfig, readPlaces } from '../../src/app/config.ts';
import { type RunningProduct, startProduct } from '../../src/app/product.ts';
import type { AdvisoriesStatus, ImageDetail, Problem } from '../../src/entry/http/contract.ts';
import type { DiskSpace } from '../../src/io/blobs/disk-space.ts';
import { type Clock, systemClock, systemRandom } from '../../src/kit/clock.ts';
import { type Log, silentLog } from '../../src/kit/log.ts';
import { type AnswerCheck, createAnswerCheck, type OpenApi } from './answers.ts';
import { writeFeeds } from './feeds.ts';
import type { MadeImage } from './image.ts';

export const password = 'correct-horse-battery';

export interface ProductOptions {
  /** A folder of the test's own, so that it can start again on it; else one that goes with the world. */
  readonly folder?: string;
  /** Undefined lets the product make one up. */
  readonly adminPassword?: string | undefined;
  readonly webFolder?: string;
  readonly log?: Log;
  /** `HOST:PORT`; any free port of loopback where absent. */
  readonly listen?: string;
  /** The machine's where absent. */
  readonly clock?: Clock;
  /** A policy file. */
  readonly policy?: string;
  /** More flags, as `['--advisories-publish', 'on']`. */
  readonly flags?: readonly (readonly [string, string])[];
  /** Variables beside HOME. */
  readonly env?: Readonly<Record<string, string>>;
  /** How much room the disk has; the machine's own where absent. */
  readonly readSpace?: () => Promise<DiskSpace>;
}

export interface GetOptions {
  /** The status that must come; 200 where absent. */
  readonly status?: number;
  readonly isAdmin?: boolean;
  readonly method?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

export interface ProductWorld extends AsyncDisposable {
  readonly url: string;
  /** host:port */
  readonly host: string;
  readonly product: RunningProduct;
  /** Where the server keeps what it has. */
  readonly data: string;
  /** Where it reads advisories from. */
  readonly feeds: string;
  send(method: string, path: string, options?: RequestInit): Promise<Response>;
  /** A JSON answer of the API, valid by its schema. */
  get<T>(path: string, options?: GetOptions): Promise<T>;
  /** A failure of the API, as problem details. */
  problem(path: string, status: number, options?: GetOptions): Promise<Problem>;
  /** A bearer token for this scope, got by the dance that clients do; without a login where `isAnonymous`. */
  token(scope: string, isAnonymous?: boolean): Promise<string>;
  /** Pushes blobs, manifests and the tag. */
  push(repository: string, tag: string, image: MadeImage): Promise<void>;
  detail(repository: string, reference: string, query?: string): Promise<ImageDetail>;
  /** Asks until the scan has ended: judged, failed or unsupported. */
  untilScanned(repository: string, reference: string, query?: string): Promise<ImageDetail>;
  /** Refreshes the advisories as the administrator, and waits for it to be over. */
  refresh(): Promise<AdvisoriesStatus>;
  /** The rows, beside the running product. */
  rows(sql: string, ...values: (string | number | null)[]): Record<string, unknown>[];
  /** The file of a blob. */
  blobFile(digest: string): string;
}

export async function bootProduct(options: ProductOptions = {}): Promise<ProductWorld> {
  await using opened = new AsyncDisposableStack();
  const folder = options.folder ?? opened.use(temporaryFolder()).path;
  const data = join(folder, 'data');
  const feeds = join(folder, 'feeds');
  if (options.folder === undefined) writeFeeds(feeds);
  const product = opened.use(
    await startProduct({
      config: await readConfig(flagsOf(options, data, feeds), {}),
      places: readPlaces({ ...options.env, HOME: folder }),
      surroundings: {
        clock: options.clock ?? systemClock,
        random: systemRandom,
        log: options.log ?? silentLog,
        version: '0.0.0',
      },
      webFolder: options.webFolder ?? join(folder, 'no-pages'),
      ...(options.readSpace === undefined ? {} : { readSpace: options.readSpace }),
    }),
  );
  return createWorld(product, opened.move(), {
    data,
    feeds,
    adminPassword: options.adminPassword ?? password,
  });
}

/** A folder that goes with its scope. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'plimsoll-flow-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Asks until there is an answer: the only waiting in flows, and it ends. */
export async function until<T>(ask: () => Promise<T | undefined>, what: string): Promise<T> {
  const end = performance.now() + 20_000;
  while (performance.now() < end) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`never came: ${what}`);
}

function flagsOf(options: ProductOptions, data: string, feeds: string): ReadonlyMap<string, string> {
  const adminPassword = 'adminPassword' in options ? options.adminPassword : password;
  return new Map([
    ['--data', data],
    ['--listen', options.listen ?? '127.0.0.1:0'],
    ['--advisories-source', feeds],
    ['--advisories-refresh', 'off'],
    // A push by the product itself would stand among the rows that tests count; test/flows/advisories-travel.test.ts turns it on.
    ['--advisories-publish', 'off'],
    // Nor what the product hangs on images by itself; test/flows/mark.test.ts turns it on.
    ['--marks', 'off'],
    ...(adminPassword === undefined ? [] : [['--admin-password', adminPassword] as const]),
    ...(options.policy === undefined ? [] : [['--policy', options.policy] as const]),
    ...(options.flags ?? []),
  ]);
}

function createWorld(
  product: RunningProduct,
  opened: AsyncDisposableStack,
  places: { data: string; feeds: string; adminPassword: string },
): ProductWorld {
  const { url } = product;
  const login = `Basic ${Buffer.from(`admin:${places.adminPassword}`).toString('base64')}`;
  const send = (method: string, path: string, more: RequestInit = {}) =>
    fetch(new URL(path, url), { method, redirect: 'manual', ...more });
  let check: Promise<AnswerCheck> | undefined;

  async function get<T>(
    path: string,
    { status = 200, isAdmin, method = 'GET', body }: GetOptions = {},
  ): Promise<T> {
    const response = await send(method, path, {
      ...(isAdmin === true ? { headers: { authorization: login } } : {}),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assert.equal(response.status, status, `${method} ${path}: ${text}`);
    check ??= readDocument(url).then(createAnswerCheck);
    (await check)(method, path, response, text);
    return JSON.parse(text) as T;
  }

  async function token(scope: string, isAnonymous = false): Promise<string> {
    const headers = isAnonymous ? {} : { authorization: login };
    const answer = await send('GET', `/token?service=plimsoll&scope=${encodeURIComponent(scope)}`, {
      headers,
    });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return (JSON.parse(text) as { token: string }).token;
  }

  const detail = (repository: string, reference: string, query = '') =>
    get<ImageDetail>(`/api/v1/repositories/${repository}/-/images/${reference}${query}`);

  return {
    url,
    host: new URL(url).host,
    product,
    data: places.data,
    feeds: places.feeds,
    send,
    get,
    problem: (path, status, options = {}) => get<Problem>(path, { ...options, status }),
    token,
    async push(repository, tag, image) {
      const bearer = await token(`repository:${repository}:pull,push`);
      await pushImage({ send, bearer, repository, tag, image });
    },
    detail,
    untilScanned: (repository, reference, query = '') =>
      until(async () => {
        const image = await detail(repository, reference, query);
        return ENDED.has(image.scan.state) ? image : undefined;
      }, `the scan of ${repository}:${reference}`),
    async refresh() {
      await get('/api/v1/advisories/refresh', { method: 'POST', status: 202, isAdmin: true });
      return until(async () => {
        const status = await get<AdvisoriesStatus>('/api/v1/advisories');
        return status.refreshing ? undefined : status;
      }, 'the end of the refresh');
    },
    rows: (sql, ...values) => queryRows(places.data, sql, values),
    blobFile: (digest) => blobFileOf(places.data, digest),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

const ENDED: ReadonlySet<string> = new Set(['judged', 'failed', 'unsupported']);

async function readDocument(url: string): Promise<OpenApi> {
  return (await fetch(`${url}/api/v1/openapi.json`)).json() as Promise<OpenApi>;
}

async function pushImage(parts: {
  readonly send: ProductWorld['send'];
  readonly bearer: string;
  readonly repository: string;
  readonly tag: string;
  readonly image: MadeImage;
}): Promise<void> {
  const { send, repository, tag, image } = parts;
  const authorization = `Bearer ${parts.bearer}`;
  for (const [digest, bytes] of image.blobs) {
    const path = `/v2/${repository}/blobs/uploads/?digest=${digest}`;
    await created(send('POST', path, { headers: { authorization }, body: bytes as Uint8Array<ArrayBuffer> }));
  }
  for (const { digest, mediaType, bytes } of image.manifests) {
    const reference = digest === image.digest ? tag : digest;
    const headers = { authorization, 'content-type': mediaType };
    const body = bytes as Uint8Array<ArrayBuffer>;
    await created(send('PUT', `/v2/${repository}/manifests/${reference}`, { headers, body }));
  }
}

async function created(answer: Promise<Response>): Promise<void> {
  const response = await answer;
  assert.equal(response.status, 201, await response.text());
}

/** Through a second connection, as an operator's tool would; also while no product runs. */
export function queryRows(
  data: string,
  sql: string,
  values: readonly (string | number | null)[] = [],
): Record<string, unknown>[] {
  const database = new DatabaseSync(join(data, 'plimsoll.sqlite'), { timeout: 5_000 });
  try {
    return database.prepare(sql).all(...values);
  } finally {
    database.close();
  }
}

export function blobFileOf(data: string, digest: string): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  return join(data, 'blobs', algorithm, hex.slice(0, 2), hex);
}
