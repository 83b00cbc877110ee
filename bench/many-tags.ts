// Every call that touches a repository of 200,000 tags, and what its page asks for: median, 99th percentile and
// slowest, one call after another, of the product as a process of its own, with the processor time that a call costs it. The repository is filled by the product's
// own pushes (seed.ts: 2,000 manifests with 100 tags each), and what follows from them has come to its end before
// anything is measured. BENCH_DATA=FOLDER keeps the folder, or takes what an earlier run has filled.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { printTable, quantile } from './figure.ts';
import { type StartedProduct, startProduct } from './product.ts';
import { seed, tagName } from './seed.ts';

const REPOSITORY = 'bench/many';
const MANIFESTS = 2_000;
const TAGS_EACH = 100;
const TAGS = MANIFESTS * TAGS_EACH;
const CALLS = Number(process.env.BENCH_CALLS ?? 300);
const WANTED_MS = 100;

interface Call {
  readonly name: string;
  /** Path of the `at`th call, or a whole request. */
  readonly ask: (at: number) => string | readonly [path: string, init: RequestInit];
  readonly isAdministrators?: true;
}

const { BENCH_DATA } = process.env;
const data = BENCH_DATA ?? mkdtempSync(join(tmpdir(), 'plimsoll-many-tags-'));
if (!existsSync(join(data, 'plimsoll.sqlite'))) {
  mkdirSync(data, { recursive: true });
  const tookMs = await seed({
    data,
    repository: REPOSITORY,
    manifests: MANIFESTS,
    tagsEach: TAGS_EACH,
    isImage: false,
  });
  process.stdout.write(`  ${TAGS} tags pushed in ${(tookMs / 1000).toFixed(0)} s\n`);
}

{
  await using product = await startProduct(data);
  await settle();
  const calls = await listCalls(product);
  const administrator = await product.makeToken();
  const rows: string[][] = [];
  let slow = 0;
  for (const call of calls) {
    const { times, bytes, processorMs } = await measure(product, call, administrator);
    const p99 = quantile(times, 0.99);
    if (p99 >= WANTED_MS) slow += 1;
    process.stderr.write(`  ${call.name}: ${p99.toFixed(1)} ms, ${processorMs.toFixed(1)} ms of processor\n`);
    rows.push([
      `${p99 >= WANTED_MS ? '! ' : ''}${call.name}`,
      `${quantile(times, 0.5).toFixed(1)} ms`,
      `${p99.toFixed(1)} ms`,
      `${Math.max(...times).toFixed(1)} ms`,
      `${processorMs.toFixed(1)} ms`,
      `${(bytes / 1000).toFixed(1)} kB`,
    ]);
  }
  printTable(
    [`${TAGS} tags, ${CALLS} calls each`, 'median', '99th percentile', 'slowest', 'processor', 'answer'],
    rows,
  );
  process.stdout.write(`  memory after all: ${(product.memoryBytes() / 1e6).toFixed(0)} MB\n`);
  if (slow > 0) process.stdout.write(`  ${slow} of ${calls.length} calls take ${WANTED_MS} ms or more\n`);
}
if (BENCH_DATA === undefined) rmSync(data, { recursive: true });

/** Some tag, another at each call. */
function someTag(at: number): string {
  return tagName((at * 104_729) % TAGS);
}

