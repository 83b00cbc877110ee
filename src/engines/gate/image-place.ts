// What hangs on an image in its registry, as far as a gate is to judge it: Sigstore bundles and cosign's signatures of
// before. Nothing here proves anything. What could not be read is told, since a gate that passes over a statement might
// pass over a revocation; statements of types that nobody asked for are not fetched.
import type { Digest } from '../../formats/oci/digest.ts';
import { parseManifest } from '../../formats/oci/manifest.ts';
import type { RegistryReference } from '../../formats/oci/reference.ts';
import { type Bundle, parseBundle } from '../../formats/sigstore/bundle.ts';
import { parseOldSignature } from '../../formats/sigstore/old-signature.ts';
import { imageErrors } from '../../io/images/errors.ts';
import type { ImageSource } from '../../io/images/source.ts';
import { verifiedBytes } from '../../io/images/verify.ts';
import { collectBytes } from '../../kit/bytes.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';

export interface Evidence {
  readonly bundles: readonly Bundle[];
  readonly unreadable: readonly { readonly where: string; readonly why: string }[];
}

export interface ImagePlace {
  /** The digest that the reference names now; the codes of a registry's client. */
  resolve(reference: RegistryReference): Promise<Digest>;
  /** At most `limits.imageStatements`; the same codes. `predicateTypes`: what is asked for. */
  collect(
    reference: RegistryReference,
    digest: Digest,
    predicateTypes: ReadonlySet<string>,
  ): Promise<Evidence>;
}

const BUNDLE = 'application/vnd.dev.sigstore.bundle';
const PREDICATE = 'dev.sigstore.bundle.predicateType';

export function createImagePlace(open: (reference: RegistryReference) => Promise<ImageSource>): ImagePlace {
  return {
    async resolve(reference) {
      if (reference.digest !== undefined) return reference.digest;
      await using source = await open(reference);
      return (await source.root()).descriptor.digest;
    },
    async collect({ kind, host, repository }, digest, predicateTypes) {
      await using source = await open({ kind, host, repository, digest });
      const referrers = (await source.referrers(digest)).filter(({ artifactType, annotations }) => {
        const said = annotations?.[PREDICATE];
        return artifactType?.startsWith(BUNDLE) === true && (said === undefined || predicateTypes.has(said));
      });
      const bundles: Bundle[] = [];
      const unreadable: { where: string; why: string }[] = [];
      const note = (where: string, cause: unknown): void => {
        // A registry that could not be asked is no statement that cannot be read.
        if (!isPlimsollError(cause) || cause.kind === 'unavailable' || cause.kind === 'limited') throw cause;
        unreadable.push({ where, why: cause.message });
      };
      const wanted = referrers.slice(0, limits.imageStatements);
      for (let at = 0; at < wanted.length; at += limits.gateLookups)
        await Promise.all(
          wanted.slice(at, at + limits.gateLookups).map((referrer) =>
            readBundles(source, referrer).then(
              (read) => bundles.push(...read),
              (cause: unknown) => note(referrer.digest, cause),
            ),
          ),
        );
      if (referrers.length > limits.imageStatements)
        unreadable.push({
          where: digest,
          why: `${referrers.length} statements hang on it, and at most ${limits.imageStatements} are read`,
        });
      const tag = `${digest.replace(':', '-')}.sig`;
      await using old = await open({ kind, host, repository, tag });
      await readOld(old).then(
        (read) => bundles.push(...read),
        (cause: unknown) => note(tag, cause),
      );
      return { bundles, unreadable };
    },
  };
}

async function readBundles(
  source: ImageSource,
  referrer: { readonly digest: Digest; readonly mediaType: string },
): Promise<readonly Bundle[]> {
  const { bytes, descriptor } = await source.manifest(referrer);
  const manifest = parseManifest(bytes, descriptor.mediaType);
  const layers = manifest.kind === 'image' ? manifest.layers : [];
  const found: Bundle[] = [];
  for (const layer of layers.slice(0, limits.signatureProofs))
    if (layer.mediaType.startsWith(BUNDLE)) found.push(parseBundle(await readBlob(source, layer)));
  return found;
}

/** cosign's signatures under the tag `sha256-….sig`; none where there is no such tag. */
async function readOld(source: ImageSource): Promise<readonly Bundle[]> {
  const root = await source.root().catch((cause: unknown) => {
    if (isPlimsollError(cause, { kind: 'missing' })) return undefined;
    throw cause;
  });
  if (root === undefined) return [];
  const manifest = parseManifest(root.bytes, root.descriptor.mediaType);
  const layers = manifest.kind === 'image' ? manifest.layers : [];
  const found: Bundle[] = [];
  for (const layer of layers.slice(0, limits.imageStatements)) {
    const { mediaType, annotations = {} } = layer;
    found.push(...parseOldSignature({ mediaType, annotations, bytes: await readBlob(source, layer) }));
  }
  return found;
}

async function readBlob(
  source: ImageSource,
  descriptor: Parameters<ImageSource['blob']>[0],
): Promise<Uint8Array> {
  if (descriptor.sizeBytes > limits.signatureBundleBytes)
    throw imageErrors.damaged(`${descriptor.digest} is larger than ${limits.signatureBundleBytes} bytes`);
  const stream = await source.blob(descriptor);
  return collectBytes(verifiedBytes(stream, descriptor), limits.signatureBundleBytes, imageErrors.damaged);
}
