// The media types of images (image-spec media-types.md; Docker image manifest v2 schema 2).

export const mediaTypes = Object.freeze({
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  dockerForeignLayerGzip: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
});

/** What a client sends as `Accept` to get whatever is there, most wanted first. */
export const manifestMediaTypes: readonly string[] = Object.freeze([
  mediaTypes.ociIndex,
  mediaTypes.dockerList,
  mediaTypes.ociManifest,
  mediaTypes.dockerManifest,
]);

export type ManifestKind = 'image' | 'index';

/** Whether a manifest media type is an image or an index; undefined for anything else (schema 1 too). */
export function manifestKind(mediaType: string): ManifestKind | undefined {
  switch (mediaType) {
    case mediaTypes.ociManifest:
    case mediaTypes.dockerManifest:
      return 'image';
    case mediaTypes.ociIndex:
    case mediaTypes.dockerList:
      return 'index';
    default:
      return undefined;
  }
}

/** What container engines take for the configuration of an image to run, whatever else a manifest calls itself. */
export function isImageConfig(mediaType: string): boolean {
  return mediaType === mediaTypes.ociConfig || mediaType === mediaTypes.dockerConfig;
}

/** Layers that registries need not hold (image-spec "non-distributable"; Docker foreign layers). */
export function isNondistributable(mediaType: string): boolean {
  return (
    mediaType.startsWith('application/vnd.oci.image.layer.nondistributable.') ||
    mediaType === mediaTypes.dockerForeignLayerGzip
  );
}

/** Whether a layer of this type is compressed. */
export function isCompressedLayer(mediaType: string): boolean {
  return /[+.](?:gzip|zstd)$/.test(mediaType);
}

/** Whether the media type is a file-system layer, of any compression. */
export function isLayer(mediaType: string): boolean {
  return (
    mediaType.startsWith('application/vnd.oci.image.layer.') ||
    mediaType.startsWith('application/vnd.docker.image.rootfs.')
  );
}

/** Without parameters and white space, lower case: `Application/JSON; charset=utf-8` -> `application/json`. */
export function bareMediaType(header: string): string {
  return (header.split(';', 1)[0] as string).trim().toLowerCase();
}
