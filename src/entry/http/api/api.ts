// The JSON API and the health routes as one fetch handler: finds the sender, checks the query by the route's
// schema, answers JSON with an ETag, and turns every failure into problem details. Cross-origin readers get
// nothing (no CORS header is ever sent), and a page of another site cannot make the server do anything.
import { Hono } from 'hono';
import { z } from 'zod';
import { expositionType, formatMetrics, type Metric } from '../../../formats/metrics/exposition.ts';
import { collectBytes, decodeUtf8 } from '../../../kit/bytes.ts';
import type { Random } from '../../../kit/clock.ts';
import { isPlimsollError } from '../../../kit/error.ts';
import { hashHex } from '../../../kit/hash.ts';
import { parseJson } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import type { Log } from '../../../kit/log.ts';
import { anonymous, type Principal } from '../../../services/hub/access.ts';
import type { PresentedCertificate } from '../../../services/hub/certificates.ts';
import { hubErrors } from '../../../services/hub/errors.ts';
import type { Logins } from '../../../services/hub/logins.ts';
import { looksLikeSecret } from '../../../services/hub/secret.ts';
import { addressOf } from '../address.ts';
import { httpErrors } from '../errors.ts';
import type { FetchHandler } from '../fetch-bridge.ts';
import { identifyPart, readBasic } from '../guard.ts';
import { tlogPath } from '../tlog/tlog.ts';
import type { PresentedPart } from '../tls.ts';
import { discoveryPath, trustPath } from '../trust/trust.ts';
import { witnessPath } from '../witness/witness.ts';
import { listApiRoutes, type RouteParts } from './all.ts';
import { createOpenApi, openapiPath } from './openapi.ts';
import { answerProblem, formatProblem } from './problem.ts';
import type { ApiRoute, RawAnswer } from './route.ts';
import { secured } from './security.ts';
import { createSignInRoutes, findSession, type SignInRouteParts } from './sign-in.ts';

export interface ApiParts extends RouteParts, SignInRouteParts {
  readonly logins: Logins;
  /** Whether X-Forwarded-For is written by an own proxy. */
  readonly isProxyTrusted?: boolean;
  readonly random: Random;
  readonly log: Log;
  /** Where clients reach the server; what they themselves named where absent. */
  readonly publicUrl?: string | undefined;
  /** Absent: nobody may read metrics. */
  readonly metrics?: MetricsParts;
  /** The tag log, below its path. */
  readonly tlog: FetchHandler;
  /** Where it is a witness of other logs. */
  readonly witness?: FetchHandler;
  /** The instance's authority, below its path. */
  readonly trustSite: FetchHandler;
  /** What answers everything else: the pages. */
  readonly pages: FetchHandler;
}

export interface MetricsParts {
  /** Whether anybody may read them; else administrators alone. */
  readonly isOpen: boolean;
  read(): Promise<readonly Metric[]>;
}

/** The other end of the connection. */
interface Sender {
  readonly remote: string | undefined;
  readonly peer: PresentedCertificate | undefined;
  readonly part: PresentedPart | undefined;
}

