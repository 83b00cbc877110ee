// Makes example.tar, an OCI archive to try Plimsoll with when no other image is at hand: the libraries that npm
// has just installed for Plimsoll itself, as the one layer of an application image without a base.
// `--user 1000` lets it run as that user; without it the image runs as root, which a rule will mind.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { formatTar } from '../src/formats/archive/tar-writer.ts';
import { digestHex, digestOf } from '../src/formats/oci/digest.ts';
import { mediaTypes } from '../src/formats/oci/media-type.ts';
import { root } from '../test/house.ts';

type Member = Parameters<typeof formatTar>[0][number];

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly os?: readonly string[] }>>;
}

const at = process.argv.indexOf('--user');
const user = at < 0 ? undefined : process.argv[at + 1];
const layerTar = formatTar(libraries().flatMap((folder) => [...members(folder)]));
const layer = gzipSync(layerTar);
const config = Buffer.from(
  JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: {
      Cmd: ['node', '/app/server.js'],
      WorkingDir: '/app',
      ...(user === undefined ? {} : { User: user }),
    },
    rootfs: { type: 'layers', diff_ids: [digestOf(layerTar)] },
    history: [{ created_by: 'COPY node_modules /app/node_modules' }],
  }),
);
const describe = (mediaType: string, bytes: Uint8Array): object => ({
  mediaType,
  digest: digestOf(bytes),
  size: bytes.length,
});
const manifest = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: describe(mediaTypes.ociConfig, config),
    layers: [describe(mediaTypes.ociLayerGzip, layer)],
  }),
);
const index = Buffer.from(
  JSON.stringify({ schemaVersion: 2, manifests: [describe(mediaTypes.ociManifest, manifest)] }),
);
writeFileSync(
  join(root, 'example.tar'),
  formatTar([
    file('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')),
    file('index.json', index),
    ...[config, layer, manifest].map((bytes) => file(`blobs/sha256/${digestHex(digestOf(bytes))}`, bytes)),
  ]),
);
process.stdout.write('Wrote example.tar\n');

/** Folders of the packages that Plimsoll needs at run time, Node itself left out. */
function libraries(): string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  return Object.entries(lock.packages)
    .filter(([path, row]) => path.startsWith('node_modules/') && row.dev !== true && row.os === undefined)
    .map(([path]) => path)
    .sort();
}

function* members(folder: string): Generator<Member> {
  for (const name of readdirSync(join(root, folder)).sort()) {
    const path = `${folder}/${name}`;
    const stat = statSync(join(root, path));
    if (stat.isFile()) yield file(`app/${path}`, readFileSync(join(root, path)));
    else if (name !== 'node_modules') yield* members(path);
  }
}

function file(path: string, body: Uint8Array): Member {
  return { kind: 'file', path, body, mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 0 };
}
