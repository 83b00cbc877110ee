// Must show 2: 32 clients push and pull at once without an error; a layer of 1 GB goes in and is looked into
// with the server's memory under 200 MB.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ImageDetail } from '../../src/entry/http/contract.ts';
import { makeLayout } from './layout.ts';
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
  const note = (when: string): void =>
    t.diagnostic(`peak resident memory, ${when}: ${(product.peakMemoryBytes() / 1e6).toFixed(0)} MB`);
  note('started');
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
  note('a layer of 1 GB pushed');
  await until(
    async () => {
      const { scan } = await product.get<ImageDetail>('/api/v1/repositories/big/layer/-/images/1');
      assert.notEqual(scan.state, 'failed', scan.error ?? '');
      return scan.state === 'judged' ? scan : undefined;
    },
    180_000,
    () => product.output(),
  );
  note('looked into');
  run('skopeo', [
    'copy',
    '-q',
    '--preserve-digests',
    '--src-tls-verify=false',
    `docker://${product.host}/big/layer:1`,
    `oci:${folder.path}/back:a`,
  ]);
  note('pulled');
  assert.ok(product.peakMemoryBytes() < 200e6, `${product.peakMemoryBytes()} bytes`);
});
