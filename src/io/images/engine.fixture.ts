// A container engine for tests: the Engine API's three questions over any server, and the tars that engines save.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { formatTar, type TarMember } from '../../formats/archive/tar-writer.ts';
import { parseConfig } from '../../formats/oci/config.ts';
import { formatDescriptor } from '../../formats/oci/descriptor.ts';
import { digestHex } from '../../formats/oci/digest.ts';
import type { MemoryPlace } from './memory.ts';
import { chooseImage } from './platform-choice.ts';

export interface FakeEngine extends AsyncDisposable {
  /** As DOCKER_HOST takes it. */
  readonly address: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
}

export interface FakeEngineOptions {
  /** A path for the socket; loopback TCP on a free port where absent. */
  readonly socket?: string;
  readonly tls?: ServerOptions;
  /** Image names and what `docker save` gives of each; a function answers by itself. */
  readonly images?: Readonly<Record<string, Uint8Array | ((response: ServerResponse) => void)>>;
  /** Takes the place of the usual answers. */
  readonly answer?: RequestListener;
}

export async function startFakeEngine(options: FakeEngineOptions = {}): Promise<FakeEngine> {
  const asked: string[] = [];
  const answer = options.answer ?? answerFrom(options.images ?? {});
  const listener: RequestListener = (request, response) => {
    asked.push(decodeURIComponent(request.url ?? ''));
    answer(request, response);
  };
  const server: Server =
    options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  if (options.socket === undefined) server.listen(0, '127.0.0.1');
  else server.listen(options.socket);
  await once(server, 'listening');
  const port = (server.address() as AddressInfo).port;
  return {
    address: options.socket === undefined ? `tcp://127.0.0.1:${port}` : `unix://${options.socket}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** As moby answers: the id stands for the name in `get`. */
function answerFrom(images: NonNullable<FakeEngineOptions['images']>): RequestListener {
  const names = Object.keys(images);
  const idOf = (name: string): string => `sha256:${String(names.indexOf(name)).padStart(64, '0')}`;
  return (request, response) => {
    response.setHeader('api-version', '1.51');
    const path = decodeURIComponent(request.url ?? '');
    const [, name = '', verb = ''] = /^\/images\/(.+)\/(json|get)$/.exec(path) ?? [];
    const found = names.find((own) => own === name || idOf(own) === name);
    if (path === '/_ping') response.end('OK');
    else if (found === undefined)
      response.writeHead(404, { 'content-type': 'application/json' }).end(`{"message":"No such image"}`);
    else if (verb === 'json') response.end(JSON.stringify({ Id: idOf(found), RepoTags: [found] }));
    else {
      const saved = images[found]!;
      if (typeof saved === 'function') saved(response);
      else response.end(saved);
    }
  };
}

const file = (path: string, body: Uint8Array): TarMember & { readonly body: Uint8Array } => ({
  kind: 'file',
  path,
  mode: 0o644,
  mtimeSeconds: 0,
  body,
});
const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** As docker's containerd store saves: every blob that it has, index.json, and manifest.json beside them. */
export async function savedByContainerd(place: MemoryPlace, tag: string): Promise<Uint8Array> {
  const { root, manifest } = await chooseImage(place.source(tag));
  const path = (digest: Parameters<typeof digestHex>[0]): string => `blobs/sha256/${digestHex(digest)}`;
  return formatTar([
    ...[...place.blobs].map(([digest, bytes]) => file(path(digest), bytes)),
    ...[...place.manifests].map(([digest, { bytes }]) => file(path(digest), bytes)),
    file('index.json', json({ schemaVersion: 2, manifests: [formatDescriptor(root.descriptor)] })),
    file(
      'manifest.json',
      json([
        {
          Config: path(manifest.config.digest),
          RepoTags: null,
          Layers: manifest.layers.map(({ digest }) => path(digest)),
        },
      ]),
    ),
    file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
  ]);
}

/** As docker before 25 saves: a folder per layer with its tar unpacked, no OCI manifest. */
export async function savedByOldDocker(
  place: MemoryPlace,
  tag: string,
  layers: readonly Uint8Array[],
): Promise<Uint8Array> {
  const { configBytes } = await chooseImage(place.source(tag));
  const names = parseConfig(configBytes).diffIds.map((diffId) => `${digestHex(diffId)}/layer.tar`);
  return formatTar([
    file('config.json', configBytes),
    ...names.map((name, position) => file(name, layers[position]!)),
    file('manifest.json', json([{ Config: 'config.json', RepoTags: null, Layers: names }])),
    file('repositories', json({})),
  ]);
}

/** A context as docker keeps it below the home folder, with its certificates. */
export function writeContext(
  home: string,
  name: string,
  docker: Record<string, unknown>,
  pem: Record<string, string> = {},
): void {
  const id = createHash('sha256').update(name).digest('hex');
  const meta = join(home, '.docker/contexts/meta', id);
  mkdirSync(meta, { recursive: true });
  writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker } }));
  const tls = join(home, '.docker/contexts/tls', id, 'docker');
  mkdirSync(tls, { recursive: true });
  for (const [part, text] of Object.entries(pem)) writeFileSync(join(tls, `${part}.pem`), text);
}

/** A self-signed pair for 127.0.0.1, server and client in one, made for these tests alone, valid for a hundred years. */
export const engineCertificate = Object.freeze({
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgnbKmXyGejKzV7agi
NWFmXeUMahjlD68NAuiiJtu+yHihRANCAAQHr8mBN5jwoqFjX7HZgKmZ4jEBRUrO
Qh3fV5kmXjh0gxryei33zqgCdfqcJa174Mcy6utnjLxcQAQ86ih0vuB+
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBpzCCAUygAwIBAgIUcbdpbD3aSKTvLvnSioZ2/GJobrcwCgYIKoZIzj0EAwIw
HzEdMBsGA1UEAwwUcGxpbXNvbGwtZW5naW5lLXRlc3QwIBcNMjYxMTIxMTUwNDI2
WhgPMjEyNjEwMjgxNTA0MjZaMB8xHTAbBgNVBAMMFHBsaW1zb2xsLWVuZ2luZS10
ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEB6/JgTeY8KKhY1+x2YCpmeIx
AUVKzkId31eZJl44dIMa8not986oAnX6nCWte+DHMurrZ4y8XEAEPOoodL7gfqNk
MGIwHQYDVR0OBBYEFPhrSGxpC0X8gkZ+hrLpTLsuVgapMB8GA1UdIwQYMBaAFPhr
SGxpC0X8gkZ+hrLpTLsuVgapMA8GA1UdEwEB/wQFMAMBAf8wDwYDVR0RBAgwBocE
fwAAATAKBggqhkjOPQQDAgNJADBGAiEA8zDed4+TonWkxBKeE8K+QN9kCDedyBwb
wXbVEGcrQ2sCIQDCGY/s6vUlX+04s+NngmE1/9dKCj67EtzpJroM7pDkDg==
-----END CERTIFICATE-----
`,
});
