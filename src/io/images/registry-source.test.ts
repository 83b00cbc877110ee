// The registry adapter against the contract, over a small registry in memory: with the referrers API and without.
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { digestOf } from '../../formats/oci/digest.ts';
import { parseManifest } from '../../formats/oci/manifest.ts';
import { systemClock } from '../../kit/clock.ts';
import { openTestHttp } from '../net/http.fixture.ts';
import { type ImagePlace, imagePlaceContract } from './contract-suite.ts';
import { createRegistryClient } from './registry-client.ts';
import { openRegistrySource, openRegistryTarget } from './registry-source.ts';

type Stored = { readonly type: string; readonly bytes: Buffer };

/** Routes one request over the two maps; the path has no `/v2/a/b`. */
function answer(
  state: {
    readonly manifests: Map<string, Stored>;
    readonly blobs: Map<string, Buffer>;
    readonly api: boolean;
  },
  request: http.IncomingMessage,
  body: Buffer,
): { status: number; headers?: http.OutgoingHttpHeaders; body?: Buffer | string } {
  const url = new URL(request.url ?? '', 'http://registry');
  const [kind = '', name = ''] = url.pathname.replace('/v2/a/b/', '').split('/');
  const { manifests, blobs, api } = state;
  if (request.method === 'POST') return { status: 202, headers: { location: `${url.pathname}1` } };
  if (request.method === 'PUT' && kind === 'blobs') {
    const digest = url.searchParams.get('digest') ?? '';
    if (digest !== digestOf(body)) return { status: 400 };
    blobs.set(digest, body);
    return { status: 201 };
  }
  if (request.method === 'PUT') {
    const stored = { type: request.headers['content-type'] ?? '', bytes: body };
    manifests.set(name, stored).set(digestOf(body), stored);
    const subject = parseManifest(body, stored.type).subject?.digest;
    return { status: 201, headers: api && subject !== undefined ? { 'oci-subject': subject } : {} };
  }
  if (kind === 'manifests') {
    const found = manifests.get(name);
    return found === undefined
      ? { status: 404 }
      : { status: 200, headers: { 'content-type': found.type }, body: found.bytes };
  }
  if (kind === 'blobs') {
    const found = blobs.get(name);
    if (found === undefined) return { status: 404 };
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = { 'content-range': `bytes ${from}-${found.length - 1}/${found.length}` };
    return { status: from > 0 ? 206 : 200, headers: from > 0 ? range : {}, body: found.subarray(from) };
  }
  if (kind !== 'referrers' || !api) return { status: 404 };
  const referrers = [...manifests].flatMap(([digest, { type, bytes }]) => {
    const { subject, artifactType, annotations } = parseManifest(bytes, type);
    if (subject?.digest !== name || !digest.startsWith('sha256:')) return [];
    return [{ mediaType: type, digest, size: bytes.length, artifactType, annotations }];
  });
  return { status: 200, body: JSON.stringify({ schemaVersion: 2, manifests: referrers }) };
}

async function openPlace(api: boolean): Promise<ImagePlace> {
  const state = { manifests: new Map<string, Stored>(), blobs: new Map<string, Buffer>(), api };
  const server = http.createServer(async (request, response) => {
    try {
      const { status, headers, body } = answer(state, request, Buffer.concat(await request.toArray()));
      response.writeHead(status, headers).end(body);
    } catch {
      response.destroy();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = openTestHttp();
  const registry = createRegistryClient(host, {
    http: client,
    clock: systemClock,
    credential: async () => undefined,
  });
  const reference = (tag: string) => ({ kind: 'registry', host, repository: 'a/b', tag }) as const;
  return {
    target: async (tag) => openRegistryTarget(reference(tag), registry),
    source: async (tag) => openRegistrySource(reference(tag), registry),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      server.closeAllConnections();
      server.close();
    },
  };
}

imagePlaceContract('a registry', () => openPlace(true), { keepsManifests: true });
imagePlaceContract('a registry without referrers', () => openPlace(false), { keepsManifests: true });
