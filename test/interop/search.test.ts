// Promise: `podman search HOST/TERM` finds repositories here as it does on Docker Hub.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeLayout } from './layout.ts';
import { missingTools, password, run, startProduct, temporaryFolder } from './world.ts';

test('podman search finds a repository by a part of its name', {
  skip: missingTools('podman', 'skopeo'),
}, async () => {
  using folder = temporaryFolder();
  await using product = await startProduct(join(folder.path, 'data'), {
    args: ['--advisories-refresh', 'off'],
  });
  const layout = makeLayout(join(folder.path, 'layout'), [Buffer.from('one')]);
  for (const name of ['team/harbour', 'team/quay'])
    run('skopeo', [
      'copy',
      '--dest-tls-verify=false',
      '--dest-creds',
      `admin:${password}`,
      `oci:${layout}:a`,
      `docker://${product.host}/${name}:1`,
    ]);
  const store = ['--root', join(folder.path, 'root'), '--runroot', join(folder.path, 'run')];
  const found = run('podman', [
    ...store,
    '--storage-driver',
    'vfs',
    'search',
    '--tls-verify=false',
    '--format',
    '{{.Name}}',
    `${product.host}/harb`,
  ]);
  assert.deepEqual(found.stdout.trim().split('\n'), [`${product.host}/team/harbour`]);
});
