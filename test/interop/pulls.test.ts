// What real clients fetch for one pull is counted as one, by the tag, whether they fetch the tag (skopeo, podman) or ask
// about it and fetch its digest (docker): an index with its platform, and an image alone.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEngine } from './engine.ts';
import { makeLayout } from './layout.ts';
import { missingTools, password, run, startProduct, temporaryFolder } from './world.ts';

interface Series {
  readonly total: number;
}

test('an index and its platform are one pull', {
  skip: missingTools('skopeo', 'podman', 'buildah'),
}, async (t) => {
  using folder = temporaryFolder();
  await using product = await startProduct(join(folder.path, 'data'), {
    args: ['--advisories-refresh', 'off'],
  });
  const { host } = product;
  const store = (name: string) => [
    ...['--root', join(folder.path, name), '--runroot', join(folder.path, `${name}-run`)],
    ...['--storage-driver', 'vfs'],
  ];
  const layout = makeLayout(join(folder.path, 'layout'), [Buffer.from('hello')]);
  const creds = ['--creds', `admin:${password}`];
  const made = [...store('made')];
  const insecure = '--tls-verify=false';
  run('skopeo', [
    'copy',
    '--dest-tls-verify=false',
    '--dest-creds',
    `admin:${password}`,
    `oci:${layout}:a`,
    `docker://${host}/team/app:one`,
  ]);
  run('buildah', [...made, 'manifest', 'create', 'multi']);
  run('buildah', [
    ...made,
    'manifest',
    'add',
    ...creds,
    insecure,
    '--os',
    'linux',
    '--arch',
    'amd64',
    'multi',
    `docker://${host}/team/app:one`,
  ]);
  run('buildah', [
    ...made,
    'manifest',
    'push',
    ...creds,
    insecure,
    '--all',
    'multi',
    `docker://${host}/team/app:multi`,
  ]);

  /** Pulls of the tag, and of everything, since the last time it was asked. */
  const seen = new Map<string, number>();
  async function counted(tag: string): Promise<readonly [ofTag: number, all: number]> {
    const read = async (query: string) => {
      const { total } = await product.get<Series>(`/api/v1/repositories/team/app/-/pulls${query}`);
      const more = total - (seen.get(query) ?? 0);
      seen.set(query, total);
      return more;
    };
    return [await read(`?reference=${tag}`), await read('')];
  }
  for (const tag of ['one', 'multi']) await counted(tag);

  await t.test('skopeo', async () => {
    const copy = (tag: string, ...options: string[]) =>
      run('skopeo', [
        'copy',
        '--src-tls-verify=false',
        ...options,
        `docker://${host}/team/app:${tag}`,
        `dir:${join(folder.path, `dir-${tag}`)}`,
      ]);
    copy('one');
    assert.deepEqual(await counted('one'), [1, 1]);
    copy('multi', '--override-arch', 'amd64');
    assert.deepEqual(await counted('multi'), [1, 1]);
    copy('multi', '--all');
    assert.deepEqual(await counted('multi'), [1, 1]);
  });

  for (const client of ['podman', 'buildah'] as const)
    await t.test(client, async () => {
      for (const tag of ['one', 'multi']) {
        run(client, [
          ...store(`${client}-${tag}`),
          'pull',
          insecure,
          '--arch',
          'amd64',
          `${host}/team/app:${tag}`,
        ]);
        assert.deepEqual(await counted(tag), [1, 1]);
      }
    });

  const notRoot = process.getuid?.() === 0 ? undefined : 'dockerd needs root';
  await t.test('docker', { skip: missingTools('docker', 'dockerd') ?? notRoot }, async (s) => {
    const place = join(folder.path, 'docker');
    mkdirSync(place);
    const address = `unix://${join(place, 'docker.sock')}`;
    const own = ['--data-root', join(place, 'data'), '--exec-root', join(place, 'exec')];
    const apart = ['--pidfile', join(place, 'pid'), '--iptables=false', '--ip-masq=false', '--bridge=none'];
    const args = ['--host', address, ...own, ...apart, '--storage-driver', 'vfs'];
    await using engine = await startEngine('dockerd', args, address, join(place, 'log'));
    if ('refusal' in engine) return s.skip(`dockerd cannot run here: ${engine.refusal}`);
    const env = { DOCKER_HOST: address };
    for (const tag of ['one', 'multi']) {
      run('docker', ['pull', '--platform', 'linux/amd64', `${host}/team/app:${tag}`], { env });
      assert.deepEqual(await counted(tag), [1, 1]);
    }
  });
});