async function listCalls(product: StartedProduct): Promise<readonly Call[]> {
  const list = `/v2/${REPOSITORY}/tags/list`;
  const api = `/api/v1/repositories/${REPOSITORY}`;
  const names = Array.from({ length: TAGS }, (_, at) => tagName(at)).sort();
  const [middle, nearEnd] = [names[TAGS / 2] as string, names[TAGS - 50] as string];
  const token = await pushToken(product);
  const cursors = await listCursors(product, `${api}/-/tags?limit=100`, 50);
  const rules = (rule: object) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ rules: [{ repositories: 'bench/*', ...rule }] }),
  });
  const digest = await digestOf(product, someTag(1));
  const manifest = await (await fetch(`${product.url}/v2/${REPOSITORY}/manifests/${digest}`)).text();
  const newTag = (at: number): string => `new-${product.startedAt}-${at}`;
  const push = (at: number): readonly [string, RequestInit] => [
    `/v2/${REPOSITORY}/manifests/${newTag(at)}`,
    {
      method: 'PUT',
      headers: { authorization: token, 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
      body: manifest,
    },
  ];
  const remove = (at: number): readonly [string, RequestInit] => [
    `/v2/${REPOSITORY}/manifests/${newTag(at)}`,
    { method: 'DELETE', headers: { authorization: token } },
  ];
  return [
    { name: 'tags/list, as it is (5,000 tags and a Link)', ask: () => list },
    {
      name: 'tags/list, every next page of the whole',
      ask: (at) => `${list}?last=${names[(at % 40) * 5_000]}`,
    },
    { name: 'tags/list?n=100', ask: () => `${list}?n=100` },
    { name: 'tags/list?n=1000&last=, in the middle', ask: () => `${list}?n=1000&last=${middle}` },
    { name: 'tags/list?n=100&last=, the last page', ask: () => `${list}?n=100&last=${nearEnd}` },
    { name: 'tags/list?n=0', ask: () => `${list}?n=0` },
    { name: 'manifest GET by tag', ask: (at) => `/v2/${REPOSITORY}/manifests/${someTag(at)}` },
    {
      name: 'manifest HEAD by tag',
      ask: (at) => [`/v2/${REPOSITORY}/manifests/${someTag(at)}`, { method: 'HEAD' }],
    },
    { name: 'manifest GET by digest', ask: () => `/v2/${REPOSITORY}/manifests/${digest}` },
    { name: 'manifest GET of a tag that is not there', ask: (at) => `/v2/${REPOSITORY}/manifests/no-${at}` },
    { name: 'referrers', ask: () => `/v2/${REPOSITORY}/referrers/${digest}` },
    { name: 'manifest PUT under a new tag', ask: push },
    { name: 'manifest DELETE of such a tag', ask: remove },
    { name: '_catalog', ask: () => '/v2/_catalog' },
    { name: 'docker search', ask: () => '/v1/search?q=many' },
    { name: 'home', ask: () => '/api/v1/home' },
    { name: 'repositories', ask: () => '/api/v1/repositories' },
    { name: 'repository', ask: () => api },
    { name: 'tags, first page', ask: () => `${api}/-/tags` },
    {
      name: 'tags, a later page',
      ask: (at) => `${api}/-/tags?limit=100&cursor=${cursors[at % cursors.length]}`,
    },
    { name: 'tags, 200 of them', ask: () => `${api}/-/tags?limit=200` },
    { name: 'tags, with a part of many names', ask: () => `${api}/-/tags?q=build` },
    { name: 'tags, with a part of one name', ask: (at) => `${api}/-/tags?q=${someTag(at)}` },
    { name: 'tags, with a part of no name', ask: () => `${api}/-/tags?q=nowhere` },
    { name: 'tags, the same with one letter', ask: () => `${api}/-/tags?q=_` },
    { name: 'image by tag', ask: (at) => `${api}/-/images/${someTag(at)}` },
    { name: 'history', ask: (at) => `${api}/-/history/${someTag(at)}` },
    { name: 'history at a time', ask: (at) => `${api}/-/history/${someTag(at)}?at=2026-01-01T00:00:00Z` },
    { name: 'tag rule', ask: () => `${api}/-/tag-rule` },
    { name: 'changes', ask: () => `${api}/-/changes` },
    { name: 'held', ask: () => `${api}/-/held`, isAdministrators: true },
    { name: 'trash', ask: () => `${api}/-/trash`, isAdministrators: true },
    { name: 'search by the repository’s name', ask: () => '/api/v1/search?q=many' },
    { name: 'search by a tag’s name', ask: (at) => `/api/v1/search?q=${someTag(at)}` },
    { name: 'tag log', ask: () => '/api/v1/tag-log' },
    { name: 'tag log, proof of a leaf', ask: (at) => `/api/v1/tag-log/proof?leaf=${(at * 104_729) % TAGS}` },
    { name: 'checkpoint', ask: () => '/tlog/checkpoint' },
    { name: 'usage of the namespace', ask: () => '/api/v1/namespaces/bench/usage', isAdministrators: true },
    { name: 'storage', ask: () => '/api/v1/storage', isAdministrators: true },
    { name: 'metrics', ask: () => '/metrics', isAdministrators: true },
    {
      name: 'retention, a plan that keeps the last 10',
      ask: () => ['/api/v1/retention/plan', rules({ keepLast: 10 })],
      isAdministrators: true,
    },
    {
      name: 'retention, a plan by pattern',
      ask: () => ['/api/v1/retention/plan', rules({ keepMatching: ['v1*'] })],
      isAdministrators: true,
    },
    { name: 'the page’s document', ask: () => `/r/${REPOSITORY}` },
  ];
}

