// A blob into a registry: cross-repository mount where possible, else one streaming PUT of known length
// (distribution-spec, "Pushing blobs"), or chunks where the caller knows that a proxy limits bodies.
// A failed upload starts over from the first byte, a few times; the digest is checked as the bytes pass.
import type { Readable } from 'node:stream';
import type { Descriptor } from '../../../formats/oci/descriptor.ts';
import { isPlimsollError } from '../../../kit/error.ts';
import { limits } from '../../../kit/limits.ts';
import { endBody } from '../../net/fetch.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { imageErrors } from '../errors.ts';
import { verifiedBlob } from '../verify.ts';
import type { Need } from './authorizer.ts';
import type { RegistryConnection } from './connection.ts';
import { registryFailure } from './failure.ts';

export interface BlobUpload {
  readonly repository: string;
  readonly descriptor: Descriptor;
  /** The bytes from the start, anew for each try. */
  readonly open: () => Promise<Readable>;
  /** Another repository of this registry that holds the blob. */
  readonly mountFrom?: string;
  /** Sends PATCH requests of this size, each held in memory, instead of one PUT. */
  readonly chunkBytes?: number;
}

/** Tries of a whole upload; between them the registry has had the pauses of the request that starts one. */
const TRIES = 3;

/** Ends when the registry has the blob. `images.damaged` where the source's bytes are not the descriptor's. */
export async function pushBlob(connection: RegistryConnection, upload: BlobUpload): Promise<void> {
  if (upload.mountFrom !== undefined) {
    const mounted = await tryMount(connection, upload, upload.mountFrom);
    if (mounted) return;
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      const session = await startUpload(connection, upload);
      return upload.chunkBytes === undefined
        ? await putWhole(connection, upload, session)
        : await putChunks(connection, upload, session, upload.chunkBytes);
    } catch (error) {
      if (attempt >= TRIES || !isPlimsollError(error, { kind: 'unavailable' })) throw error;
    }
  }
}

async function tryMount(connection: RegistryConnection, upload: BlobUpload, from: string): Promise<boolean> {
  const { repository, descriptor } = upload;
  const query = new URLSearchParams({ mount: descriptor.digest, from });
  const answer = await connection.send({
    method: 'POST',
    target: `/v2/${repository}/blobs/uploads/?${query}`,
    need: {
      repositories: [
        { name: repository, actions: 'pull,push' },
        { name: from, actions: 'pull' },
      ],
    },
  });
  endBody(answer.body);
  // 202 has started an upload, which the registry drops in time; refusals are no loss either.
  return answer.status === 201;
}

async function startUpload(connection: RegistryConnection, upload: BlobUpload): Promise<URL> {
  const answer = await connection.send({
    method: 'POST',
    target: `/v2/${upload.repository}/blobs/uploads/`,
    need: pushNeed(upload),
  });
  if (answer.status !== 202) throw await registryFailure(answer, `an upload to ${upload.repository}`);
  return nextLocation(answer);
}

async function putWhole(connection: RegistryConnection, upload: BlobUpload, session: URL): Promise<void> {
  const { descriptor } = upload;
  const answer = await connection.send({
    method: 'PUT',
    target: closing(session, descriptor),
    need: pushNeed(upload),
    headers: { 'content-type': 'application/octet-stream' },
    body: {
      sizeBytes: descriptor.sizeBytes,
      open: async () => verifiedBlob(await upload.open(), descriptor),
    },
    timeoutMs: limits.bodyIdleMs,
    retry: false,
  });
  await checkStored(answer, upload);
}

async function putChunks(
  connection: RegistryConnection,
  upload: BlobUpload,
  session: URL,
  chunkBytes: number,
): Promise<void> {
  let target = session;
  let at = 0;
  const source = verifiedBlob(await upload.open(), upload.descriptor);
  for await (const chunk of chunksOf(source, chunkBytes)) {
    const answer = await connection.send({
      method: 'PATCH',
      target,
      need: pushNeed(upload),
      headers: {
        'content-type': 'application/octet-stream',
        'content-range': `${at}-${at + chunk.byteLength - 1}`,
      },
      body: chunk,
      retry: false,
    });
    if (answer.status !== 202) throw await registryFailure(answer, `a chunk of ${upload.descriptor.digest}`);
    target = nextLocation(answer);
    at += chunk.byteLength;
  }
  const answer = await connection.send({
    method: 'PUT',
    target: closing(target, upload.descriptor),
    need: pushNeed(upload),
    timeoutMs: limits.bodyIdleMs,
    retry: false,
  });
  await checkStored(answer, upload);
}

async function* chunksOf(source: Readable, chunkBytes: number): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (let piece of source as AsyncIterable<Uint8Array>) {
    while (heldBytes + piece.byteLength >= chunkBytes) {
      const cut = chunkBytes - heldBytes;
      yield Buffer.concat([...held, piece.subarray(0, cut)]);
      piece = piece.subarray(cut);
      held = [];
      heldBytes = 0;
    }
    held.push(piece);
    heldBytes += piece.byteLength;
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}

async function checkStored(answer: HttpAnswer, upload: BlobUpload): Promise<void> {
  if (answer.status !== 201 && answer.status !== 204)
    throw await registryFailure(answer, `blob ${upload.descriptor.digest} to ${upload.repository}`);
  endBody(answer.body);
}

function pushNeed(upload: BlobUpload): Need {
  return { repositories: [{ name: upload.repository, actions: 'pull,push' }] };
}

function nextLocation(answer: HttpAnswer): URL {
  const { location } = answer.headers;
  endBody(answer.body);
  const url = location === undefined ? null : URL.parse(location, answer.url);
  if (url === null) throw imageErrors.registry_failed(`${answer.url.host} names no place for the upload`);
  return url;
}

/** The query is extended as text: it may be signed, and parsing would spell it anew. */
function closing(session: URL, descriptor: Descriptor): URL {
  const url = new URL(session);
  url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(descriptor.digest)}`;
  return url;
}
