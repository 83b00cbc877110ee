// Promise: `docker search HOST/TERM` and `podman search HOST/TERM` find repositories here as it does on Docker Hub.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEngine } from './engine.ts';
import { makeLayout } from './layout.ts';
import { missingTools, password, run, startProduct, temporaryFolder } from './world.ts';

const notRoot = process.getuid?.() === 0 ? undefined : 'dockerd needs root';

test('podman search and docker search find a repository by a part of its name', {
  skip: missingTools('podman', 'skopeo'),
}, async (t) => {
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

  await t.test('docker', { skip: missingTools('docker', 'dockerd') ?? notRoot }, async (s) => {
    const place = join(folder.path, 'docker');
    const client = join(place, 'client');
    mkdirSync(client, { recursive: true });
    const address = `unix://${join(place, 'docker.sock')}`;
    const own = ['--data-root', join(place, 'data'), '--exec-root', join(place, 'exec')];
    const apart = ['--pidfile', join(place, 'pid'), '--iptables=false', '--ip-masq=false', '--bridge=none'];
    const args = ['--host', address, ...own, ...apart, '--storage-driver', 'vfs'];
    await using engine = await startEngine('dockerd', args, address, join(place, 'log'));
    if ('refusal' in engine) return s.skip(`dockerd cannot run here: ${engine.refusal}`);
    const search = () =>
      run('docker', ['search', '--format', '{{.Name}}', `${product.host}/harb`], {
        env: { DOCKER_HOST: address, DOCKER_CONFIG: client },
      }).stdout.trim();
    assert.equal(search(), 'team/harbour');
    const auth = Buffer.from(`admin:${password}`).toString('base64');
    writeFileSync(join(client, 'config.json'), JSON.stringify({ auths: { [product.host]: { auth } } }));
    assert.equal(search(), 'team/harbour', 'with a login');
  });
});
