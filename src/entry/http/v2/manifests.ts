// end-3, 7, 9: manifests by tag and by digest. The bytes go out exactly as they came in: nothing is
// ever converted for a client that would like another type.
import type { OutgoingHttpHeaders } from 'node:http';
import { type Digest, parseDigest } from '../../../formats/oci/digest.ts';
import { bareMediaType, manifestKind } from '../../../formats/oci/media-type.ts';
import { checkTag } from '../../../formats/oci/reference.ts';
import { collectBytes, formatSize } from '../../../kit/bytes.ts';
import { limits } from '../../../kit/limits.ts';
import type { Grant } from '../../../services/hub/access.ts';
import type {
  ManifestReference,
  ManifestStat,
  Manifests,
  PutManifest,
  StoredManifest,
} from '../../../services/registry/manifests.ts';
import type { Tags } from '../../../services/registry/tags.ts';
import { httpErrors } from '../errors.ts';
import { answer, bodyOf, declaredLength, type Exchange } from '../exchange.ts';
import type { Guard } from '../guard.ts';
import { isKnown } from './blobs.ts';
import type { Methods } from './methods.ts';
import type { PullGate } from './pull-gate.ts';
import type { PullNote } from './pull-note.ts';

interface ManifestRoute {
  readonly name: string;
  readonly reference: string;
}

export interface ManifestReadParts {
  readonly guard: Pick<Guard, 'peek' | 'authorize'>;
  readonly manifests: Pick<Manifests, 'peek' | 'get' | 'stat'>;
  readonly pullGate: PullGate;
  readonly pullNote: PullNote;
}

interface ManifestParts extends ManifestReadParts {
  readonly guard: Guard;
  readonly manifests: Manifests;
  readonly tags: Tags;
}

/** GET and HEAD. */
export function createManifestReads(parts: ManifestReadParts): NonNullable<Methods<ManifestRoute>['GET']> {
  const { guard, manifests, pullGate, pullNote } = parts;

  async function look(exchange: Exchange, name: string, reference: ManifestReference): Promise<void> {
    const grant = await guard.authorize(exchange, 'pull', name);
    const isHead = exchange.request.method === 'HEAD';
    const found = isHead ? await manifests.stat(grant, reference) : await manifests.get(grant, reference);
    send(exchange, grant, reference, found);
  }

  function send(
    exchange: Exchange,
    grant: Grant<'pull'>,
    reference: ManifestReference,
    found: ManifestStat | StoredManifest,
  ): void {
    checkAccepted(exchange, found.mediaType);
    const headers = headersOf(reference, found);
    const isHead = exchange.request.method === 'HEAD';
    const isAtClient = isKnown(exchange, found.digest);
    const isSent = !isHead && !isAtClient;
    // Docker counts an image's manifest, and its index not: a pull for one platform is one pull.
    pullGate.pass(exchange, grant, { isSent, isPull: isSent && manifestKind(found.mediaType) === 'image' });
    pullNote(exchange, grant, reference, { digest: found.digest, mediaType: found.mediaType, isSent });
    if (isAtClient) answer(exchange, 304, headers);
    else if (isSent && 'bytes' in found) answer(exchange, 200, headers, found.bytes);
    else answer(exchange, 200, { ...headers, 'Content-Length': found.sizeBytes });
  }

  return (exchange, route) => {
    const reference = parseReference(route.reference);
    const grant = guard.peek(exchange, route.name);
    const found = grant === undefined ? undefined : manifests.peek(grant, reference);
    return grant === undefined || found === undefined
      ? look(exchange, route.name, reference)
      : send(exchange, grant, reference, found);
  };
}

