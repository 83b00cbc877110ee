// Images in an engine: a fake one on a private socket or on loopback; test/interop/engine.test.ts has the real ones.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseReference } from '../../formats/oci/reference.ts';
import { collectBytes } from '../../kit/bytes.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { copyImage } from './copy.ts';
import { findEngines } from './engine/places.ts';
import {
  engineCertificate,
  type FakeEngineOptions,
  savedByContainerd,
  savedByOldDocker,
  startFakeEngine,
  writeContext,
} from './engine.fixture.ts';
import { type EngineDeps, openEngineSource } from './engine.ts';
import { imageErrors } from './errors.ts';
import { addImage, addIndex, formatLayer } from './fixture-image.ts';
import { openLayoutTarget } from './layout.ts';
import { createMemoryPlace } from './memory.ts';
import { chooseImage } from './platform-choice.ts';
import type { ImageSource } from './source.ts';

const layers = [
  formatLayer([{ path: 'a', body: 'a' }]),
  formatLayer([{ path: 'b', body: 'b'.repeat(9000) }]),
];

/** A folder of one's own: sockets, docker's settings, and the place for temporary files. */
function scratch() {
  const path = mkdtempSync(join(tmpdir(), 'plimsoll-e-'));
  const temporaryFolder = join(path, 'tmp');
  mkdirSync(temporaryFolder);
  return {
    path,
    socket: (name: string) => join(path, name),
    left: () => readdirSync(temporaryFolder),
    deps: (env: Record<string, string>, more: Partial<EngineDeps> = {}): EngineDeps => ({
      // The machine's own engines are left alone.
      places: { home: path, env: { CONTAINER_HOST: `unix://${path}/no-podman`, ...env } },
      temporaryFolder,
      ...more,
    }),
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}

function open(text: string, deps: EngineDeps): Promise<ImageSource> {
  const reference = parseReference(text);
  assert.ok(reference.kind === 'engine');
  return openEngineSource(reference, deps);
}

function bothPlatforms() {
  const memory = createMemoryPlace();
  const amd = addImage(memory, layers);
  const arm = addImage(memory, layers.slice(1), { architecture: 'arm64', compression: 'zstd' });
  const index = addIndex(memory, [
    ['linux/amd64', amd],
    ['linux/arm64', arm],
  ]);
  memory.tags.set('both', index.descriptor.digest);
  memory.tags.set('amd', amd.descriptor.digest);
  return { memory, amd, arm, index };
}

/** Code and message; both must fit. */
const fails = (code: string, message: RegExp) => (error: unknown) => {
  assert.ok(isPlimsollError(error, { code }), String(error));
  assert.match(error.message, message);
  return true;
};

describe('an image in an engine', () => {
  it('of docker’s containerd store keeps its index, its digests and its compressed layers', async () => {
    using at = scratch();
    const { memory, index } = bothPlatforms();
    const images = { 'team/app:1': await savedByContainerd(memory, 'both') };
    await using engine = await startFakeEngine({ socket: at.socket('docker'), images });
    await using source = await open('local://team/app:1', at.deps({ DOCKER_HOST: engine.address }));
    assert.equal(source.name, 'local://team/app:1');
    assert.equal((await source.root()).descriptor.digest, index.descriptor.digest);
    const back = createMemoryPlace();
    await copyImage(source, back.target('x'), { referrers: true });
    assert.deepEqual([...back.blobs.keys()].sort(), [...memory.blobs.keys()].sort());
    assert.deepEqual(engine.asked.slice(0, 2), ['/_ping', '/images/team/app:1/json']);
  });

  it('of docker before 25 and of podman has its layers and configuration, and digests of its own', async () => {
    using at = scratch();
    const { memory } = bothPlatforms();
    const images = { app: await savedByOldDocker(memory, 'amd', layers) };
    await using engine = await startFakeEngine({ images });
    await using source = await open('docker-daemon:app', at.deps({ DOCKER_HOST: engine.address }));
    const { manifest, configBytes } = await chooseImage(source);
    assert.deepEqual(
      Buffer.from(configBytes),
      Buffer.from((await chooseImage(memory.source('amd'))).configBytes),
    );
    for (const [position, layer] of manifest.layers.entries())
      assert.deepEqual(
        Buffer.from(await collectBytes(await source.blob(layer), 1e6, imageErrors.damaged)),
        Buffer.from(layers[position]!),
      );
  });

  it('lies in a private file while it is open, and is gone afterwards', async () => {
    using at = scratch();
    const { memory } = bothPlatforms();
    const images = { app: await savedByContainerd(memory, 'both') };
    await using engine = await startFakeEngine({ images });
    {
      await using _source = await open('local://app', at.deps({ DOCKER_HOST: engine.address }));
      const [folder] = at.left();
      const path = join(at.path, 'tmp', folder!);
      assert.equal(statSync(path).mode & 0o777, 0o700);
      assert.equal(statSync(join(path, 'image.tar')).mode & 0o777, 0o600);
    }
    assert.deepEqual(at.left(), []);
  });

  it('of which only one platform was pulled is read for that one, and the others are said to be missing', async () => {
    using at = scratch();
    const { memory, arm } = bothPlatforms();
    memory.manifests.delete(arm.descriptor.digest);
    const images = { app: await savedByContainerd(memory, 'both') };
    await using engine = await startFakeEngine({ images });
    await using source = await open('local://app', at.deps({ DOCKER_HOST: engine.address }));
    assert.equal((await chooseImage(source)).config.diffIds.length, 2);
    const partly = fails(
      'images.missing',
      /^the engine holds only part of app, without sha256:.*registry:\/\/app$/,
    );
    await assert.rejects(chooseImage(source, { os: 'linux', architecture: 'arm64' }), partly);
    await using target = await openLayoutTarget({ folder: join(at.path, 'out'), tag: '1' });
    await assert.rejects(copyImage(source, target, { referrers: false }), partly);
  });
});

describe('which engine is asked', () => {
  it('docker first, then podman; an image that neither has names both', async () => {
    using at = scratch();
    const { memory } = bothPlatforms();
    const saved = await savedByContainerd(memory, 'amd');
    await using docker = await startFakeEngine({ images: { 'only-docker': saved } });
    await using podman = await startFakeEngine({
      socket: at.socket('podman'),
      images: { 'only-podman': saved },
    });
    const deps = at.deps({ DOCKER_HOST: docker.address, CONTAINER_HOST: podman.address });
    for (const name of ['only-docker', 'only-podman']) {
      await using source = await open(`local://${name}`, deps);
      assert.equal((await chooseImage(source)).config.diffIds.length, 2);
    }
    await assert.rejects(
      open('local://neither', deps),
      fails(
        'images.missing',
        /^docker at tcp:.* \(DOCKER_HOST\) and podman at unix:.* \(CONTAINER_HOST\) have no image neither; registry:\/\/neither asks its registry$/,
      ),
    );
    await assert.rejects(
      open('docker-daemon:only-podman', deps),
      fails('images.missing', /^docker at tcp:\S+ \(DOCKER_HOST\) has no image/),
    );
  });

  it('an engine that is not there is not one that lacks the image', async () => {
    using at = scratch();
    await using podman = await startFakeEngine();
    const gone = `unix://${at.socket('gone')}`;
    await assert.rejects(
      open('local://app', at.deps({ DOCKER_HOST: gone, CONTAINER_HOST: podman.address })),
      fails(
        'images.missing',
        /podman at .* has no image app, and what else was tried .*gone.*no such socket/,
      ),
    );
    await assert.rejects(
      open('local://app', at.deps({ DOCKER_HOST: gone })),
      fails(
        'images.engine_unreachable',
        /docker at .*gone \(DOCKER_HOST\): no such socket; podman at .*no-podman \(CONTAINER_HOST\): no such/,
      ),
    );
  });

  it('podman is looked for in this session and in the system, docker at its usual socket', async () => {
    const places = { home: '/nowhere', env: { XDG_RUNTIME_DIR: '/run/user/7' } };
    const shown = async (...wish: Parameters<typeof findEngines>) =>
      (await findEngines(...wish)).map((place) => place.shown);
    assert.deepEqual(await shown(places, undefined), [
      'docker at unix:///var/run/docker.sock',
      'podman at unix:///run/user/7/podman/podman.sock',
      'podman at unix:///run/podman/podman.sock',
    ]);
    assert.deepEqual(await shown(places, 'docker'), ['docker at unix:///var/run/docker.sock']);
  });

  it('addresses that are not spoken or not read are told apart', async () => {
    using at = scratch();
    for (const host of ['ssh://me@box', 'npipe:////./pipe/docker_engine'])
      await assert.rejects(
        open('local://app', at.deps({ DOCKER_HOST: host })),
        fails('images.engine_unsupported', /is not spoken; run docker save -o FILE there.*archive:\/\/FILE/),
      );
    await assert.rejects(
      open('local://app', at.deps({ DOCKER_HOST: 'docker.example.org' })),
      fails('images.engine_unreachable', /write unix:\/\/\/PATH or tcp:\/\/HOST:PORT/),
    );
  });

  it('docker’s current context is followed, DOCKER_CONTEXT goes before it, DOCKER_HOST before both', async () => {
    using at = scratch();
    const { memory } = bothPlatforms();
    const saved = await savedByContainerd(memory, 'amd');
    await using one = await startFakeEngine({ socket: at.socket('one'), images: { one: saved } });
    await using two = await startFakeEngine({ socket: at.socket('two'), images: { two: saved } });
    await using three = await startFakeEngine({ socket: at.socket('three'), images: { three: saved } });
    mkdirSync(join(at.path, '.docker'));
    writeFileSync(join(at.path, '.docker/config.json'), '{"auths":{},"currentContext":"one"}');
    writeContext(at.path, 'one', { Host: one.address });
    writeContext(at.path, 'two', { Host: two.address });
    writeContext(at.path, 'empty', {});
    await (await open('docker-daemon:one', at.deps({})))[Symbol.asyncDispose]();
    await (await open('docker-daemon:two', at.deps({ DOCKER_CONTEXT: 'two' })))[Symbol.asyncDispose]();
    const host = { DOCKER_CONTEXT: 'two', DOCKER_HOST: three.address };
    await (await open('docker-daemon:three', at.deps(host)))[Symbol.asyncDispose]();
    await assert.rejects(
      open('docker-daemon:one', at.deps({ DOCKER_CONTEXT: 'gone' })),
      fails('images.engine_unreachable', /meta\.json \(context gone\): docker has no such context$/),
    );
    await assert.rejects(
      open('docker-daemon:one', at.deps({ DOCKER_CONTEXT: 'empty' })),
      fails('images.engine_unreachable', /names no docker endpoint/),
    );
    writeFileSync(join(at.path, '.docker/config.json'), '[]');
    await assert.rejects(
      open('docker-daemon:one', at.deps({})),
      fails('images.credentials_unreadable', /json/),
    );
  });

  it('a context’s certificates are shown and the engine’s is checked, unless the context says not to', async () => {
    using at = scratch();
    const { memory } = bothPlatforms();
    const images = { app: await savedByContainerd(memory, 'amd') };
    const { key, cert } = engineCertificate;
    const tls = { key, cert, ca: cert, requestCert: true, rejectUnauthorized: true };
    await using engine = await startFakeEngine({ tls, images });
    const certificates = { ca: cert, cert, key };
    writeContext(at.path, 'mutual', { Host: engine.address }, certificates);
    writeContext(at.path, 'skips', { Host: engine.address, SkipTLSVerify: true }, { cert, key });
    writeContext(at.path, 'stranger', { Host: engine.address }, { cert, key });
    for (const DOCKER_CONTEXT of ['mutual', 'skips'])
      await (await open('local://app', at.deps({ DOCKER_CONTEXT })))[Symbol.asyncDispose]();
    await assert.rejects(
      open('local://app', at.deps({ DOCKER_CONTEXT: 'stranger' })),
      fails('images.engine_unreachable', /context stranger\): self-signed certificate/),
    );
    const folder = join(at.path, 'certificates');
    mkdirSync(folder);
    for (const [name, pem] of Object.entries(certificates)) writeFileSync(join(folder, `${name}.pem`), pem);
    const env = { DOCKER_HOST: engine.address, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder };
    await (await open('local://app', at.deps(env)))[Symbol.asyncDispose]();
    await assert.rejects(
      open('local://app', at.deps({ ...env, DOCKER_CERT_PATH: at.path })),
      fails('images.engine_unreachable', /self-signed certificate/),
    );
  });
});

