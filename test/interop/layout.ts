// OCI layouts of made-up bytes, for pushes that need size rather than sense.
import { createHash } from 'node:crypto';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './world.ts';

/** An OCI layout whose layers are tars of the given files' bytes, or given tars, uncompressed. */
export function makeLayout(
  folder: string,
  contents: readonly Uint8Array[],
  tars: readonly string[] = [],
): string {
  const blobs = join(folder, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (bytes: Uint8Array): { digest: string; size: number } => {
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(blobs, hex), bytes);
    return { digest: `sha256:${hex}`, size: bytes.length };
  };
  const move = (path: string): { digest: string; size: number } => {
    const hex = run('sha256sum', [path]).stdout.slice(0, 64);
    run('mv', [path, join(blobs, hex)]);
    return { digest: `sha256:${hex}`, size: statSync(join(blobs, hex)).size };
  };
  const layers = [...contents.map((bytes) => put(tarOf(bytes))), ...tars.map(move)].map((one) => ({
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    ...one,
  }));
  const config = put(
    Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: {},
        rootfs: { type: 'layers', diff_ids: layers.map((one) => one.digest) },
      }),
    ),
  );
  const manifest = put(
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
        layers,
      }),
    ),
  );
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    join(folder, 'index.json'),
    JSON.stringify({
      schemaVersion: 2,
      manifests: [
        {
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          ...manifest,
          annotations: { 'org.opencontainers.image.ref.name': 'a' },
        },
      ],
    }),
  );
  return folder;
}

/** One file in a ustar archive. */
function tarOf(bytes: Uint8Array): Uint8Array {
  const header = Buffer.alloc(512);
  header.write('file.bin', 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        0', 148);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc(((512 - (bytes.length % 512)) % 512) + 1024)]);
}
