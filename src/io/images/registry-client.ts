// A client of one registry (distribution-spec 1.1): manifests, blobs, tags, referrers, with login.
// It opens one host and may be shared by sources and targets there, so that they share tokens and connections.
// It trusts no answer: manifests have their digest checked, blobs their size; names come parsed.
import type { Readable } from 'node:stream';
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import { type Digest, isDigest, parseDigest } from '../../formats/oci/digest.ts';
import { manifestMediaTypes } from '../../formats/oci/media-type.ts';
import { checkRepositoryName, checkTag } from '../../formats/oci/reference.ts';
import { collectBytes, decodeUtf8 } from '../../kit/bytes.ts';
import { isJsonObject, parseJson } from '../../kit/json.ts';
import { limits } from '../../kit/limits.ts';
import { endBody } from '../net/fetch.ts';
import { imageErrors } from './errors.ts';
import { openBlobStream } from './registry/blob-stream.ts';
import { type ConnectionDeps, createConnection } from './registry/connection.ts';
import { registryFailure } from './registry/failure.ts';
import { parseNextLink } from './registry/link.ts';
import { readRegistryManifest, writeRegistryManifest } from './registry/manifest.ts';
import { addToFallback, listReferrers, readReferrer } from './registry/referrers.ts';
import { pushBlob } from './registry/upload.ts';
import type { RawManifest } from './source.ts';

export interface RegistryClientDeps extends ConnectionDeps {
  /** Uploads in chunks of this size, each held in memory; one PUT per blob where absent. */
  readonly uploadChunkBytes?: number;
}

/**
 * Failures: `images.missing`, `images.unauthenticated`, `images.denied`, `images.limited`,
 * `images.registry_failed`, `images.registry_refused`, `images.address_refused`, `images.damaged`,
 * `oci.*` for bad names, and the `net.*` codes.
 */
export interface RegistryClient {
  /** As in a reference: `docker.io`, `127.0.0.1:1876`. */
  readonly host: string;
  /** Asks for nothing but an answer: whether this is a registry and accepts the login. */
  checkLogin(): Promise<void>;
  /** By tag or digest, bytes verified. */
  readManifest(repository: string, reference: string): Promise<RawManifest>;
  /** What a tag names now, without reading it; undefined where it is absent or the registry does not say. */
  statManifest(repository: string, reference: string): Promise<Digest | undefined>;
  /** By tag or digest; keeps the referrers list of its subject where the registry does not. */
  writeManifest(repository: string, reference: string, manifest: RawManifest): Promise<void>;
  hasBlob(repository: string, digest: Digest): Promise<boolean>;
  /** The bytes from `offsetBytes`, resumed over broken connections; the digest is the reader's to verify. */
  readBlob(repository: string, descriptor: Descriptor, offsetBytes?: number): Promise<Readable>;
  /** Mounts from `mountFrom` where the registry can, else streams; the digest is checked on the way. */
  writeBlob(
    repository: string,
    descriptor: Descriptor,
    open: () => Promise<Readable>,
    mountFrom?: string,
  ): Promise<void>;
  /** Every tag, page by page, in the registry's order. */
  listTags(repository: string): AsyncIterable<string>;
  /** Manifests whose subject is `digest`; through the tag scheme where there is no API. */
  listReferrers(repository: string, digest: Digest): Promise<readonly Descriptor[]>;
}

