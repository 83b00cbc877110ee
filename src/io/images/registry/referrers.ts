// Referrers of a manifest: the API where the registry has it, else the index under the tag `sha256-<hex>`
// (distribution-spec, "Listing Referrers" and "Referrers Tag Schema"), read and kept up alike.
import { type Descriptor, formatDescriptor, readDescriptor } from '../../../formats/oci/descriptor.ts';
import { type Digest, digestOf } from '../../../formats/oci/digest.ts';
import { type Manifest, parseManifest } from '../../../formats/oci/manifest.ts';
import { mediaTypes } from '../../../formats/oci/media-type.ts';
import { collectBytes, decodeUtf8 } from '../../../kit/bytes.ts';
import { isPlimsollError } from '../../../kit/error.ts';
import { isJsonObject, parseJson, stableJson } from '../../../kit/json.ts';
import { limits } from '../../../kit/limits.ts';
import { endBody } from '../../net/fetch.ts';
import { imageErrors } from '../errors.ts';
import type { RawManifest } from '../source.ts';
import type { RegistryConnection } from './connection.ts';
import { registryFailure } from './failure.ts';
import { parseNextLink } from './link.ts';
import { readRegistryManifest, writeRegistryManifest } from './manifest.ts';

/** Tries of writing the fallback index, where another client writes it at the same time. */
const TRIES = 3;

/** All referrers, in the registry's order; empty where there are none. */
export async function listReferrers(
  connection: RegistryConnection,
  repository: string,
  subject: Digest,
): Promise<readonly Descriptor[]> {
  const found: Descriptor[] = [];
  let target: string | URL | undefined = `/v2/${repository}/referrers/${subject}`;
  for (let page = 0; target !== undefined; page += 1) {
    if (page >= limits.registryPages || found.length > limits.registryReferrers)
      throw imageErrors.damaged(`${repository} lists referrers of ${subject} without end`);
    const answer = await connection.send({
      target,
      need: { repositories: [{ name: repository, actions: 'pull' }] },
      headers: { accept: mediaTypes.ociIndex },
      limitBytes: limits.registryAnswerBytes,
    });
    // Registries from before the API answer 404; some of them 400 or 405.
    if (page === 0 && [400, 404, 405].includes(answer.status)) {
      endBody(answer.body);
      return readFallback(connection, repository, subject);
    }
    if (answer.status !== 200) throw await registryFailure(answer, `referrers of ${subject}`);
    const bytes = await collectBytes(answer.body, limits.registryAnswerBytes, imageErrors.damaged);
    found.push(...readDescriptors(bytes, `referrers of ${subject}`));
    target = parseNextLink(answer.headers.link, answer.url);
  }
  return found;
}

function readDescriptors(bytes: Uint8Array, where: string): readonly Descriptor[] {
  const value = parseJson(decodeUtf8(bytes) ?? '');
  if (!isJsonObject(value) || !(Array.isArray(value.manifests) || value.manifests === null))
    throw imageErrors.damaged(`the registry’s answer for ${where} is not an index`);
  return (value.manifests ?? []).map((item, position) => readDescriptor(item, `${where}, entry ${position}`));
}

async function readFallback(
  connection: RegistryConnection,
  repository: string,
  subject: Digest,
): Promise<readonly Descriptor[]> {
  try {
    const index = await readRegistryManifest(connection, repository, fallbackTag(subject));
    return readDescriptors(index.bytes, `referrers of ${subject}`);
  } catch (error) {
    if (isPlimsollError(error, { code: imageErrors.missing.code })) return [];
    throw error;
  }
}

/** Adds a pushed manifest to the fallback index of its subject, where the registry did not do it itself. */
export async function addToFallback(
  connection: RegistryConnection,
  repository: string,
  subject: Digest,
  referrer: Descriptor,
): Promise<void> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const present = await readFallback(connection, repository, subject);
    const known = present.find(({ digest }) => digest === referrer.digest);
    // Some clients enter a referrer without what it is (sigstore/cosign#4641); that is mended in its place.
    if (known !== undefined && isSameEntry(known, referrer)) return;
    const others = present.filter(({ digest }) => digest !== referrer.digest);
    const manifests = [...others, referrer].map(formatDescriptor);
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
    const bytes = Buffer.from(stableJson(index));
    const descriptor = {
      mediaType: mediaTypes.ociIndex,
      digest: digestOf(bytes),
      sizeBytes: bytes.byteLength,
    };
    await writeRegistryManifest(connection, repository, fallbackTag(subject), { descriptor, bytes });
  }
  const kept = await readFallback(connection, repository, subject);
  if (kept.some(({ digest }) => digest === referrer.digest)) return;
  throw imageErrors.registry_failed(
    `the list of referrers ${repository}:${fallbackTag(subject)} is overwritten by another client`,
  );
}

function isSameEntry(known: Descriptor, referrer: Descriptor): boolean {
  const { artifactType, annotations = {} } = referrer;
  return (
    known.artifactType === artifactType && stableJson(known.annotations ?? {}) === stableJson(annotations)
  );
}

/** How a referrers list names this manifest, with its subject; undefined for manifests without one. */
export function readReferrer(raw: RawManifest): { subject: Digest; referrer: Descriptor } | undefined {
  let manifest: Manifest;
  try {
    manifest = parseManifest(raw.bytes, raw.descriptor.mediaType);
  } catch {
    // Not an OCI or Docker manifest: whether it is accepted is the registry's affair.
    return undefined;
  }
  if (manifest.subject === undefined) return undefined;
  const { mediaType, digest, sizeBytes } = raw.descriptor;
  const artifactType =
    manifest.artifactType ?? (manifest.kind === 'image' ? manifest.config.mediaType : undefined);
  const { annotations } = manifest;
  return {
    subject: manifest.subject.digest,
    referrer: {
      mediaType,
      digest,
      sizeBytes,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}

function fallbackTag(digest: Digest): string {
  // A tag holds 128 characters: a sha512 is cut, as the specification says.
  return digest.replace(':', '-').slice(0, limits.tagChars);
}
