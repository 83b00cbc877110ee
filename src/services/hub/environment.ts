// What runs where, kept beside the images themselves: an OCI artifact in the image's own repository, tagged
// `plimsoll-env-NAME`, whose subject is the image. Any registry holds it, whoever may push to the repository may
// say it, and an instance is not needed. The tag is the present record; moving it leaves the older ones as
// referrers. image-spec manifest.md "Guidelines for Artifact Usage".
import { Readable } from 'node:stream';
import { type Descriptor, formatDescriptor } from '../../formats/oci/descriptor.ts';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { parseManifest } from '../../formats/oci/manifest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import type { ImageSource, ImageTarget } from '../../io/images/source.ts';
import { hubErrors } from './errors.ts';

const environmentType = 'application/vnd.plimsoll.environment.v1+json';

const TAG_PREFIX = 'plimsoll-env-';
const NAME_ANNOTATION = 'dev.plimsoll.environment';
const REFERENCE_ANNOTATION = 'dev.plimsoll.reference';
/** Fits into a tag of 128 characters with its prefix. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export interface EnvironmentRecord {
  readonly environment: string;
  /** Of the image, or the index, that runs there. */
  readonly digest: Digest;
  readonly mediaType: string;
  /** As it was named when it was recorded. */
  readonly reference?: string;
  /** RFC 3339. */
  readonly recordedAt?: string;
}

/** The tag of an environment, or `hub.environment_invalid`. */
export function environmentTag(environment: string): string {
  if (NAME.test(environment)) return `${TAG_PREFIX}${environment}`;
  throw hubErrors.environment_invalid(
    `"${environment.slice(0, 100)}" cannot be an environment: up to 64 letters, digits, dots, dashes and underscores`,
  );
}

/** The environment that a tag records; undefined for any other tag. */
export function environmentOfTag(tag: string): string | undefined {
  const name = tag.startsWith(TAG_PREFIX) ? tag.slice(TAG_PREFIX.length) : '';
  return NAME.test(name) ? name : undefined;
}

/** Writes the record; `target` is open at the environment's tag, in the repository that holds the image. */
export async function writeEnvironment(
  target: ImageTarget,
  record: {
    readonly environment: string;
    readonly image: Descriptor;
    readonly reference: string;
    readonly now: string;
  },
): Promise<void> {
  const empty = new TextEncoder().encode('{}');
  const nothing: Descriptor = {
    mediaType: mediaTypes.ociEmpty,
    digest: digestOf(empty),
    sizeBytes: empty.byteLength,
  };
  const { mediaType, digest, sizeBytes } = record.image;
  const bytes = new TextEncoder().encode(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: environmentType,
      config: formatDescriptor(nothing),
      layers: [formatDescriptor(nothing)],
      subject: formatDescriptor({ mediaType, digest, sizeBytes }),
      annotations: {
        [NAME_ANNOTATION]: record.environment,
        [REFERENCE_ANNOTATION]: record.reference,
        'org.opencontainers.image.created': record.now,
      },
    }),
  );
  if (!(await target.hasBlob(nothing))) await target.putBlob(nothing, async () => Readable.from([empty]));
  const descriptor = {
    mediaType: mediaTypes.ociManifest,
    digest: digestOf(bytes),
    sizeBytes: bytes.byteLength,
  };
  await target.putManifest({ bytes, descriptor }, true);
  await target.finish();
}

/** The record behind an environment's tag, or `hub.environment_damaged` where the tag is something else. */
export async function readEnvironment(source: ImageSource): Promise<EnvironmentRecord> {
  const root = await source.root();
  const manifest = parseManifest(root.bytes, root.descriptor.mediaType);
  const { subject, annotations = {}, artifactType } = manifest;
  const environment = annotations[NAME_ANNOTATION];
  if (artifactType !== environmentType || subject === undefined || environment === undefined)
    throw hubErrors.environment_damaged(`${source.name} is not the record of an environment`);
  const recordedAt = annotations['org.opencontainers.image.created'];
  const reference = annotations[REFERENCE_ANNOTATION];
  return {
    environment,
    digest: subject.digest,
    mediaType: subject.mediaType,
    ...(reference === undefined ? {} : { reference }),
    ...(recordedAt === undefined ? {} : { recordedAt }),
  };
}