describe('a hostile or broken engine', () => {
  async function against(
    options: FakeEngineOptions,
    code: string,
    message: RegExp,
    more: Partial<EngineDeps> = {},
  ): Promise<void> {
    using at = scratch();
    await using engine = await startFakeEngine(options);
    const deps = at.deps({ DOCKER_HOST: engine.address }, more);
    await assert.rejects(open('docker-daemon:app', deps), fails(code, message));
    assert.deepEqual(at.left(), [], 'nothing stays');
  }
  const saving = (save: (response: ServerResponse) => void): FakeEngineOptions => ({ images: { app: save } });

  it('that sends without end is cut off at the limit', () =>
    against(
      saving((response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
          response.once('drain', more);
        };
        more();
      }),
      'images.engine_too_large',
      /sends more than 1\.0 MB for one image/,
      { limits: { ...limits, engineImageBytes: 1_000_000 } },
    ));

  it('that breaks off, or ends too early, gives no image', async () => {
    const { memory } = bothPlatforms();
    const saved = await savedByContainerd(memory, 'both');
    await against(
      saving((response) => response.write(saved.subarray(0, 3000), () => response.destroy())),
      'images.engine_failed',
      /breaks off after [\d.]+ k?B of the image: the connection was cut$/,
    );
    await against(
      saving((response) => response.end(saved.subarray(0, 700))),
      'images.damaged',
      /^docker-daemon:app/,
    );
    await against(
      saving((response) => response.end('{"message":"write: no space left on device"}')),
      'images.damaged',
      /docker-daemon:app/,
    );
    await against(
      saving((response) => response.end()),
      'images.damaged',
      /docker-daemon:app/,
    );
    const empty = formatLayer([{ path: 'manifest.json', body: '[]' }]);
    await against(
      saving((response) => response.end(empty)),
      'images.damaged',
      /sends no such image/,
    );
  });

  it('that refuses is quoted within bounds and without control characters', async () => {
    const refusing = (status: number, body: string, type = 'application/json') =>
      saving((response) => response.writeHead(status, { 'content-type': type }).end(body));
    await against(
      refusing(500, JSON.stringify({ message: `no \u001b[31mspace${'x'.repeat(1000)}` })),
      'images.engine_failed',
      /asked to save sha256:0+, answers 500: no \[31mspacex{285,}…$/,
    );
    const page = `<html>${'x'.repeat(1_000_000)}</html>`;
    await against(refusing(500, page, 'text/html'), 'images.engine_failed', /answers 500$/);
  });

  it('that describes no image, or does not end describing it, has none', async () => {
    const describing = (body: string): FakeEngineOptions => ({
      answer: (request, response) => {
        response.setHeader('api-version', '1.51');
        response.end(request.url === '/_ping' ? 'OK' : body);
      },
    });
    for (const body of ['', '[]', '{"Id":7}', '{"Id":"sha256:../../etc"}', '\u0000', '<html>'])
      await against(describing(body), 'images.engine_failed', /without an image id/);
    const small = { limits: { ...limits, registryAnswerBytes: 100 } };
    await against(describing('x'.repeat(101)), 'images.engine_failed', /does not end/, small);
  });

  it('that is none is not reached', async () => {
    const plain: FakeEngineOptions = { answer: (_request, response) => void response.end('hello') };
    await against(plain, 'images.engine_unreachable', /what answers there is not a container engine/);
    const failing: FakeEngineOptions = { answer: (_request, response) => void response.writeHead(502).end() };
    await against(failing, 'images.engine_unreachable', /: answers 502/);
    const silent: FakeEngineOptions = { answer: () => {} };
    const patience = { limits: { ...limits, connectMs: 20 } };
    await against(silent, 'images.engine_unreachable', /is silent for 0\.02 s/, patience);
  });

  it('a stop in the middle ends the transfer, and a folder that is not there is told', async () => {
    using at = scratch();
    const stop = new AbortController();
    await using engine = await startFakeEngine(
      saving((response) => response.write(Buffer.alloc(1000), () => stop.abort(new Error('stopped')))),
    );
    const env = { DOCKER_HOST: engine.address };
    await assert.rejects(open('local://app', at.deps(env, { signal: stop.signal })), /^Error: stopped$/);
    assert.deepEqual(at.left(), []);
    await assert.rejects(
      open('local://app', at.deps(env, { temporaryFolder: join(at.path, 'none') })),
      fails('images.place_unwritable', /none cannot be written: ENOENT/),
    );
  });
});