export function createApi(parts: ApiParts): FetchHandler {
  const app = new Hono<{ Bindings: Sender }>();
  const routes = listApiRoutes(parts);
  for (const route of routes)
    app.on(route.method.toUpperCase(), honoPath(route.path), (context) =>
      serve(
        parts,
        route,
        { request: context.req.raw, sender: context.env },
        context.req.param() as Record<string, string>,
      ),
    );
  for (const { method, path, handle } of createSignInRoutes(parts))
    app.on(method, path, (context) => {
      const { raw } = context.req;
      if (method !== 'GET') checkSameSite(raw);
      return handle(raw, parts.publicUrl ?? new URL(raw.url).origin);
    });
  const openapi = createOpenApi(parts.version);
  app.get(openapiPath, (context) => answerJson(context.req.raw, 200, openapi));
  for (const [path, allow] of listMethods(routes))
    app.all(honoPath(path), (context) => {
      const error = httpErrors.method_not_allowed(`${context.req.method} does not work here; ${allow} do`);
      return answerProblem(formatProblem(error, parts.random.uuid()), allow);
    });
  app.get('/metrics', (context) => answerMetrics(parts, context.req.raw, context.env));
  app.all(`${tlogPath}/*`, (context) => parts.tlog(context.req.raw));
  const { witness } = parts;
  if (witness !== undefined) app.all(`${witnessPath}/*`, (context) => witness(context.req.raw));
  for (const path of [`${trustPath}/*`, discoveryPath])
    app.all(path, (context) => parts.trustSite(context.req.raw, context.env.remote));
  app.all('/api/*', (context) => {
    throw httpErrors.route_unknown(`there is nothing at ${context.req.path.slice(0, 200)}`);
  });
  app.all('*', (context) => parts.pages(context.req.raw));
  app.onError((error, context) => {
    const requestId = parts.random.uuid();
    const { method, path } = context.req;
    if (!isPlimsollError(error)) parts.log.error('a request failed', { requestId, method, path, error });
    return answerProblem(formatProblem(error, requestId), undefined, error);
  });
  return async (request, remote, peer, part) => secured(await app.fetch(request, { remote, peer, part }));
}

/** What an Allow header says of each address (RFC 9110 §10.2.1). */
function listMethods(routes: readonly ApiRoute[]): ReadonlyMap<string, string> {
  const methods = new Map([[openapiPath, 'GET, HEAD']]);
  for (const { path, method } of routes) {
    const more = method === 'get' ? 'GET, HEAD' : method.toUpperCase();
    methods.set(path, [methods.get(path), more].filter((one) => one !== undefined).join(', '));
  }
  return methods;
}

async function serve(
  parts: ApiParts,
  route: ApiRoute,
  { request, sender }: { readonly request: Request; readonly sender: Sender },
  params: Readonly<Record<string, string>>,
): Promise<Response> {
  const viewer = await identify(parts, request, sender);
  if (route.method !== 'get') checkSameSite(request);
  if (route.isForAdministrators === true) parts.access.checkAdministrator(viewer);
  const url = new URL(request.url);
  const registryHost = parts.publicUrl === undefined ? url.host : new URL(parts.publicUrl).host;
  const query = readQuery(route, url);
  const body = await readBody(route, request);
  const from = addressFrom(parts, request, sender);
  const answer = await route.handle({ viewer, params, query, body, registryHost, from });
  if (Array.isArray(route.answer)) return answerDocument(request, answer as RawAnswer);
  const isUnready = (answer as { status?: unknown }).status === 'not ready';
  return answerJson(request, isUnready ? 503 : (route.status ?? 200), answer);
}

/** Prometheus' text, for who may: `http.route_unknown` where it is switched off. */
async function answerMetrics(parts: ApiParts, request: Request, sender: Sender): Promise<Response> {
  const { metrics } = parts;
  if (metrics === undefined) throw httpErrors.route_unknown('metrics are switched off here');
  if (!metrics.isOpen) parts.access.checkAdministrator(await identify(parts, request, sender));
  const headers = { 'content-type': expositionType, 'cache-control': 'no-store' };
  return new Response(formatMetrics(await metrics.read()), { headers });
}

/** `hub.credentials_wrong` where a login is presented that does not hold; nobody is asked for one to read. */
async function identify(parts: ApiParts, request: Request, sender: Sender): Promise<Principal> {
  const { peer, part } = sender;
  // As in the guard: neither a login nor a cookie makes a part somebody else.
  if (part !== undefined) return identifyPart(parts.memberships, part);
  const header = request.headers.get('authorization');
  if (header === null) {
    const byPeer = async () => (peer === undefined ? undefined : parts.logins.identifyCertificate(peer));
    return (await identifySession(parts, request)) ?? (await byPeer()) ?? anonymous;
  }
  const [, token] = /^bearer +(\S+)$/i.exec(header) ?? [];
  if (token !== undefined && looksLikeSecret(token)) return parts.logins.identifyToken(token);
  const basic = readBasic(header);
  if (basic === undefined) throw hubErrors.credentials_wrong('the Authorization header cannot be read');
  const address = addressFrom(parts, request, sender);
  return parts.logins.identify({ name: basic.name, secret: basic.password, address });
}