export function createManifestMethods(parts: ManifestParts): Methods<ManifestRoute> {
  const { guard, manifests, tags } = parts;
  return {
    GET: createManifestReads(parts),

    async PUT(exchange, route) {
      const { name } = route;
      const reference = parseReference(route.reference);
      const more = tagParameters(exchange.query, reference);
      const grant = await guard.authorize(exchange, 'push', name);
      const contentType = exchange.request.headers['content-type'];
      const mediaType = contentType === undefined ? undefined : bareMediaType(contentType);
      const bytes = await readManifest(exchange);
      const put = await manifests.put(grant, reference, mediaType, bytes, { tags: more });
      answer(exchange, 201, {
        Location: `/v2/${name}/manifests/${put.digest}`,
        'Docker-Content-Digest': put.digest,
        ...(put.subject === undefined ? {} : { 'OCI-Subject': put.subject }),
        ...formatTagHeader(more.filter((tag) => !put.held.includes(tag))),
        ...formatWarnings(name, put),
      });
    },

    async DELETE(exchange, route) {
      const reference = parseReference(route.reference);
      const grant = await guard.authorize(exchange, 'delete', route.name);
      if ('tag' in reference) await tags.delete(grant, reference.tag);
      else await manifests.delete(grant, reference.digest);
      answer(exchange, 202, {});
    },
  };
}

function formatTagHeader(tags: readonly string[]): OutgoingHttpHeaders {
  return tags.length === 0 ? {} : { 'OCI-Tag': tags.join(', ') };
}

/** distribution-spec "Warnings": code 299, agent `-`, no date, at most 4,096 bytes together. */
function formatWarnings(name: string, { missingBlobs, held, digest }: PutManifest): OutgoingHttpHeaders {
  const warnings = held.slice(0, WARNED_TAGS).map((tag) => formatHeldWarning(name, tag, digest));
  if (missingBlobs > 0) warnings.unshift(formatSparseWarning(name, missingBlobs));
  return warnings.length === 0 ? {} : { Warning: warnings };
}

/** Names have up to 255 characters and tags 128: three such warnings are 2,400 bytes. */
const WARNED_TAGS = 3;

function formatHeldWarning(name: string, tag: string, digest: Digest): string {
  return (
    `299 - "tag ${tag} of ${name} is held and stays what it was; ` +
    `confirm with plimsoll repository confirm HOST/${name}:${tag}@${digest}"`
  );
}

function formatSparseWarning(name: string, missing: number): string {
  const blobs = missing === 1 ? '1 blob' : `${missing} blobs`;
  return `299 - "${name} does not hold ${blobs} of this image; it cannot be pulled whole before they are pushed"`;
}

/** A colon makes it a digest, since a tag cannot have one; `oci.digest_invalid`, `oci.tag_invalid`. */
function parseReference(text: string): ManifestReference {
  if (text.includes(':')) return { digest: parseDigest(text) };
  checkTag(text);
  return { tag: text };
}

function tagParameters(query: URLSearchParams, reference: ManifestReference): readonly string[] {
  const tags = [...new Set(query.getAll('tag'))];
  if (tags.length === 0) return tags;
  if ('tag' in reference) throw httpErrors.query_invalid('?tag= goes with a push by digest, not by tag');
  if (tags.length > limits.manifestTags)
    throw httpErrors.tags_too_many(`${tags.length} tags in one request; ${limits.manifestTags} are taken`);
  for (const tag of tags) checkTag(tag);
  return tags;
}

/** Refused by its declared length before a byte is read, or at the first byte too many. */
async function readManifest(exchange: Exchange): Promise<Uint8Array> {
  const tooLarge = httpErrors.body_too_large;
  if ((declaredLength(exchange.request) ?? 0) > limits.manifestBytes)
    throw tooLarge(`a manifest may have ${formatSize(limits.manifestBytes)}`);
  return collectBytes(bodyOf(exchange), limits.manifestBytes, tooLarge);
}

function headersOf(
  reference: ManifestReference,
  found: { readonly digest: Digest; readonly mediaType: string },
): OutgoingHttpHeaders {
  return {
    'Content-Type': found.mediaType,
    'Docker-Content-Digest': found.digest,
    ETag: `"${found.digest}"`,
    'Cache-Control': 'tag' in reference ? 'no-cache' : 'max-age=31536000, immutable',
  };
}

/** As the reference registry: a type that the client did not name is not there for it. Silence means anything. */
function checkAccepted({ request }: Exchange, mediaType: string): void {
  const { accept } = request.headers;
  if (accept === undefined || accept === '' || accept.includes(mediaType)) return;
  if (['*/*', 'application/*', 'application/json'].some((any) => accept.includes(any))) return;
  throw httpErrors.not_acceptable(`the manifest is ${mediaType}, which the Accept header does not name`);
}
