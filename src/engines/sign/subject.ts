// What is signed of an image: the manifest that the name leads to, and of an index everything that it names too: each
// platform, since clients pull and verify those by themselves, and BuildKit's attestation manifests, since the
// policies of buildx look for a signature there (docker/buildx#4010). An index within an index is gone through alike.
import type { Descriptor } from '../../formats/oci/descriptor.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import { parseManifest } from '../../formats/oci/manifest.ts';
import { manifestKind } from '../../formats/oci/media-type.ts';
import type { Platform } from '../../formats/oci/platform.ts';
import { chooseImage } from '../../io/images/platform-choice.ts';
import type { ImageSource, RawManifest } from '../../io/images/source.ts';
import { limits } from '../../kit/limits.ts';
import { signErrors } from './errors.ts';

export interface SignSubject {
  readonly kind: 'image' | 'index' | 'platform' | 'attestation';
  readonly descriptor: Pick<Descriptor, 'mediaType' | 'digest' | 'sizeBytes'>;
  readonly platform?: Platform;
}

export interface SubjectWish {
  /** Only this platform's image. */
  readonly platform?: Platform;
  /** Of an index the index alone. */
  readonly isRootAlone?: boolean;
}

/** Index in index: honest ones end by then. */
const DEPTH = 5;
const REFERENCE_TYPE = 'vnd.docker.reference.type';

/** The root first, each digest once. `sign.too_many`, and what the source and the choice of a platform throw. */
export async function listSubjects(
  source: ImageSource,
  { platform, isRootAlone }: SubjectWish,
): Promise<readonly [SignSubject, ...SignSubject[]]> {
  if (platform !== undefined) {
    const { image } = await chooseImage(source, platform);
    return [{ kind: 'platform', descriptor: bare(image.descriptor), platform }];
  }
  const root = await source.root();
  const isIndex = manifestKind(root.descriptor.mediaType) === 'index';
  const first: SignSubject = { kind: isIndex ? 'index' : 'image', descriptor: bare(root.descriptor) };
  if (!isIndex || isRootAlone === true) return [first];
  const found = new Map<Digest, SignSubject>([[root.descriptor.digest, first]]);
  await addChildren(source, root, found, 0);
  return [...found.values()] as [SignSubject, ...SignSubject[]];
}

async function addChildren(
  source: ImageSource,
  { bytes, descriptor }: RawManifest,
  found: Map<Digest, SignSubject>,
  depth: number,
): Promise<void> {
  const manifest = parseManifest(bytes, descriptor.mediaType);
  for (const child of manifest.kind === 'index' ? manifest.manifests : []) {
    if (found.has(child.digest)) continue;
    if (found.size >= limits.signedSubjects || depth >= DEPTH)
      throw signErrors.too_many(`${source.name} leads to more than ${limits.signedSubjects} manifests`);
    const isIndex = manifestKind(child.mediaType) === 'index';
    found.set(child.digest, { ...describeChild(child, isIndex), descriptor: bare(child) });
    if (isIndex) await addChildren(source, await source.manifest(child), found, depth + 1);
  }
}

function describeChild(child: Descriptor, isIndex: boolean): Pick<SignSubject, 'kind' | 'platform'> {
  if (isIndex) return { kind: 'index' };
  const isAttestation = child.annotations?.[REFERENCE_TYPE] === 'attestation-manifest';
  if (isAttestation || child.platform?.os === 'unknown') return { kind: 'attestation' };
  return { kind: 'platform', ...(child.platform === undefined ? {} : { platform: child.platform }) };
}

function bare({ mediaType, digest, sizeBytes }: Descriptor): SignSubject['descriptor'] {
  return { mediaType, digest, sizeBytes };
}
