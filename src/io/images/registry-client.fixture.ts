// A registry on the loopback that answers as a test wants, and a client of it.
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import type { PlimsollError } from '../../kit/error.ts';
import { silentLog } from '../../kit/log.ts';
import { createHttp } from '../net/fetch.ts';
import type { Credential } from './credentials.ts';
import { createRegistryClient } from './registry-client.ts';

export type Exchange = {
  request: http.IncomingMessage;
  response: http.ServerResponse;
  url: URL;
  body: Buffer;
};

/**
 * A loopback server; `handle` answers each request, and `seen` keeps `METHOD path authorization`, but for the first
 * question of all, by which a client finds the scheme.
 */
export async function serve(t: TestContext, handle: (exchange: Exchange) => void) {
  const seen: string[] = [];
  let isFound = false;
  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    if (url.pathname === '/v2/' && !isFound) isFound = true;
    else seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'}`);
    const body = Buffer.concat(await request.toArray().catch(() => []));
    handle({ request, response, url, body });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, origin: `http://${host}`, seen };
}

export function open(
  t: TestContext,
  host: string,
  options: { credential?: Credential; now?: () => number } = {},
) {
  const clock = { now: options.now ?? (() => 0) };
  const client = createHttp({
    clock,
    random: { uuid: () => '', bytes: (n) => new Uint8Array(n) },
    log: silentLog,
    userAgent: 'plimsoll/test',
    wait: async () => {},
  });
  t.after(() => client[Symbol.asyncDispose]());
  return createRegistryClient(host, { http: client, clock, credential: async () => options.credential });
}

export async function all(tags: AsyncIterable<string>): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const tag of tags) found.push(tag);
  return found;
}

export const code = (wanted: string) => (error: PlimsollError) => error.code === wanted;
export const password: Credential = { kind: 'password', username: 'ann', password: 'pw', source: 'test' };
export const basic = `Basic ${Buffer.from('ann:pw').toString('base64')}`;

export function describe(bytes: Uint8Array, mediaType: string = mediaTypes.ociLayer): Descriptor {
  return { mediaType, digest: digestOf(bytes), sizeBytes: bytes.byteLength };
}

export const manifestBytes = Buffer.from(
  JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: {}, layers: [] }),
);
export const manifest = { bytes: manifestBytes, descriptor: describe(manifestBytes, mediaTypes.ociManifest) };

export function sendManifest({ response }: Exchange): void {
  response.writeHead(200, { 'content-type': mediaTypes.ociManifest }).end(manifestBytes);
}

export function challenge(response: http.ServerResponse, realm: string): void {
  const header = `Bearer realm="${realm}",service="s",scope="repository:a/b:pull"`;
  response.writeHead(401, { 'www-authenticate': header }).end();
}

/** A registry that takes uploads, without a referrers API. */
export async function serveUploads(
  t: TestContext,
  options: { failFirst?: boolean; mounts?: boolean; elsewhere?: string } = {},
) {
  const stored = new Map<string, Buffer>();
  let puts = 0;
  const registry = await serve(t, ({ request, response, url, body }) => {
    const { method } = request;
    if (method === 'POST' && url.searchParams.has('mount') && options.mounts === true) {
      response.writeHead(201).end();
    } else if (method === 'POST') {
      const location = options.elsewhere ?? `/up?state=a%20b~c`;
      response.writeHead(202, { location }).end();
    } else if (method === 'PUT' && url.pathname.startsWith('/up')) {
      puts += 1;
      if (options.failFirst === true && puts === 1) return void response.writeHead(500).end();
      stored.set(url.searchParams.get('digest') ?? '', body);
      response.writeHead(201).end();
    } else if (method === 'PUT') {
      stored.set(url.pathname, body);
      response.writeHead(201).end();
    } else if (stored.has(url.pathname)) {
      response.writeHead(200, { 'content-type': mediaTypes.ociIndex }).end(stored.get(url.pathname));
    } else response.writeHead(404).end();
  });
  return { ...registry, stored };
}
