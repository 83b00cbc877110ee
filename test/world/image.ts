// Images made in memory, as clients push them: every blob, and the manifests in the order in which they must
// come. Small, and of the kinds that Plimsoll tells apart: Debian, Alpine, npm, an index, an artifact.
import { gzipSync } from 'node:zlib';
import { type FixtureMember, formatLayer } from '../../src/io/images/fixture-image.ts';
import { digestFor } from './registry.ts';

export interface MadeManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** What a push sends; the last manifest is the one that gets the tag. */
export interface MadeImage extends MadeManifest {
  readonly blobs: ReadonlyMap<string, Uint8Array>;
  readonly manifests: readonly MadeManifest[];
  /** Of the layers, oldest first. */
  readonly layers: readonly string[];
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const types = Object.freeze({
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  empty: 'application/vnd.oci.empty.v1+json',
});

/** A Debian 12 image: `name version` or `name version source source-version`, each with a copyright file. */
export function debianImage(packages: readonly string[], config: ImageSettings = {}): MadeImage {
  const split = packages.map((line) => line.split(' '));
  const status = split.map(([name, version, source, sourceVersion]) =>
    [
      `Package: ${name}`,
      'Status: install ok installed',
      'Architecture: amd64',
      ...(source === undefined ? [] : [`Source: ${source}${sourceVersion ? ` (${sourceVersion})` : ''}`]),
      `Version: ${version}`,
      '',
    ].join('\n'),
  );
  return image(
    [
      [osRelease('debian', '12', 'Debian GNU/Linux 12 (bookworm)')],
      [
        { path: 'var/lib/dpkg/status', body: status.join('\n') },
        ...split.map(([name]) => ({
          path: `usr/share/doc/${name}/copyright`,
          body: copyright,
        })),
      ],
    ],
    config,
  );
}

/** An Alpine 3.19 image: `name version` or `name version origin`. */
export function alpineImage(packages: readonly string[], config: ImageSettings = {}): MadeImage {
  const installed = packages.map((line) => {
    const [name, version, origin = name] = line.split(' ');
    return `C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:${name}\nV:${version}\nA:x86_64\nL:MIT\no:${origin}\n`;
  });
  const files = [
    osRelease('alpine', '3.19.1', 'Alpine Linux v3.19'),
    { path: 'lib/apk/db/installed', body: `${installed.join('\n')}\n` },
  ];
  return image([files], config);
}

/** An application of npm packages, `name version`, without a distribution. */
export function npmImage(packages: readonly string[], config: ImageSettings = {}): MadeImage {
  const files = packages.map((line) => {
    const [name, version] = line.split(' ');
    const body = JSON.stringify({ name, version, license: 'MIT' });
    return { path: `app/node_modules/${name}/package.json`, body };
  });
  return image([files], config);
}

export interface ImageSettings {
  readonly architecture?: string;
  readonly user?: string;
}

/** An image of these layers, oldest first. */
export function image(
  layers: readonly (readonly FixtureMember[])[],
  settings: ImageSettings = {},
): MadeImage {
  const { architecture = 'amd64', user = '1000' } = settings;
  const blobs = new Map<string, Uint8Array>();
  const tars = layers.map((members) => formatLayer(members));
  const descriptors = tars.map((tar) => keep(blobs, gzipSync(tar), types.layer));
  const config = {
    created: '2026-01-01T00:00:00Z',
    os: 'linux',
    architecture,
    config: { User: user, Cmd: ['/bin/app'], Env: ['PATH=/bin'], Labels: { team: 'hull' } },
    rootfs: { type: 'layers', diff_ids: tars.map((tar) => digestFor(tar)) },
    history: layers.map((_, at) => ({ created: '2026-01-01T00:00:00Z', created_by: `step ${at}` })),
  };
  const manifest = makeManifest(types.manifest, {
    config: keep(blobs, Buffer.from(JSON.stringify(config)), types.config),
    layers: descriptors,
  });
  return { ...manifest, blobs, manifests: [manifest], layers: descriptors.map(({ digest }) => digest) };
}

/** An index of images by platform, with a BuildKit attestation beside the first. */
export function index(children: Readonly<Record<string, MadeImage>>): MadeImage & { attestation: string } {
  const made = Object.entries(children);
  const [, first] = made[0] as [string, MadeImage];
  const attestation = attestationOf(first);
  const all = [...made.map(([, child]) => child), attestation];
  const manifest = makeManifest(types.index, {
    manifests: [
      ...made.map(([platform, child]) => {
        const [os, architecture, variant] = platform.split('/');
        return { ...describe(child), platform: { os, architecture, ...(variant ? { variant } : {}) } };
      }),
      {
        ...describe(attestation),
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': first.digest,
        },
      },
    ],
  });
  return {
    ...manifest,
    blobs: new Map(all.flatMap((child) => [...child.blobs])),
    manifests: [...all.flatMap((child) => child.manifests), manifest],
    layers: all.flatMap((child) => child.layers),
    attestation: attestation.digest,
  };
}

/** A signature-like artifact about an image. */
export function artifact(
  subject: MadeManifest,
  note = 'a note',
  { artifactType = 'application/vnd.example.note', layerType = 'text/plain' } = {},
): MadeImage {
  const blobs = new Map<string, Uint8Array>();
  const manifest = makeManifest(types.manifest, {
    artifactType,
    config: keep(blobs, Buffer.from('{}'), types.empty),
    layers: [keep(blobs, Buffer.from(note), layerType)],
    subject: describe(subject),
  });
  return { ...manifest, blobs, manifests: [manifest], layers: [] };
}

/** As BuildKit writes them: an image manifest whose layers are in-toto statements. */
function attestationOf(subject: MadeImage): MadeImage {
  const blobs = new Map<string, Uint8Array>();
  const statement = JSON.stringify({ _type: 'https://in-toto.io/Statement/v0.1', subject: subject.digest });
  const config = {
    os: 'unknown',
    architecture: 'unknown',
    config: {},
    rootfs: { type: 'layers', diff_ids: [] },
  };
  const manifest = makeManifest(types.manifest, {
    config: keep(blobs, Buffer.from(JSON.stringify(config)), types.config),
    layers: [keep(blobs, Buffer.from(statement), 'application/vnd.in-toto+json')],
  });
  return { ...manifest, blobs, manifests: [manifest], layers: [] };
}

function keep(blobs: Map<string, Uint8Array>, bytes: Uint8Array, mediaType: string): Descriptor {
  const digest = digestFor(bytes);
  blobs.set(digest, bytes);
  return { mediaType, digest, size: bytes.byteLength };
}

function makeManifest(mediaType: string, document: Record<string, unknown>): MadeManifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...document }));
  return { mediaType, bytes, digest: digestFor(bytes) };
}

function describe({ mediaType, digest, bytes }: MadeManifest): Descriptor {
  return { mediaType, digest, size: bytes.byteLength };
}

function osRelease(id: string, version: string, name: string): FixtureMember {
  return { path: 'etc/os-release', body: `ID=${id}\nVERSION_ID="${version}"\nPRETTY_NAME="${name}"\n` };
}

const copyright = [
  'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/',
  '',
  'Files: *',
  'Copyright: 2026 Somebody',
  'License: Expat',
  '',
].join('\n');
