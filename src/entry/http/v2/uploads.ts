// end-4, 5, 6, 11, 13, 14: pushing blobs, whole or in chunks, and mounting them from elsewhere.
// A client that vanishes leaves what arrived, and may ask for the status and go on.
import type { OutgoingHttpHeaders } from 'node:http';
import {
  type Digest,
  type DigestAlgorithm,
  digestAlgorithm,
  parseDigest,
} from '../../../formats/oci/digest.ts';
import { ociErrors } from '../../../formats/oci/errors.ts';
import { isRepositoryName } from '../../../formats/oci/reference.ts';
import type { Grant } from '../../../services/hub/access.ts';
import type { UploadChunk, UploadStatus, Uploads } from '../../../services/registry/uploads.ts';
import { answer, bodyOf, declaredLength, type Exchange, hasBody } from '../exchange.ts';
import type { Guard } from '../guard.ts';
import type { Methods } from './methods.ts';
import { formatUploadRange, parseChunkRange } from './range.ts';

interface UploadParts {
  readonly guard: Guard;
  readonly uploads: Uploads;
}

/** `POST /v2/<name>/blobs/uploads/`: start, or push in one request, or mount. */
export function createUploadsMethods(parts: UploadParts): Methods<{ name: string }> {
  const { guard, uploads } = parts;
  return {
    async POST(exchange, { name }) {
      const { query } = exchange;
      const whole = digestParameter(query, 'digest');
      const wanted = digestParameter(query, 'mount');
      const algorithm = algorithmParameter(query);
      const grant = await guard.authorize(exchange, 'push', name);
      if (wanted !== undefined && (await mount(parts, exchange, grant, wanted)))
        return answerCreated(exchange, name, wanted);
      const upload = await uploads.start(grant, {
        algorithm: whole === undefined ? algorithm : digestAlgorithm(whole),
      });
      if (whole === undefined) return answer(exchange, 202, statusHeaders(name, upload));
      try {
        await uploads.finish(grant, upload.id, whole, chunkOf(exchange));
      } catch (error) {
        // Nobody knows this upload's name, so nobody could go on with it.
        await uploads.cancel(grant, upload.id).catch(() => {});
        throw error;
      }
      answerCreated(exchange, name, whole);
    },
  };
}

/** `/v2/<name>/blobs/uploads/<id>`: chunks, the end, status, cancel. */
export function createUploadMethods(parts: UploadParts): Methods<{ name: string; id: string }> {
  const { guard, uploads } = parts;
  return {
    async GET(exchange, { name, id }) {
      const grant = await guard.authorize(exchange, 'push', name);
      answer(exchange, 204, statusHeaders(name, await uploads.status(grant, id)));
    },

    async PATCH(exchange, { name, id }) {
      const grant = await guard.authorize(exchange, 'push', name);
      const chunk = chunkOf(exchange) ?? { source: bodyOf(exchange) };
      answer(exchange, 202, statusHeaders(name, await uploads.append(grant, id, chunk)));
    },

    async PUT(exchange, { name, id }) {
      const digest = digestParameter(exchange.query, 'digest');
      if (digest === undefined)
        throw ociErrors.digest_invalid('the request that ends an upload must say ?digest=');
      const grant = await guard.authorize(exchange, 'push', name);
      await uploads.finish(grant, id, digest, chunkOf(exchange));
      answerCreated(exchange, name, digest);
    },

    async DELETE(exchange, { name, id }) {
      const grant = await guard.authorize(exchange, 'push', name);
      await uploads.cancel(grant, id);
      answer(exchange, 204, {});
    },
  };
}

/** True where the blob is now in the repository too; false means: send it (never an error, never a 404). */
async function mount(
  { guard, uploads }: UploadParts,
  exchange: Exchange,
  grant: Grant<'push'>,
  digest: Digest,
): Promise<boolean> {
  const from = exchange.query.get('from');
  if (from === null || from === '') return uploads.mount(grant, digest);
  if (!isRepositoryName(from)) return false;
  const source = await guard.mayHave(exchange, 'pull', from);
  return source !== undefined && uploads.mount(grant, digest, source);
}

/** The request's body as a chunk; undefined where it has none. */
function chunkOf(exchange: Exchange): UploadChunk | undefined {
  const { request } = exchange;
  if (!hasBody(request)) return undefined;
  const lengthBytes = declaredLength(request);
  const range = parseChunkRange(request.headers['content-range'], lengthBytes);
  return {
    source: bodyOf(exchange),
    ...(range === undefined ? {} : { range }),
    ...(lengthBytes === undefined ? {} : { lengthBytes }),
  };
}

function digestParameter(query: URLSearchParams, name: string): Digest | undefined {
  const text = query.get(name);
  return text === null ? undefined : parseDigest(text);
}

function algorithmParameter(query: URLSearchParams): DigestAlgorithm {
  const text = query.get('digest-algorithm') ?? 'sha256';
  if (text === 'sha256' || text === 'sha512') return text;
  throw ociErrors.digest_invalid(`"${text.slice(0, 40)}" is not sha256 or sha512`);
}

// Locations are relative: right behind any proxy, and no client that strips credentials sees another host.
function statusHeaders(name: string, upload: UploadStatus): OutgoingHttpHeaders {
  return {
    Location: `/v2/${name}/blobs/uploads/${upload.id}`,
    Range: formatUploadRange(upload.sizeBytes),
    'Docker-Upload-UUID': upload.id,
  };
}

function answerCreated(exchange: Exchange, name: string, digest: Digest): void {
  // containerd refuses an answer without the digest, though the specification does not ask for it.
  answer(exchange, 201, { Location: `/v2/${name}/blobs/${digest}`, 'Docker-Content-Digest': digest });
}