/** A client for `host`; nothing is sent before the first call. */
export function createRegistryClient(host: string, deps: RegistryClientDeps): RegistryClient {
  const connection = createConnection(host, deps);
  const pull = (name: string) => ({ repositories: [{ name, actions: 'pull' as const }] });

  const probe = async (target: string, repository: string, accept?: string) => {
    const headers: Record<string, string> = accept === undefined ? {} : { accept };
    const answer = await connection.send({ method: 'HEAD', target, need: pull(repository), headers });
    if (answer.status !== 200 && answer.status !== 404) throw await registryFailure(answer, target);
    endBody(answer.body);
    return answer;
  };

  return {
    host,
    async checkLogin() {
      const answer = await connection.send({ target: '/v2/', need: { repositories: [] } });
      if (answer.status !== 200) throw await registryFailure(answer, `the login at ${host}`);
      endBody(answer.body);
    },
    async readManifest(repository, reference) {
      checkNames(repository, reference);
      return readRegistryManifest(connection, repository, reference);
    },
    async statManifest(repository, reference) {
      checkNames(repository, reference);
      const answer = await probe(
        `/v2/${repository}/manifests/${reference}`,
        repository,
        manifestMediaTypes.join(', '),
      );
      const digest = answer.headers['docker-content-digest'];
      return answer.status === 200 && isDigest(digest) ? digest : undefined;
    },
    async writeManifest(repository, reference, manifest) {
      checkNames(repository, reference);
      const keepsReferrers = await writeRegistryManifest(connection, repository, reference, manifest);
      const link = keepsReferrers ? undefined : readReferrer(manifest);
      if (link !== undefined) await addToFallback(connection, repository, link.subject, link.referrer);
    },
    async hasBlob(repository, digest) {
      checkRepositoryName(repository);
      return (await probe(`/v2/${repository}/blobs/${parseDigest(digest)}`, repository)).status === 200;
    },
    async readBlob(repository, descriptor, offsetBytes = 0) {
      checkRepositoryName(repository);
      const { digest, sizeBytes } = descriptor;
      const name = `blob ${parseDigest(digest)} of ${host}/${repository}`;
      return openBlobStream({ name, sizeBytes, offsetBytes }, async (at) => {
        const answer = await connection.send({
          target: `/v2/${repository}/blobs/${digest}`,
          need: pull(repository),
          headers: at === 0 ? {} : { range: `bytes=${at}-` },
        });
        if (answer.status === 200 || answer.status === 206) return answer;
        throw await registryFailure(answer, name);
      });
    },
    async writeBlob(repository, descriptor, open, mountFrom) {
      checkRepositoryName(repository);
      if (mountFrom !== undefined) checkRepositoryName(mountFrom);
      await pushBlob(connection, {
        repository,
        descriptor,
        open,
        ...(mountFrom === undefined ? {} : { mountFrom }),
        ...(deps.uploadChunkBytes === undefined ? {} : { chunkBytes: deps.uploadChunkBytes }),
      });
    },
    async *listTags(repository) {
      checkRepositoryName(repository);
      let target: string | URL | undefined = `/v2/${repository}/tags/list`;
      for (let page = 0; target !== undefined; page += 1) {
        if (page >= limits.registryPages)
          throw imageErrors.damaged(`${host}/${repository} lists tags without end`);
        const answer = await connection.send({
          target,
          need: pull(repository),
          limitBytes: limits.registryAnswerBytes,
        });
        if (answer.status !== 200) throw await registryFailure(answer, `tags of ${host}/${repository}`);
        yield* readTags(await collectBytes(answer.body, limits.registryAnswerBytes, imageErrors.damaged));
        target = parseNextLink(answer.headers.link, answer.url);
      }
    },
    async listReferrers(repository, digest) {
      checkRepositoryName(repository);
      return listReferrers(connection, repository, parseDigest(digest));
    },
  };
}

function checkNames(repository: string, reference: string): void {
  checkRepositoryName(repository);
  if (!isDigest(reference)) checkTag(reference);
}

function readTags(bytes: Uint8Array): readonly string[] {
  const value = parseJson(decodeUtf8(bytes) ?? '');
  const tags = isJsonObject(value) ? value.tags : undefined;
  // A repository whose last tag was deleted lists null.
  if (tags === null) return [];
  if (!Array.isArray(tags)) throw imageErrors.damaged('the registry’s list of tags is not one');
  return tags.filter((tag): tag is string => typeof tag === 'string');
}
