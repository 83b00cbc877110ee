// end-2 and end-10: blobs by digest. Bytes go from the store to the socket and are never collected.
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { type Digest, parseDigest } from '../../../formats/oci/digest.ts';
import type { Blobs } from '../../../services/registry/blobs.ts';
import { answer, type Exchange } from '../exchange.ts';
import type { Guard } from '../guard.ts';
import type { HandOver } from '../hand-over.ts';
import type { Methods } from './methods.ts';
import { formatContentRange, parseByteRange } from './range.ts';

interface BlobRoute {
  readonly name: string;
  readonly digest: string;
}

export interface BlobReadParts {
  readonly guard: Pick<Guard, 'peek' | 'authorize'>;
  readonly blobs: Pick<Blobs, 'peek' | 'stat' | 'send'>;
  readonly handOver?: HandOver;
}

/** GET and HEAD. */
export function createBlobReads({
  guard,
  blobs,
  handOver,
}: BlobReadParts): NonNullable<Methods<BlobRoute>['GET']> {
  async function send(exchange: Exchange, route: BlobRoute, digest: Digest): Promise<void> {
    const { request, response } = exchange;
    const grant = await guard.authorize(exchange, 'pull', route.name);
    const { sizeBytes, isProven } = await blobs.stat(grant, digest);
    const headers = headersOf(digest);
    if (isKnown(exchange, digest)) return answer(exchange, 304, headers);
    if (request.method === 'HEAD') return answer(exchange, 200, { ...headers, 'Content-Length': sizeBytes });
    const handed = isProven ? handOver?.(request, digest) : undefined;
    if (handed !== undefined) {
      // Ranges are the part of whoever sends the file, and so is saying that there are any.
      const { 'Accept-Ranges': _, ...own } = headers;
      return answer(exchange, 200, { ...own, ...handed });
    }
    exchange.headers['Content-Range'] = `bytes */${sizeBytes}`;
    const range = parseByteRange(wantedRange(exchange, digest), sizeBytes);
    delete exchange.headers['Content-Range'];
    // Headers go with the first chunk: until then a failure can still be answered as one.
    const begin = (): void => {
      if (response.headersSent) return;
      response.writeHead(range === undefined ? 200 : 206, {
        ...exchange.headers,
        ...headers,
        'Content-Length': range === undefined ? sizeBytes : range.end - range.start + 1,
        ...(range === undefined ? {} : { 'Content-Range': formatContentRange(range, sizeBytes) }),
      });
    };
    await blobs.send(grant, digest, range, (chunk) => {
      begin();
      return writeChunk(response, chunk);
    });
    begin();
    response.end();
  }

  return (exchange, route) => {
    const digest = parseDigest(route.digest);
    const grant = guard.peek(exchange, route.name);
    const bytes = grant === undefined ? undefined : blobs.peek(grant, digest);
    const { method, headers } = exchange.request;
    if (bytes === undefined || method !== 'GET' || headers.range !== undefined || isKnown(exchange, digest))
      return send(exchange, route, digest);
    answer(exchange, 200, headersOf(digest), bytes);
  };
}

interface BlobParts extends BlobReadParts {
  readonly guard: Guard;
  readonly blobs: Blobs;
}

export function createBlobMethods(parts: BlobParts): Methods<BlobRoute> {
  const { guard, blobs } = parts;
  return {
    GET: createBlobReads(parts),

    async DELETE(exchange, route) {
      const digest = parseDigest(route.digest);
      const grant = await guard.authorize(exchange, 'delete', route.name);
      await blobs.delete(grant, digest);
      answer(exchange, 202, { 'Docker-Content-Digest': digest });
    },
  };
}

/** Resolves when the kernel has the chunk, rejects when the connection is gone. */
function writeChunk(response: ServerResponse, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}

function headersOf(digest: Digest): OutgoingHttpHeaders {
  return {
    'Content-Type': 'application/octet-stream',
    'Docker-Content-Digest': digest,
    'Accept-Ranges': 'bytes',
    ETag: `"${digest}"`,
    // What a digest names never changes.
    'Cache-Control': 'max-age=31536000, immutable',
  };
}

/** The client has these bytes (RFC 9110 §13.1.2). */
export function isKnown({ request }: Exchange, digest: Digest): boolean {
  return request.headers['if-none-match']?.includes(`"${digest}"`) === true;
}

/** The Range header, unless If-Range names other bytes than these (RFC 9110 §13.1.5). */
function wantedRange({ request }: Exchange, digest: Digest): string | undefined {
  const condition = request.headers['if-range'];
  return condition === undefined || condition === `"${digest}"` ? request.headers.range : undefined;
}
