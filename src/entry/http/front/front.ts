// What a front process answers by itself: manifests and blobs that a request may have for its bearer token or for
// nothing, read from the database and the blobs beside their owner, never written. All else, and every case in which
// anything is out of the ordinary (a refusal, a damaged blob, a proof that is due, a password), the owner answers.
import { createExchange, hasBody, type RawHandler } from '../exchange.ts';
import { parseRoute, pathOf } from '../router.ts';
import { type BlobReadParts, createBlobReads } from '../v2/blobs.ts';
import { createManifestReads, type ManifestReadParts } from '../v2/manifests.ts';
import type { Forward } from './forward.ts';

export interface FrontParts extends BlobReadParts, ManifestReadParts {
  readonly forward: Forward;
}

export function createFrontHandler(parts: FrontParts): RawHandler {
  const { forward } = parts;
  const blob = createBlobReads(parts);
  const manifest = createManifestReads(parts);
  return (request, response, isContinueDue) => {
    const pass = (): void => {
      // Whoever reads an answer that was begun here sees it break off.
      if (response.headersSent) response.destroy();
      else forward(request, response, isContinueDue);
    };
    const isRead = (request.method === 'GET' || request.method === 'HEAD') && !hasBody(request);
    const route = isRead ? parseRoute(pathOf(request.url ?? '/')) : undefined;
    if (route?.kind !== 'manifest' && route?.kind !== 'blob') return pass();
    const exchange = createExchange(request, response, isContinueDue);
    try {
      const work = route.kind === 'blob' ? blob(exchange, route) : manifest(exchange, route);
      return work?.catch(pass);
    } catch {
      pass();
    }
  };
}
