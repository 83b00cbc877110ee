// The registry on raw node:http: finds the route and its method, and turns every failure into the
// specification's answer. Never rejects, never leaves a request unanswered.
import { checkRepositoryName } from '../../formats/oci/reference.ts';
import type { Random } from '../../kit/clock.ts';
import type { Log } from '../../kit/log.ts';
import { hubErrors } from '../../services/hub/errors.ts';
import type { Publishers } from '../../services/hub/publishers.ts';
import type { PullLimits } from '../../services/hub/pull-limits.ts';
import type { Blobs } from '../../services/registry/blobs.ts';
import type { Manifests } from '../../services/registry/manifests.ts';
import type { Pulls } from '../../services/registry/pulls.ts';
import type { Referrers } from '../../services/registry/referrers.ts';
import type { Repositories } from '../../services/registry/repositories.ts';
import type { Tags } from '../../services/registry/tags.ts';
import type { Uploads } from '../../services/registry/uploads.ts';
import { httpErrors } from './errors.ts';
import { createExchange, type Exchange, type RawHandler } from './exchange.ts';
import { createGuard, type GuardParts } from './guard.ts';
import type { HandOver } from './hand-over.ts';
import { parseRoute, pathOf, type Route } from './router.ts';
import { partOf } from './tls.ts';
import { createTokenMethods, type TokenParts } from './token/token.ts';
import { createTokenExchangeMethods } from './token/token-exchange.ts';
import { createBlobMethods } from './v2/blobs.ts';
import { createCatalogMethods } from './v2/catalog.ts';
import { answerError } from './v2/error.ts';
import { createManifestMethods } from './v2/manifests.ts';
import { findMethod, formatAllow, type Methods } from './v2/methods.ts';
import { createPingMethods } from './v2/ping.ts';
import { createPullGate } from './v2/pull-gate.ts';
import { createPullNote } from './v2/pull-note.ts';
import { createReferrersMethods } from './v2/referrers.ts';
import { createSearchMethods, createSearchPingMethods } from './v2/search.ts';
import { createTagMethods } from './v2/tags.ts';
import { createUploadMethods, createUploadsMethods } from './v2/uploads.ts';

export interface RegistryParts extends Omit<GuardParts, 'logins'>, Omit<TokenParts, 'isProxyTrusted'> {
  readonly publishers: Publishers;
  readonly uploads: Uploads;
  readonly blobs: Blobs;
  readonly manifests: Manifests;
  readonly tags: Tags;
  readonly referrers: Referrers;
  readonly repositories: Repositories;
  /** Absent: pulls are not limited. */
  readonly pullLimits?: PullLimits;
  /** Absent: blobs go out from here. */
  readonly handOver?: HandOver;
  /** Absent: no pull is recorded. */
  readonly pulls?: Pick<Pulls, 'note'>;
  readonly random: Random;
  readonly log: Log;
}

type MethodTable = { readonly [K in Route['kind']]: Methods<Extract<Route, { kind: K }>> };

/** Serves `/v2` and `/token`, for the server's `registry`. */
export function createRegistryHandler(parts: RegistryParts): RawHandler {
  const table = createTable(parts);
  const reporting = { log: parts.log, requestId: () => parts.random.uuid() };
  return (request, response, isContinueDue) => {
    const exchange = createExchange(request, response, isContinueDue);
    const refuse = (error: unknown): void => answerError(exchange, error, reporting);
    try {
      return serve(table, exchange)?.catch(refuse);
    } catch (error) {
      refuse(error);
    }
  };
}

function createTable(parts: RegistryParts): MethodTable {
  const gates = { pullGate: createPullGate(parts), pullNote: createPullNote(parts) };
  const guarded = { ...parts, ...gates, guard: createGuard(parts) };
  return {
    ping: createPingMethods(guarded),
    catalog: createCatalogMethods(guarded),
    search: createSearchMethods(guarded),
    searchPing: createSearchPingMethods(),
    token: createTokenMethods(parts),
    tokenExchange: createTokenExchangeMethods(parts),
    blob: createBlobMethods(guarded),
    uploads: createUploadsMethods(guarded),
    upload: createUploadMethods(guarded),
    manifest: createManifestMethods(guarded),
    tags: createTagMethods(guarded),
    referrers: createReferrersMethods(guarded),
  };
}

function serve(table: MethodTable, exchange: Exchange): Promise<void> | void {
  const { method = 'GET', url = '/' } = exchange.request;
  const route = parseRoute(pathOf(url));
  if (route === undefined) throw httpErrors.route_unknown('there is no such address in the distribution API');
  // A token would outlive the certificate, and the part's end.
  if (
    (route.kind === 'token' || route.kind === 'tokenExchange') &&
    partOf(exchange.request.socket) !== undefined
  )
    throw hubErrors.access_denied('a part of the installation asks by its certificate, and gets no tokens');
  if ('name' in route) checkRepositoryName(route.name);
  // The table gives each kind of route the methods for that kind.
  const methods = table[route.kind] as Methods<Route>;
  const run = findMethod(methods, method);
  if (run === undefined) {
    exchange.headers.Allow = formatAllow(methods);
    throw httpErrors.method_not_allowed(`${method} does not work here`);
  }
  return run(exchange, route);
}
