// Promise: a release that does not move says so, and what to do, in the words that people see on their terminal,
// whichever client they push with; the same image again is fine.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TagHistory } from '../../src/entry/http/contract-tag.ts';
import { startEngine } from './engine.ts';
import { makeLayout } from './layout.ts';
import { missingTools, password, plimsoll, run, startProduct, temporaryFolder } from './world.ts';

const REFUSED =
  /tag 1\.2\.3 of team\/(\w+) is a release and stays what it is \(sha256:[0-9a-f]{12}…\); push another version, or let a maintainer change the rule: plimsoll repository set HOST\/team\/\1 --immutable-tags ''/;

const notRoot = process.getuid?.() === 0 ? undefined : 'dockerd needs root';

test('skopeo, podman, buildah and docker show why a release does not move', {
  skip: missingTools('skopeo', 'podman', 'buildah', 'tar'),
}, async (t) => {
  using folder = temporaryFolder();
  await using product = await startProduct(join(folder.path, 'data'), {
    args: ['--advisories-refresh', 'off'],
  });
  const [one, two] = ['one', 'two'].map((text) => makeLayout(join(folder.path, text), [Buffer.from(text)]));

  await t.test('skopeo', () => {
    const push = (layout: string | undefined, status: number) =>
      run(
        'skopeo',
        [
          'copy',
          '--dest-tls-verify=false',
          '--dest-creds',
          `admin:${password}`,
          `oci:${layout}:a`,
          `docker://${product.host}/team/skopeo:1.2.3`,
        ],
        { status },
      );
    push(one, 0);
    push(one, 0);
    assert.match(push(two, 1).stderr, REFUSED);
    const remove = ['delete', '--tls-verify=false', '--creds', `admin:${password}`];
    const refused = run('skopeo', [...remove, `docker://${product.host}/team/skopeo:1.2.3`], { status: 1 });
    assert.match(refused.stderr, /plimsoll repository untag HOST\/team\/skopeo:1\.2\.3 --reason/);
  });

  for (const client of ['podman', 'buildah'] as const)
    await t.test(client, () => {
      const store = ['--root', join(folder.path, client), '--runroot', join(folder.path, `${client}-run`)];
      const options = [...store, '--storage-driver', 'vfs'];
      const name = `${product.host}/team/${client}:1.2.3`;
      const push = (status: number) =>
        run(
          client,
          [...options, 'push', '--tls-verify=false', '--creds', `admin:${password}`, 'image', name],
          {
            status,
          },
        );
      const make = (text: string) => {
        const file = join(folder.path, text);
        writeFileSync(file, text);
        run('tar', ['-cf', `${file}.tar`, '-C', folder.path, text]);
        run('podman', [...options, 'import', '-q', `${file}.tar`, 'image']);
      };
      make(`first-${client}`);
      push(0);
      push(0);
      make(`second-${client}`);
      assert.match(push(125).stderr, REFUSED);
    });

  await t.test('docker', { skip: missingTools('docker', 'dockerd') ?? notRoot }, async (s) => {
    const place = join(folder.path, 'docker');
    mkdirSync(join(place, 'client'), { recursive: true });
    const address = `unix://${join(place, 'docker.sock')}`;
    const own = ['--data-root', join(place, 'data'), '--exec-root', join(place, 'exec')];
    const apart = ['--pidfile', join(place, 'pid'), '--iptables=false', '--ip-masq=false', '--bridge=none'];
    const args = ['--host', address, ...own, ...apart, '--storage-driver', 'vfs'];
    await using engine = await startEngine('dockerd', args, address, join(place, 'log'));
    if ('refusal' in engine) return s.skip(`dockerd cannot run here: ${engine.refusal}`);
    const auth = Buffer.from(`admin:${password}`).toString('base64');
    const config = JSON.stringify({ auths: { [product.host]: { auth } } });
    writeFileSync(join(place, 'client', 'config.json'), config);
    const env = { DOCKER_HOST: address, DOCKER_CONFIG: join(place, 'client') };
    const name = `${product.host}/team/docker:1.2.3`;
    const push = (text: string, status: number) => {
      writeFileSync(join(place, text), text);
      run('tar', ['-cf', join(place, `${text}.tar`), '-C', place, text]);
      run('docker', ['import', join(place, `${text}.tar`), name], { env });
      return run('docker', ['push', name], { env, status });
    };
    push('first', 0);
    const { stdout, stderr } = push('second', 1);
    assert.match(stdout + stderr, REFUSED);
    assert.match(stdout + stderr, /denied: tag 1\.2\.3/);
  });

  await t.test('and the history has one move of each', async () => {
    for (const client of ['skopeo', 'podman', 'buildah']) {
      const path = `/api/v1/repositories/team/${client}/-/history/1.2.3`;
      assert.equal((await product.get<TagHistory>(path)).moves.length, 1, client);
    }
    const env = { HOME: folder.path, XDG_STATE_HOME: join(folder.path, 'state') };
    const shown = plimsoll(['history', `${product.host}/team/podman:1.2.3`, '--verify'], { env });
    assert.match(shown.stdout, /● in the log: 1 move of the tag log/);
  });
});
