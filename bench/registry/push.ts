// Pushing by the protocol: a POST, then one PUT with the bytes, as containerd and BuildKit do. docker and skopeo send
// them with a PATCH before an empty PUT; the part `image` measures that.
import { createHash } from 'node:crypto';
import type { Server } from './server.ts';
import type { Wire } from './wire.ts';

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';

export interface Blob {
  readonly digest: string;
  readonly sizeBytes: number;
}

export function digestOf(...pieces: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return `sha256:${hash.digest('hex')}`;
}

function authorizationLine(authorization: string | undefined): string {
  return authorization === undefined ? '' : `Authorization: ${authorization}\r\n`;
}

/** Throws where an answer is not 202 and 201. */
export async function pushBlob(
  wire: Wire,
  place: { readonly repository: string; readonly authorization: string | undefined },
  pieces: readonly Uint8Array[],
  digest: string = digestOf(...pieces),
): Promise<Blob> {
  const line = authorizationLine(place.authorization);
  const started = await wire.send(`POST /v2/${place.repository}/blobs/uploads/ HTTP/1.1\r\n${line}`);
  expect(started.status, 202, 'upload POST');
  const location = new URL(/\r\nlocation: *(\S+)/i.exec(started.headers)?.[1] as string, 'http://127.0.0.1');
  location.searchParams.set('digest', digest);
  const ended = await wire.send(
    `PUT ${location.pathname}${location.search} HTTP/1.1\r\nContent-Type: application/octet-stream\r\n${line}`,
    pieces,
  );
  expect(ended.status, 201, 'upload PUT');
  return { digest, sizeBytes: pieces.reduce((sum, piece) => sum + piece.byteLength, 0) };
}

/** An image's manifest; its layers are of a type that nothing unpacks, for random bytes are no tar. */
export function formatManifest(config: Blob, layers: readonly Blob[], note = ''): Buffer {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: { mediaType: CONFIG_TYPE, digest: config.digest, size: config.sizeBytes },
      layers: layers.map(({ digest, sizeBytes }) => ({
        mediaType: 'application/vnd.plimsoll.bench',
        digest,
        size: sizeBytes,
      })),
      ...(note === '' ? {} : { annotations: { note } }),
    }),
  );
}

export function emptyConfig(note = ''): Buffer {
  return Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      author: note,
      rootfs: { type: 'layers', diff_ids: [] },
    }),
  );
}

/** `reference` may carry a query; throws where the answer is not 201. */
export async function putManifest(
  wire: Wire,
  place: { readonly repository: string; readonly authorization: string | undefined },
  reference: string,
  bytes: Uint8Array,
): Promise<void> {
  const answer = await wire.send(
    `PUT /v2/${place.repository}/manifests/${reference} HTTP/1.1\r\nContent-Type: ${MANIFEST_TYPE}\r\n${authorizationLine(place.authorization)}`,
    [bytes],
  );
  expect(answer.status, 201, `PUT of manifest ${reference.slice(0, 80)}`);
}

/** Reads once and compares before anything is measured: status 200, the exact length, the digest. */
export async function checkServed(
  server: Server,
  path: string,
  wanted: Blob,
  authorization?: string,
): Promise<void> {
  const headers = {
    accept: MANIFEST_TYPE,
    ...(authorization === undefined ? {} : { authorization }),
  };
  const answer = await fetch(`http://${server.host}${path}`, { headers });
  expect(answer.status, 200, `${server.name} GET ${path}`);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of answer.body as ReadableStream<Uint8Array>) {
    hash.update(chunk);
    sizeBytes += chunk.byteLength;
  }
  expect(sizeBytes, wanted.sizeBytes, `${server.name} GET ${path}, bytes`);
  if (`sha256:${hash.digest('hex')}` !== wanted.digest)
    throw new Error(`${server.name} GET ${path}: other bytes than were pushed`);
}

export function expect(actual: number, wanted: number, what: string): void {
  if (actual !== wanted) throw new Error(`${what}: ${actual}, not ${wanted}`);
}
