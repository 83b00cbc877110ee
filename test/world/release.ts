// An image as a project publishes it: an index of platforms with BuildKit's provenance beside them, and a signature
// that refers to it. Everything that the sentinel looks at can be said otherwise than usual.
import { gzipSync } from 'node:zlib';
import { formatLayer } from '../../src/io/images/fixture-image.ts';
import { artifact, type MadeImage, type MadeManifest } from './image.ts';
import { digestFor } from './registry.ts';

export interface ReleaseWish {
  /** What is in it; two with the same text and time are the same image. */
  readonly version: string;
  readonly createdAt: string;
  readonly platforms?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly user?: string;
  /** Debian packages by name. */
  readonly packages?: readonly string[];
  /** Undefined: built without a provenance. */
  readonly provenance?: { readonly builder: string; readonly source: string; readonly workflow: string };
  readonly statedSource?: string;
}

const types = Object.freeze({
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  statement: 'application/vnd.in-toto+json',
});

export function makeRelease(wish: ReleaseWish): MadeImage {
  const blobs = new Map<string, Uint8Array>();
  const platforms = wish.platforms ?? ['linux/amd64'];
  const children = platforms.map((platform) => makePlatform(blobs, wish, platform));
  const [first] = children;
  const attestation =
    wish.provenance === undefined || first === undefined
      ? []
      : [makeAttestation(blobs, first.digest, wish.provenance)];
  const index = makeManifest(types.index, {
    manifests: [
      ...children.map((child, at) => {
        const [os, architecture] = (platforms[at] ?? '').split('/');
        return { ...describe(child), platform: { os, architecture } };
      }),
      ...attestation.map((one) => ({
        ...describe(one),
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': first?.digest,
        },
      })),
    ],
    ...(wish.statedSource === undefined
      ? {}
      : { annotations: { 'org.opencontainers.image.source': wish.statedSource } }),
  });
  return { ...index, blobs, manifests: [...children, ...attestation, index], layers: [] };
}

/** As cosign hangs one on an image. */
export function makeSignature(image: MadeManifest): MadeImage {
  return artifact(image, `signed ${image.digest}`, {
    artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json',
    layerType: 'application/vnd.dev.cosign.simplesigning.v1+json',
  });
}

function makePlatform(blobs: Map<string, Uint8Array>, wish: ReleaseWish, platform: string): MadeManifest {
  const [os, architecture] = platform.split('/');
  const { packages = ['bash'], entrypoint = ['/bin/app'], user = '1000' } = wish;
  const status = packages.map(
    (name) =>
      `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${wish.version}\n`,
  );
  const tar = formatLayer([
    {
      path: 'etc/os-release',
      body: 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    },
    { path: 'var/lib/dpkg/status', body: status.join('\n') },
    { path: 'app/version', body: `${wish.version} ${platform}` },
  ]);
  const config = {
    created: wish.createdAt,
    os,
    architecture,
    config: { User: user, Entrypoint: entrypoint },
    rootfs: { type: 'layers', diff_ids: [digestFor(tar)] },
    history: [{ created: wish.createdAt, created_by: 'build' }],
  };
  return makeManifest(types.manifest, {
    config: keep(blobs, Buffer.from(JSON.stringify(config)), types.config),
    layers: [keep(blobs, gzipSync(tar), types.layer)],
  });
}

function makeAttestation(
  blobs: Map<string, Uint8Array>,
  subject: string,
  { builder, source, workflow }: NonNullable<ReleaseWish['provenance']>,
): MadeManifest {
  const predicateType = 'https://slsa.dev/provenance/v1';
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'image', digest: { sha256: subject.replace('sha256:', '') } }],
    predicateType,
    predicate: {
      buildDefinition: {
        buildType: 'https://actions.github.io/buildtypes/workflow/v1',
        externalParameters: { workflow: { repository: source, path: workflow, ref: 'refs/heads/main' } },
        resolvedDependencies: [
          { uri: `git+${source}@refs/heads/main`, digest: { gitCommit: 'a'.repeat(40) } },
        ],
      },
      runDetails: { builder: { id: builder } },
    },
  };
  const config = { os: 'unknown', architecture: 'unknown', rootfs: { type: 'layers', diff_ids: [] } };
  const layer = keep(blobs, Buffer.from(JSON.stringify(statement)), types.statement);
  return makeManifest(types.manifest, {
    config: keep(blobs, Buffer.from(JSON.stringify(config)), types.config),
    layers: [{ ...layer, annotations: { 'in-toto.io/predicate-type': predicateType } }],
  });
}

function keep(blobs: Map<string, Uint8Array>, bytes: Uint8Array, mediaType: string) {
  const digest = digestFor(bytes);
  blobs.set(digest, bytes);
  return { mediaType, digest, size: bytes.byteLength };
}

function makeManifest(mediaType: string, document: Record<string, unknown>): MadeManifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...document }));
  return { mediaType, bytes, digest: digestFor(bytes) };
}

function describe({ mediaType, digest, bytes }: MadeManifest) {
  return { mediaType, digest, size: bytes.byteLength };
}