async function measure(
  product: StartedProduct,
  call: Call,
  administrator: string,
): Promise<{ times: readonly number[]; bytes: number; processorMs: number }> {
  const times: number[] = [];
  let bytes = 0;
  let before = product.processorMs();
  // The first calls are for the compiler; the database’s own memory is warm or not as it is.
  for (let at = -5; at < CALLS; at += 1) {
    const asked = call.ask(at + 5);
    const [path, init] = typeof asked === 'string' ? [asked, {}] : asked;
    const headers = { ...init.headers, ...(call.isAdministrators ? { authorization: administrator } : {}) };
    const start = performance.now();
    const answer = await fetch(product.url + path, { ...init, headers });
    const body = await answer.arrayBuffer();
    const tookMs = performance.now() - start;
    if (answer.status >= 400 && !(answer.status === 404 && path.includes('/no-')))
      throw new Error(`${path}: ${answer.status} ${Buffer.from(body).toString().slice(0, 300)}`);
    if (at === -1) before = product.processorMs();
    if (at >= 0) times.push(tookMs);
    bytes = body.byteLength;
    // A call of half a second is measured well enough by fewer.
    if (at >= 20 && times.reduce((sum, one) => sum + one, 0) > 20_000) break;
  }
  return { times, bytes, processorMs: (product.processorMs() - before) / times.length };
}

async function listCursors(product: StartedProduct, path: string, count: number): Promise<readonly string[]> {
  const cursors: string[] = [];
  for (let cursor = ''; cursors.length < count; ) {
    const answer = await fetch(`${product.url}${path}${cursor === '' ? '' : `&cursor=${cursor}`}`);
    cursor = ((await answer.json()) as { cursor: string }).cursor;
    cursors.push(cursor);
  }
  return cursors;
}

async function pushToken({ url, basic }: StartedProduct): Promise<string> {
  const scope = `repository:${REPOSITORY}:pull,push,delete`;
  const answer = await fetch(`${url}/token?service=plimsoll&scope=${scope}`, {
    headers: { authorization: basic },
  });
  return `Bearer ${((await answer.json()) as { token: string }).token}`;
}

async function digestOf({ url }: StartedProduct, tag: string): Promise<string> {
  const answer = await fetch(`${url}/v2/${REPOSITORY}/manifests/${tag}`, { method: 'HEAD' });
  return answer.headers.get('docker-content-digest') as string;
}

/** Until every event has led to its jobs and the jobs are done. */
async function settle(): Promise<void> {
  using rows = new DatabaseSync(join(data, 'plimsoll.sqlite'), { readOnly: true });
  const events = rows.prepare('select count(*) as n from event where dispatched_at is null');
  const jobs = rows.prepare(
    "select count(*) as n from job where state in ('ready', 'leased') and run_at < ?",
  );
  for (;;) {
    const waiting = Number(events.get()?.n) + Number(jobs.get(Date.now())?.n);
    if (waiting === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
