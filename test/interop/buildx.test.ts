// Promise: `docker buildx` builds for several platforms and pushes here, with provenance; joins images into an index,
// looks into it, and docker pulls it again. The engine is a real dockerd that keeps images in containerd, so that its
// own BuildKit may push an index; a BuildKit in a container (`buildx create`) would have to be pulled from elsewhere.
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ImageDetail } from '../../src/entry/http/contract.ts';
import { startEngine } from './engine.ts';
import { missingNewerTools, missingTools, password, run, startProduct, temporaryFolder } from './world.ts';

const tools = ['docker-buildx', 'docker-newer', 'dockerd-newer'];
const skip =
  missingNewerTools(...tools) ??
  missingTools('runc') ??
  (process.getuid?.() === 0 ? undefined : 'dockerd needs root');

interface Index {
  readonly mediaType: string;
  readonly manifests: readonly {
    readonly digest: string;
    readonly platform?: { readonly os: string; readonly architecture: string };
    readonly annotations?: Readonly<Record<string, string>>;
  }[];
}

test('docker buildx builds, joins, inspects and pulls images of several platforms', { skip }, async (t) => {
  using folder = temporaryFolder();
  const place = folder.path;
  await using product = await startProduct(join(place, 'data'), { args: ['--advisories-refresh', 'off'] });
  const address = `unix://${join(place, 'docker.sock')}`;
  const args = [
    ...['--host', address, '--data-root', join(place, 'engine'), '--exec-root', join(place, 'exec')],
    ...['--pidfile', join(place, 'pid'), '--iptables=false', '--ip6tables=false', '--ip-masq=false'],
    ...['--bridge=none', '--storage-driver', 'native', '--feature', 'containerd-snapshotter=true'],
  ];
  await using engine = await startEngine('dockerd-newer', args, address, join(place, 'log'));
  if ('refusal' in engine) return t.skip(`dockerd cannot run here: ${engine.refusal}`);

  const client = join(place, 'client');
  mkdirSync(join(client, 'cli-plugins'), { recursive: true });
  symlinkSync(run('which', ['docker-buildx']).stdout.trim(), join(client, 'cli-plugins/docker-buildx'));
  const auth = Buffer.from(`admin:${password}`).toString('base64');
  writeFileSync(join(client, 'config.json'), JSON.stringify({ auths: { [product.host]: { auth } } }));
  const env = { DOCKER_HOST: address, DOCKER_CONFIG: client, BUILDX_NO_DEFAULT_ATTESTATIONS: '1' };
  const docker = (words: string, status = 0) =>
    run('docker-newer', words.replaceAll('HOST', product.host).split(' '), { cwd: place, env, status });
  const raw = (name: string): Index =>
    JSON.parse(docker(`buildx imagetools inspect --raw HOST/${name}`).stdout);
  const platforms = (index: Index) =>
    index.manifests.map(({ platform }) => `${platform?.os}/${platform?.architecture}`);

  writeFileSync(join(place, 'note.txt'), 'hello from scratch\n');
  writeFileSync(
    join(place, 'Dockerfile'),
    'FROM scratch\nARG TARGETARCH\nLABEL arch=$TARGETARCH\nCOPY note.txt /note.txt\nCMD ["/note.txt"]\n',
  );

  await t.test('one platform, without statements', () => {
    docker('buildx build --push --tag HOST/team/one:1 --platform linux/amd64 .');
    const digest = docker('buildx imagetools inspect HOST/team/one:1').stdout;
    assert.match(digest, /Digest: +sha256:[0-9a-f]{64}/);
  });

  await t.test('two platforms with provenance are one index', async () => {
    docker(
      'buildx build --push --tag HOST/team/both:1 --platform linux/amd64,linux/arm64 --provenance mode=max .',
    );
    const index = raw('team/both:1');
    assert.equal(index.mediaType, 'application/vnd.oci.image.index.v1+json');
    assert.deepEqual(platforms(index), ['linux/amd64', 'linux/arm64', 'unknown/unknown', 'unknown/unknown']);
    const attested = index.manifests
      .filter(({ annotations }) => annotations?.['vnd.docker.reference.type'] === 'attestation-manifest')
      .map(({ annotations }) => annotations?.['vnd.docker.reference.digest']);
    assert.deepEqual(
      attested,
      index.manifests.slice(0, 2).map(({ digest }) => digest),
    );
    const format = '{{json .Provenance}}';
    const shown = run(
      'docker-newer',
      ['buildx', 'imagetools', 'inspect', '--format', format, `${product.host}/team/both:1`],
      { env },
    );
    const provenance = JSON.parse(shown.stdout);
    assert.deepEqual(Object.keys(provenance).sort(), ['linux/amd64', 'linux/arm64']);
    const path = '/api/v1/repositories/team/both/-/images/1';
    const { platforms: shownPlatforms } = await product.get<ImageDetail>(path);
    assert.deepEqual(shownPlatforms.map(({ platform: name }) => name).sort(), ['linux/amd64', 'linux/arm64']);
  });

  await t.test('imagetools joins two images into an index, across repositories', () => {
    docker('buildx build --push --tag HOST/team/arm:1 --platform linux/arm64 .');
    docker(
      'buildx imagetools create --tag HOST/team/joined:1 --tag HOST/team/joined:latest HOST/team/one:1 HOST/team/arm:1',
    );
    assert.deepEqual(platforms(raw('team/joined:1')), ['linux/amd64', 'linux/arm64']);
    assert.deepEqual(raw('team/joined:latest'), raw('team/joined:1'));
    docker(
      'buildx imagetools create --tag HOST/team/joined:1 --append HOST/team/both:1 --annotation index:org.example.made=joined',
    );
    assert.ok(platforms(raw('team/joined:1')).length >= 4);
    const copied = docker('buildx imagetools create --tag HOST/team/copied:1 HOST/team/both:1');
    assert.deepEqual(raw('team/copied:1'), raw('team/both:1'), copied.stderr);
  });

  await t.test('docker pulls each platform by its digest and pushes the whole index again', () => {
    for (const platform of ['linux/amd64', 'linux/arm64'] as const) {
      docker(`pull --platform ${platform} HOST/team/both:1`);
      const label = docker(
        `image inspect --platform ${platform} --format {{.Config.Labels.arch}} HOST/team/both:1`,
      ).stdout;
      assert.equal(label.trim(), platform.split('/')[1]);
    }
    docker('tag HOST/team/both:1 HOST/team/pushed:1');
    docker('push HOST/team/pushed:1');
    assert.deepEqual(raw('team/pushed:1'), raw('team/both:1'));
  });

  await t.test('layers and what was built are kept in the registry as a cache', () => {
    docker(
      'buildx build --push --tag HOST/team/cached:1 --cache-to type=registry,ref=HOST/team/cache:1,mode=max .',
    );
    docker('buildx prune --all --force');
    const again = docker(
      'buildx build --progress plain --push --tag HOST/team/cached:2 --cache-from type=registry,ref=HOST/team/cache:1 .',
    );
    assert.match(again.stderr, /importing cache manifest from/);
    assert.match(again.stderr, /CACHED/);
  });

  await t.test('a release that does not move says why, where people see it', () => {
    docker('buildx build --push --tag HOST/team/one:1.2.3 .');
    writeFileSync(join(place, 'note.txt'), 'another\n');
    const refused = docker('buildx build --push --tag HOST/team/one:1.2.3 .', 1);
    assert.match(refused.stderr, /tag 1\.2\.3 of team\/one is a release and stays what it is/);
  });
});
