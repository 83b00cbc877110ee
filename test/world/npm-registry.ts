// An npm registry on loopback that knows a few packages made in memory: their documents and their tarballs, as npm
// itself asks for them. A test swaps the bytes of one to be a registry that cannot be trusted.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { formatLayer } from '../../src/io/images/fixture-image.ts';

export interface MadePackage {
  readonly name: string;
  readonly version: string;
  readonly tarball: Uint8Array;
  /** `sha512-BASE64` */
  readonly integrity: string;
}

export interface NpmRegistry extends AsyncDisposable {
  readonly url: string;
  /** `GET /path`, in order. */
  readonly requests: string[];
  /** Adds, or takes the place of, a package of that name. */
  publish(made: MadePackage): void;
}

/** A package of these files, and its manifest. */
export function makePackage(
  manifest: { readonly name: string; readonly version: string } & Readonly<Record<string, unknown>>,
  files: Readonly<Record<string, string>>,
): MadePackage {
  const all = { 'package.json': JSON.stringify(manifest), ...files };
  const members = Object.entries(all).map(([path, body]) => ({ path: `package/${path}`, body, mode: 0o755 }));
  const tarball = gzipSync(formatLayer(members));
  return { name: manifest.name, version: manifest.version, tarball, integrity: integrityOf(tarball) };
}

export async function startNpmRegistry(): Promise<NpmRegistry> {
  const packages = new Map<string, MadePackage>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const [, name = '', ...rest] = (request.url ?? '').split('/');
    const made = packages.get(name);
    if (made === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not_found"}');
    } else if (rest.length > 0) {
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(made.tarball);
    } else {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(documentOf(made, url)));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    requests,
    publish: (made) => void packages.set(made.name, made),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function documentOf({ name, version, integrity }: MadePackage, url: string): unknown {
  const tarball = `${url}${name}/-/${name}-${version}.tgz`;
  return {
    name,
    'dist-tags': { latest: version },
    versions: { [version]: { name, version, dist: { tarball, integrity } } },
  };
}

function integrityOf(bytes: Uint8Array): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}
