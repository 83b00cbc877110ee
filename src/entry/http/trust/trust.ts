// What clients ask of the instance's authority, below /trust: documents for those who verify, the log as tiles, and
// the protocols that Sigstore's clients speak (one file each). Anybody may ask; who may have a certificate is judged
// by the token that is sent along. A route is one path, one method and one answer.
import type { TrustService } from '../../../services/trust/trust-service.ts';
import type { FetchHandler } from '../fetch-bridge.ts';

/** Where all of it is served. */
export const trustPath = '/trust';

export interface TrustRouteParts {
  readonly trust: TrustService;
}

/** Answers what is not here with undefined. */
export type TrustRoute = (path: string, request: Request) => Promise<Response> | undefined;

export function createTrust(parts: TrustRouteParts): FetchHandler {
  const routes = [createDocumentRoutes(parts)];
  return async (request) => {
    const path = new URL(request.url).pathname.slice(trustPath.length + 1);
    for (const route of routes) {
      const answer = route(path, request);
      if (answer !== undefined) return answer;
    }
    return answerMissing();
  };
}

function createDocumentRoutes({ trust }: TrustRouteParts): TrustRoute {
  return (path, request) => {
    const read = {
      'trusted_root.json': trust.readTrustedRoot,
      'signing_config.json': trust.readSigningConfig,
    }[path];
    if (read === undefined) return undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuseMethod('GET, HEAD');
    return read().then(answerJsonBytes);
  };
}

function answerJsonBytes(bytes: Uint8Array): Response {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache' };
  return new Response(bytes as Uint8Array<ArrayBuffer>, { headers });
}

async function refuseMethod(allow: string): Promise<Response> {
  return new Response(null, { status: 405, headers: { allow } });
}

function answerMissing(): Response {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
  return new Response('there is nothing here\n', { status: 404, headers });
}