function addressFrom({ isProxyTrusted }: ApiParts, request: Request, { remote }: Sender): string {
  return addressOf(remote, request.headers.get('x-forwarded-for'), isProxyTrusted === true);
}

/** A session changes something only for a page of this server, and the browser must say that it is one. */
async function identifySession(parts: ApiParts, request: Request): Promise<Principal | undefined> {
  const found = await findSession(parts.sessions, request);
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  if (found === undefined || isReading || request.headers.get('sec-fetch-site') === 'same-origin')
    return found;
  throw hubErrors.access_denied('a session changes something only from a page of this server');
}

/** A browser that remembers a login would send it along for any page; it says for whom (Fetch Metadata). */
function checkSameSite(request: Request): void {
  const site = request.headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin' && site !== 'none')
    throw hubErrors.access_denied('a page of another site asked for this');
}

function readQuery(route: ApiRoute, url: URL): unknown {
  if (route.query === undefined) return {};
  const single = Object.fromEntries(url.searchParams);
  // A parameter that is a list is repeated.
  const lists = Object.entries(route.query.shape).flatMap(([name, schema]) =>
    schema instanceof z.ZodArray ? [[name, url.searchParams.getAll(name)] as const] : [],
  );
  const parsed = route.query.safeParse({ ...single, ...Object.fromEntries(lists) });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw httpErrors.query_invalid(
    `${issue?.path.join('.') ?? 'the query'}: ${issue?.message ?? 'is not valid'}`,
  );
}

/** What was sent, by the route's schema: `http.body_invalid`, `http.body_too_large`. */
async function readBody(route: ApiRoute, request: Request): Promise<unknown> {
  if (route.body === undefined) return undefined;
  const sent = (request.body ?? []) as AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  const text = decodeUtf8(await collectBytes(sent, limits.apiBodyBytes, httpErrors.body_too_large));
  const value = text === undefined ? undefined : parseJson(text);
  if (value === undefined) throw httpErrors.body_invalid('the body is not JSON');
  const parsed = route.body.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.path.length ? issue.path.join('.') : 'the body';
  throw httpErrors.body_invalid(`${place}: ${issue?.message ?? 'is not valid'}`);
}

/** The same answer again costs a header: pages ask often while an image is being looked into. */
function answerJson(request: Request, status: number, value: unknown): Response {
  const body = JSON.stringify(value);
  const etag = `"${hashHex('sha256', body).slice(0, 32)}"`;
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache', etag };
  if (status === 200 && request.headers.get('if-none-match') === etag)
    return new Response(null, { status: 304, headers: { etag, 'cache-control': 'no-cache' } });
  return new Response(body, { status, headers });
}

function answerDocument(request: Request, { mediaType, body, fileName }: RawAnswer): Response {
  const etag = `"${hashHex('sha256', body).slice(0, 32)}"`;
  const headers = {
    'content-type': mediaType,
    'content-disposition': `attachment; filename="${fileName}"`,
    'cache-control': 'no-cache',
    etag,
  };
  const isKnown = request.headers.get('if-none-match') === etag;
  return isKnown ? new Response(null, { status: 304, headers }) : new Response(body, { headers });
}

/** A repository's name holds slashes but no part that begins with a `-`, so `/-/` ends it. */
const NAME = '(?:[a-z0-9][a-z0-9._-]*/)*[a-z0-9][a-z0-9._-]*';
const REFERENCE = '[A-Za-z0-9_][A-Za-z0-9_.:-]*';
const TAG = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';

function honoPath(path: string): string {
  return (
    path
      .replace('{name}', `:name{${NAME}}`)
      .replace('{reference}', `:reference{${REFERENCE}}`)
      .replace('{tag}', `:tag{${TAG}}`)
      .replace('{id}', ':id{[0-9a-f-]+}')
      // Names of one part: an account, a team, a robot.
      .replace(/(?<=\/)\{(\w+)\}/g, ':$1{[a-z0-9._-]+}')
  );
}
