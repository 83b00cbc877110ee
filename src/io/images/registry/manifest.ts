// Manifests to and from a registry, by their exact bytes (distribution-spec, "Pulling manifests" and
// "Pushing Manifests"). What is read has the digest that was asked for, or the one that the registry claims.
import { type Digest, digestAlgorithm, digestOf, isDigest } from '../../../formats/oci/digest.ts';
import { bareMediaType, manifestKind, manifestMediaTypes } from '../../../formats/oci/media-type.ts';
import { collectBytes, decodeUtf8 } from '../../../kit/bytes.ts';
import { isJsonObject, parseJson } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import { endBody } from '../../net/fetch.ts';
import type { HttpAnswer } from '../../net/http.ts';
import { imageErrors } from '../errors.ts';
import type { RawManifest } from '../source.ts';
import type { RegistryConnection } from './connection.ts';
import { registryFailure } from './failure.ts';

/** By tag or digest. `images.missing`, `images.damaged`, or what the registry's status says. */
export async function readRegistryManifest(
  connection: RegistryConnection,
  repository: string,
  reference: string,
): Promise<RawManifest> {
  const what = `manifest ${reference} of ${connection.host}/${repository}`;
  const answer = await connection.send({
    target: `/v2/${repository}/manifests/${reference}`,
    need: { repositories: [{ name: repository, actions: 'pull' }] },
    headers: { accept: manifestMediaTypes.join(', ') },
    limitBytes: limits.manifestBytes,
  });
  if (answer.status !== 200) throw await registryFailure(answer, what);
  const bytes = await collectBytes(answer.body, limits.manifestBytes, imageErrors.damaged);
  const digest = settleDigest(bytes, reference, answer, what);
  return {
    descriptor: { mediaType: settleMediaType(answer, bytes), digest, sizeBytes: bytes.byteLength },
    bytes,
  };
}

/** Writes under a tag or digest; true where the registry keeps the referrers list itself (OCI-Subject). */
export async function writeRegistryManifest(
  connection: RegistryConnection,
  repository: string,
  reference: string,
  manifest: RawManifest,
): Promise<boolean> {
  const what = `manifest ${reference} to ${connection.host}/${repository}`;
  const answer = await connection.send({
    method: 'PUT',
    target: `/v2/${repository}/manifests/${reference}`,
    need: { repositories: [{ name: repository, actions: 'pull,push' }] },
    headers: { 'content-type': manifest.descriptor.mediaType },
    body: manifest.bytes,
  });
  if (answer.status !== 201 && answer.status !== 202) throw await registryFailure(answer, what);
  endBody(answer.body);
  const stored = answer.headers['docker-content-digest'];
  if (isDigest(stored) && stored !== digestOf(manifest.bytes, digestAlgorithm(stored)))
    throw imageErrors.damaged(`${what}: the registry stored it as ${stored}`);
  return answer.headers['oci-subject'] !== undefined;
}

function settleDigest(bytes: Uint8Array, reference: string, answer: HttpAnswer, what: string): Digest {
  const claimed = answer.headers['docker-content-digest'];
  const wanted = isDigest(reference) ? reference : isDigest(claimed) ? claimed : undefined;
  const found = digestOf(bytes, wanted === undefined ? 'sha256' : digestAlgorithm(wanted));
  if (wanted !== undefined && wanted !== found)
    throw imageErrors.damaged(`${what} has the digest ${found}, not ${wanted}`);
  return found;
}

/** The Content-Type, unless it names no manifest type: object stores behind mirrors say text or binary. */
function settleMediaType(answer: HttpAnswer, bytes: Uint8Array): string {
  const declared = bareMediaType(answer.headers['content-type'] ?? '');
  if (manifestKind(declared) !== undefined) return declared;
  const value = parseJson(decodeUtf8(bytes) ?? '');
  const own = isJsonObject(value) ? value.mediaType : undefined;
  return typeof own === 'string' && own !== '' ? own : declared;
}
