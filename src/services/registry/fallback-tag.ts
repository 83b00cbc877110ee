// The tag `sha256-HEX` under which clients without the referrers API look for what refers to a manifest
// (distribution-spec "Referrers Tag Schema"). It is made of the manifests when somebody asks, so that it cannot be
// behind them, and stands in no list of tags. A client may still push one: while it names what refers to the subject,
// and rightly, it is served as it was pushed; once it is behind, or was wrong from the start (cosign 3.1.1 leaves out
// what a signature is), what refers and what it names beside are served together. Its
// digest is known for a while after it was told, for clients that ask by tag and then by digest.
import { type Descriptor, formatDescriptor } from '../../formats/oci/descriptor.ts';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { parseManifest } from '../../formats/oci/manifest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import type { Query } from '../../io/db/database.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { stableJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import type { Grant } from '../hub/access.ts';
import { registryErrors } from './errors.ts';
import { hasManifest } from './held-manifest.ts';
import type { Manifests, StoredManifest } from './manifests.ts';
import { listReferrers } from './referrers.ts';
import { findRepositoryId } from './rows/repository.ts';
import type { RegistryStores } from './stores.ts';

/** The algorithm, and of the digest at most 64 characters: of SHA-512 the first half. */
const FALLBACK_TAG = /^(sha256|sha512)-([0-9a-f]{64})$/;
/** Indexes that were told of, of the usual kilobyte each. */
const REMEMBERED = 1_000;

/** The same manifests, with the fallback tags. */
export function withFallbackTags(
  manifests: Manifests,
  { database }: Pick<RegistryStores, 'database'>,
): Manifests {
  const { query } = database;
  const told = new Map<string, StoredManifest>();

  function remember(repository: string, made: StoredManifest): StoredManifest {
    if (told.size >= REMEMBERED) told.delete(told.keys().next().value as string);
    told.set(`${repository}@${made.digest}`, made);
    return made;
  }

  async function make(grant: Grant<'pull'>, tag: string): Promise<StoredManifest | undefined> {
    const [, algorithm, hex] = FALLBACK_TAG.exec(tag) ?? [];
    const repositoryId = hex === undefined ? undefined : await findRepositoryId(query, grant.repository);
    if (repositoryId === undefined) return undefined;
    const subject = await findSubject(query, repositoryId, `${algorithm}:${hex}`);
    const page = { limit: limits.fallbackReferrers + 1 };
    const referrers = subject === undefined ? [] : await listReferrers(query, repositoryId, subject, page);
    if (referrers.length > limits.fallbackReferrers)
      throw registryErrors.manifest_unknown(
        `over ${limits.fallbackReferrers} manifests refer to ${subject}, which is too many for a tag; ask for its referrers`,
      );
    const pushed = await manifests.get(grant, { tag }).catch(orUndefined);
    if (pushed === undefined && referrers.length === 0) return undefined;
    const beside = pushed === undefined ? [] : listOf(pushed);
    const known = new Set(referrers.map(({ digest }) => digest));
    const isRight = referrers.every((own) => beside.some((one) => isSame(own, one)));
    if (pushed !== undefined && isRight && (await areHeld(query, repositoryId, beside))) return pushed;
    const more: Descriptor[] = [];
    for (const one of beside)
      if (!known.has(one.digest) && (await areHeld(query, repositoryId, [one]))) more.push(one);
    return remember(grant.repository, formatIndex([...referrers, ...more]));
  }

  async function find(grant: Grant<'pull'>, digest: Digest, error: unknown): Promise<StoredManifest> {
    orUndefined(error);
    const known = told.get(`${grant.repository}@${digest}`);
    if (known === undefined) throw error;
    return known;
  }

  return {
    ...manifests,

    // Made of what refers to the subject now: memory does not tell.
    peek(grant, reference) {
      return 'tag' in reference && FALLBACK_TAG.test(reference.tag)
        ? undefined
        : manifests.peek(grant, reference);
    },

    async stat(grant, reference) {
      if ('digest' in reference)
        return manifests.stat(grant, reference).catch((error) => find(grant, reference.digest, error));
      return (await make(grant, reference.tag)) ?? manifests.stat(grant, reference);
    },

    async get(grant, reference) {
      if ('digest' in reference)
        return manifests.get(grant, reference).catch((error) => find(grant, reference.digest, error));
      return (await make(grant, reference.tag)) ?? manifests.get(grant, reference);
    },
  };
}

/** Undefined of what is not there; any other failure goes on. */
function orUndefined(error: unknown): undefined {
  if (isPlimsollError(error, { code: registryErrors.manifest_unknown.code })) return undefined;
  throw error;
}

async function findSubject(query: Query, repositoryId: number, start: string): Promise<Digest | undefined> {
  const row = await query
    .selectFrom('manifest')
    .select('subject_digest')
    .where('repository_id', '=', repositoryId)
    .where('subject_digest', '>=', start)
    // The character after the last hexadecimal one.
    .where('subject_digest', '<', `${start}g`)
    .limit(1)
    .executeTakeFirst();
  return (row?.subject_digest ?? undefined) as Digest | undefined;
}

function listOf({ bytes, mediaType }: StoredManifest): readonly Descriptor[] {
  const manifest = parseManifest(bytes, mediaType);
  return manifest.kind === 'index' ? manifest.manifests : [];
}

/** In all that clients choose referrers by; what else stands in a descriptor is its writer's. */
function isSame(one: Descriptor, other: Descriptor): boolean {
  const [here, there] = [one, other].map(({ digest, mediaType, sizeBytes, artifactType, annotations }) =>
    stableJson([digest, mediaType, sizeBytes, artifactType ?? '', annotations ?? {}]),
  );
  return here === there;
}

async function areHeld(query: Query, repositoryId: number, wanted: readonly Descriptor[]): Promise<boolean> {
  for (const { digest } of wanted) if (!(await hasManifest(query, repositoryId, digest))) return false;
  return true;
}

function formatIndex(list: readonly Descriptor[]): StoredManifest {
  const mediaType = mediaTypes.ociIndex;
  const bytes = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType, manifests: list.map(formatDescriptor) }),
  );
  return { digest: digestOf(bytes), mediaType, sizeBytes: bytes.byteLength, bytes };
}
