// Images in real engines: Debian's dockerd in a private folder (and with its containerd store where it knows that),
// podman's service, and what both save: each has the same inventory as the layout that they were loaded from.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Engine, engineEnv, startEngine, startPodman } from './engine.ts';
import { makeSmallDebian } from './small-debian.ts';
import { missingNewerTools, missingTools, plimsoll, run, temporaryFolder } from './world.ts';

type Store = 'classic' | 'containerd';

/** Another dockerd than the machine's can be named, to try a newer one. */
const dockerd = process.env.PLIMSOLL_TEST_DOCKERD ?? 'dockerd';
/** Debian's own may be too old for containerd's store: then the one that .ci/newer-tools got. */
const dockerdFor = (store: Store): string =>
  dockerd === 'dockerd' && store === 'containerd' && missingNewerTools('dockerd-newer') === undefined
    ? 'dockerd-newer'
    : dockerd;
const skipDocker =
  missingTools('docker', 'umoci', 'skopeo', ...(dockerd === 'dockerd' ? ['dockerd'] : [])) ??
  (process.getuid?.() === 0 ? undefined : 'dockerd needs root');
const skipPodman = missingTools('podman', 'umoci', 'skopeo');

for (const store of ['classic', 'containerd'] as const)
  test(`dockerd’s ${store} image store: local:// and docker save`, { skip: skipDocker }, async (t) => {
    if (store === 'containerd' && dockerMajor(store) < 24) {
      t.skip(
        `dockerd ${dockerMajor(store)} has no containerd image store; PLIMSOLL_TEST_DOCKERD names a newer one`,
      );
      return;
    }
    using folder = temporaryFolder();
    const image = makeSmallDebian(folder.path);
    await using engine = await startDocker(join(folder.path, 'engine'), store);
    // Whether a container may mount and make cgroups is its host's choice: nothing that CI could install.
    if ('refusal' in engine) {
      t.skip(`dockerd cannot run here: ${engine.refusal}`);
      return;
    }
    const env = engineEnv(folder.path, { DOCKER_HOST: engine.address });
    run('docker', ['load', '--quiet', '--input', image.dockerArchive], { env });

    const wanted = packagesOf(image.layout, env);
    assert.deepEqual(wanted, image.packages, 'the layout itself is read right');
    const id = run('docker', ['image', 'inspect', '--format', '{{.Id}}', image.name], { env }).stdout.trim();
    for (const reference of [
      `local://${image.name}`,
      `docker-daemon:${image.name}`,
      `image://${image.name}`,
      `local://${id}`,
      `local://${id.slice('sha256:'.length, 'sha256:'.length + 12)}`,
    ])
      assert.deepEqual(packagesOf(reference, env), wanted, reference);

    const archive = join(folder.path, 'saved.tar');
    run('docker', ['save', '--output', archive, image.name], { env });
    for (const reference of [`archive://${archive}`, `docker-archive:${archive}:${image.name}`])
      assert.deepEqual(packagesOf(reference, env), wanted, reference);

    const copied = join(folder.path, 'copied');
    plimsoll(['copy', '-q', `local://${image.name}`, `oci:${copied}:1`], { env });
    assert.deepEqual(packagesOf(`oci-dir://${copied}:1`, env), wanted);

    const absent = plimsoll(['inspect', '-q', 'local://plimsoll-test/absent'], { env, status: 3 });
    assert.match(absent.stderr, /docker at unix:.*has no image plimsoll-test\/absent.*registry:\/\//);
  });

test('podman’s service: local:// and podman save', { skip: skipPodman }, async () => {
  using folder = temporaryFolder();
  const image = makeSmallDebian(folder.path);
  const store = [
    ...['--root', join(folder.path, 'root'), '--runroot', join(folder.path, 'run')],
    ...['--storage-driver', 'vfs'],
  ];
  await using engine = await startPodman(join(folder.path, 'podman.sock'), store);
  assert.ok('address' in engine, JSON.stringify(engine));
  const env = engineEnv(folder.path, { CONTAINER_HOST: engine.address });
  run('podman', [...store, 'load', '--quiet', '--input', image.dockerArchive]);

  const wanted = packagesOf(image.layout, env);
  assert.deepEqual(wanted, image.packages, 'the layout itself is read right');
  for (const reference of [`local://${image.name}`, `image://docker.io/${image.name}`])
    assert.deepEqual(packagesOf(reference, env), wanted, reference);
  for (const format of ['docker-archive', 'oci-archive']) {
    const archive = join(folder.path, `${format}.tar`);
    run('podman', [...store, 'save', '--quiet', '--format', format, '--output', archive, image.name]);
    for (const reference of [`archive://${archive}`, `${format}:${archive}`])
      assert.deepEqual(packagesOf(reference, env), wanted, reference);
  }
});

function packagesOf(reference: string, env: Record<string, string>): string[] {
  const report = JSON.parse(plimsoll(['inspect', '-q', '--format', 'json', reference], { env }).stdout);
  const packages: { name: string; version: string }[] = report.inventory.packages;
  return packages.map(({ name, version }) => `${name} ${version}`).sort();
}

function dockerMajor(store: Store): number {
  return Number(/version (\d+)\./.exec(run(dockerdFor(store), ['--version']).stdout)?.[1]);
}

/** No network of its own and no change to the machine's: images alone are wanted. */
async function startDocker(folder: string, store: Store): Promise<Engine> {
  run('mkdir', [folder]);
  const address = `unix://${join(folder, 'docker.sock')}`;
  const config = join(folder, 'daemon.json');
  writeFileSync(config, JSON.stringify({ features: { 'containerd-snapshotter': store === 'containerd' } }));
  const args = [
    ...['--host', address, '--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
    ...['--pidfile', join(folder, 'pid'), '--iptables=false', '--ip-masq=false', '--bridge=none'],
    ...['--storage-driver', store === 'containerd' ? 'native' : 'vfs', '--config-file', config],
  ];
  return startEngine(dockerdFor(store), args, address, join(folder, 'log'));
}
