// Images in a container engine of this machine: dockerd with either of its image stores, podman's service. Read only.
// The engine saves the image into a private temporary file, which is then an archive like any other. With docker's
// containerd store the digests are the registry's; the classic store and podman no longer have the pushed manifest.
// Invariant: an engine that cannot be reached is never taken for one that does not have the image.
import type { Digest } from '../../formats/oci/digest.ts';
import { type EngineReference, formatReference } from '../../formats/oci/reference.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { type Limits, limits as usualLimits } from '../../kit/limits.ts';
import { openArchiveFile } from './archive/archive-file.ts';
import type { CredentialPlaces } from './credential/config.ts';
import { createEngineApi, type EngineApi } from './engine/api.ts';
import { type EnginePlace, findEngines } from './engine/places.ts';
import { type SavedFileDeps, writeSavedFile } from './engine/saved-file.ts';
import { imageErrors } from './errors.ts';
import type { ImageSource } from './source.ts';

export interface EngineDeps {
  /** Where docker's and podman's settings are: HOME, DOCKER_HOST, DOCKER_CONTEXT, CONTAINER_HOST, ... */
  readonly places: CredentialPlaces;
  readonly signal?: AbortSignal;
  readonly limits?: Limits;
  /** For the image while it is open; the system's where absent. */
  readonly temporaryFolder?: string;
}

interface Unreached {
  /** The place and why nothing answers there. */
  readonly why: string;
  readonly isUnsupported: boolean;
}

/**
 * The image of the first engine that has it: docker, then podman, unless the reference names docker alone. Dispose
 * of it: it stands on a temporary file as large as the image's layers.
 * `images.missing` where the engines that answer do not have it, `images.engine_unreachable` or
 * `images.engine_unsupported` where none answers; `images.engine_failed`, `images.engine_too_large`,
 * `images.place_unwritable`, `images.damaged`, `images.credentials_unreadable`.
 */
export async function openEngineSource(reference: EngineReference, deps: EngineDeps): Promise<ImageSource> {
  const { name } = reference;
  const asked: string[] = [];
  const unreached: Unreached[] = [];
  for (const place of await findEngines(deps.places, reference.engine)) {
    const parts = partsFor(place, deps);
    const api = await reach(place, parts);
    if ('why' in api) {
      unreached.push(api);
      continue;
    }
    const id = await api.findImage(name);
    if (id !== undefined) return openSaved(reference, await api.save(id), parts);
    asked.push(place.shown);
  }
  throw notFound(name, asked, unreached);
}

function partsFor({ shown }: EnginePlace, deps: EngineDeps): SavedFileDeps {
  const { signal, temporaryFolder, limits = usualLimits } = deps;
  return {
    shown,
    limits,
    ...(signal === undefined ? {} : { signal }),
    ...(temporaryFolder === undefined ? {} : { temporaryFolder }),
  };
}

async function reach({ shown, reading }: EnginePlace, parts: SavedFileDeps): Promise<EngineApi | Unreached> {
  if ('problem' in reading)
    return { why: `${shown}: ${reading.problem}`, isUnsupported: reading.isUnsupported };
  const api = createEngineApi(reading.route, parts);
  const why = await api.ping();
  return why === undefined ? api : { why: `${shown}: ${why}`, isUnsupported: false };
}

async function openSaved(
  reference: EngineReference,
  bytes: Parameters<typeof writeSavedFile>[0],
  parts: SavedFileDeps,
): Promise<ImageSource> {
  const saved = await writeSavedFile(bytes, parts);
  const name = formatReference(reference);
  try {
    // Saved by its id, it is the only one in the archive, and has no name there.
    const source = await openArchiveFile(saved.path, { name, shownFile: name });
    return {
      ...source,
      manifest: (descriptor) => there(reference, descriptor.digest, source.manifest(descriptor)),
      blob: (descriptor, offsetBytes) =>
        there(reference, descriptor.digest, source.blob(descriptor, offsetBytes)),
      async [Symbol.asyncDispose]() {
        await source[Symbol.asyncDispose]();
        await saved.remove();
      },
    };
  } catch (error) {
    await saved.remove();
    // The engine has the image: what it sent is at fault, and nobody shall look elsewhere for it.
    if (isPlimsollError(error, { kind: 'missing' }))
      throw imageErrors.damaged(`${parts.shown} sends no such image: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Docker's containerd store keeps an index whole, but of its platforms only those that were pulled. */
async function there<T>({ name }: EngineReference, digest: Digest, found: Promise<T>): Promise<T> {
  return found.catch((error: unknown) => {
    if (!isPlimsollError(error, { kind: 'missing' })) throw error;
    throw imageErrors.missing(
      `the engine holds only part of ${name}, without ${digest}: ` +
        `name a platform that it has, or take registry://${name}`,
      { cause: error },
    );
  });
}

function notFound(name: string, asked: readonly string[], unreached: readonly Unreached[]): Error {
  const reasons = unreached.map(({ why }) => why).join('; ');
  if (asked.length > 0) {
    const rest = reasons === '' ? '' : `, and what else was tried does not answer (${reasons})`;
    return imageErrors.missing(
      `${asked.join(' and ')} ${asked.length > 1 ? 'have' : 'has'} no image ${name}${rest}; ` +
        `registry://${name} asks its registry`,
    );
  }
  const detail = `no container engine answers for ${name}: ${reasons}`;
  return unreached.some(({ isUnsupported }) => isUnsupported)
    ? imageErrors.engine_unsupported(detail)
    : imageErrors.engine_unreachable(detail);
}
