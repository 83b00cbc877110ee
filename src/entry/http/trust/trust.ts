// What clients ask of the instance's authority, below /trust: documents for those who verify, the log as tiles, and
// the protocols that Sigstore's clients speak, a file for each. Anybody may ask; who may have a certificate is judged
// by the token that is sent along.

import { networkOf } from '../../../services/hub/login-brake.ts';
import { addressOf } from '../address.ts';
import { httpErrors } from '../errors.ts';
import type { FetchHandler } from '../fetch-bridge.ts';
import { type CertificateLogParts, createCertificateLogRoutes } from './certificate-log.ts';
import { type CertificateParts, createCertificateRoutes } from './certificates.ts';
import { createDocumentRoutes, type DocumentParts } from './documents.ts';
import { createLogRoutes, type LogParts } from './log.ts';
import type { TrustRoute } from './route.ts';
import { createTimestampRoutes, type TimestampParts } from './timestamps.ts';
import { createTufRoutes, type TufParts } from './tuf.ts';

/** Where all of it is served. */
export const trustPath = '/trust';
/** Where OpenID Connect has an issuer's document (Discovery 1.0 §4). */
export const discoveryPath = '/.well-known/openid-configuration';

export interface TrustRouteParts
  extends DocumentParts,
    LogParts,
    CertificateParts,
    CertificateLogParts,
    TimestampParts,
    TufParts {
  /** Whether X-Forwarded-For is written by an own proxy. */
  readonly isProxyTrusted: boolean;
}

/** Throws what the routes throw, and `http.route_unknown`. */
export function createTrust(parts: TrustRouteParts): FetchHandler {
  const routes: readonly TrustRoute[] = [
    ...createDocumentRoutes(parts),
    ...createLogRoutes(parts),
    ...createCertificateRoutes(parts),
    ...createCertificateLogRoutes(parts),
    ...createTimestampRoutes(parts),
    ...createTufRoutes(parts),
  ];
  return async (request, remote) => {
    const { pathname } = new URL(request.url);
    const fitting = routes.filter(({ path }) => restOf(path, pathname) !== undefined);
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const route = fitting.find((one) => one.method === method);
    const [known] = fitting;
    if (known === undefined) throw httpErrors.route_unknown(`there is nothing at ${pathname.slice(0, 200)}`);
    if (route === undefined)
      return new Response(null, {
        status: 405,
        headers: { allow: known.method === 'GET' ? 'GET, HEAD' : 'POST' },
      });
    const forwarded = request.headers.get('x-forwarded-for');
    const network = networkOf(addressOf(remote, forwarded, parts.isProxyTrusted));
    return route.answer({ request, rest: restOf(route.path, pathname) ?? '', network });
  };
}

/** What stands behind the route's path; undefined where it is another's. */
function restOf(path: string, pathname: string): string | undefined {
  if (!path.endsWith('/*')) return path === pathname ? '' : undefined;
  const start = path.slice(0, -1);
  return pathname.startsWith(start) ? pathname.slice(start.length) : undefined;
}
