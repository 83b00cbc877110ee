// Must show 2: 32 clients push and pull at once without an error; a layer of 1 GB goes in and is looked into
// with the server's memory under 200 MB.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ImageDetail } from '../../src/entry/http/contract.ts';
import { missingTools, password, run, runAsync, startProduct, temporaryFolder, until } from './world.ts';

const skip = missingTools('skopeo', 'tar');
const GB = 1_000_000_000;

test('32 clients push and pull at once', { skip }, async () => {
  using folder = temporaryFolder();
  await using product = await startProduct(join(folder.path, 'data'), {
    args: ['--advisories-refresh', 'off'],
  });
  const layouts = Array.from({ length: 32 }, (_, client) =>
    makeLayout(join(folder.path, `in-${client}`), [randomBytes(200_000), randomBytes(50_000)]),
  );
  await Promise.all(
    layouts.map((layout, client) =>
      runAsync('skopeo', [
        'copy',
        '-q',
        '--preserve-digests',
        '--dest-tls-verify=false',
        '--dest-creds',
        `admin:${password}`,
        `oci:${layout}:a`,
        `docker://${product.host}/crowd/${client % 8}:${client}`,
      ]),
    ),
  );
  await Promise.all(
    layouts.flatMap((layout, client) => [
      runAsync('skopeo', [
        'copy',
        '-q',
        '--preserve-digests',
        '--src-tls-verify=false',
        `docker://${product.host}/crowd/${client % 8}:${client}`,
        `oci:${folder.path}/out-${client}:a`,
      ]),
      runAsync('skopeo', [
        'copy',
        '-q',
        '--preserve-digests',
        '--dest-tls-verify=false',
        '--dest-creds',
        `admin:${password}`,
        `oci:${layout}:a`,
        `docker://${product.host}/crowd/again:${client}`,
      ]),
    ]),
  );
  for (const [client, layout] of layouts.entries()) {
    const [sent, got] = [layout, `${folder.path}/out-${client}`].map(
      (path) => JSON.parse(readFileSync(join(path, 'index.json'), 'utf8')).manifests[0].digest,
    );
    assert.equal(got, sent);
  }
  assert.doesNotMatch(product.output(), /"level":"(?:error|warn)"/);
});

test('a layer of 1 GB leaves the memory under 200 MB', { skip }, async (t) => {
  using folder = temporaryFolder();
  const root = join(folder.path, 'root');
  mkdirSync(root);
  // Random bytes: nothing that could be compressed away.
  const file = openSync(join(root, 'weights.bin'), 'w');
  for (let written = 0; written < GB; written += 10_000_000) writeSync(file, randomBytes(10_000_000));
  closeSync(file);
  const tar = join(folder.path, 'layer.tar');
  run('tar', ['-C', root, '-cf', tar, '.']);
  run('rm', [join(root, 'weights.bin')]);
  const layout = makeLayout(join(folder.path, 'big'), [], [tar]);
  await using product = await startProduct(join(folder.path, 'data'), {
    args: ['--advisories-refresh', 'off'],
  });
  run('skopeo', [
    'copy',
    '-q',
    '--preserve-digests',
    '--dest-tls-verify=false',
    '--dest-creds',
    `admin:${password}`,
    `oci:${layout}:a`,
    `docker://${product.host}/big/layer:1`,
  ]);
  await until(
    async () => {
      const { scan } = await product.get<ImageDetail>('/api/v1/repositories/big/layer/-/images/1');
      assert.notEqual(scan.state, 'failed', scan.error ?? '');
      return scan.state === 'judged' ? scan : undefined;
    },
    180_000,
    () => product.output(),
  );
  run('skopeo', [
    'copy',
    '-q',
    '--preserve-digests',
    '--src-tls-verify=false',
    `docker://${product.host}/big/layer:1`,
    `oci:${folder.path}/back:a`,
  ]);
  const peak = product.peakMemoryBytes();
  t.diagnostic(
    `peak resident memory after push, look inside and pull of a 1 GB layer: ${(peak / 1e6).toFixed(0)} MB`,
  );
  assert.ok(peak < 200e6, `${peak} bytes`);
});

/** An OCI layout whose layers are tars of the given files' bytes, or given tars, uncompressed. */
function makeLayout(folder: string, contents: readonly Uint8Array[], tars: readonly string[] = []): string {
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
