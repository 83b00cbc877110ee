// `image://`: the engine's image, else the registry's; and what an engine's failure means for that.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatReference, parseReference } from '../formats/oci/reference.ts';
import { savedByContainerd, startFakeEngine } from '../io/images/engine.fixture.ts';
import { addImage, formatLayer } from '../io/images/fixture-image.ts';
import { createMemoryPlace } from '../io/images/memory.ts';
import { readPlaces } from './config.ts';
import { openLocal } from './engine-place.ts';

const memory = createMemoryPlace();
const image = addImage(memory, [formatLayer([{ path: 'a', body: 'a' }])]);
memory.tags.set('1', image.descriptor.digest);
const saved = await savedByContainerd(memory, '1');

/** The name of what is opened; registries answer with theirs. */
async function nameOf(text: string, env: Record<string, string>): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'plimsoll-local-'));
  try {
    const reference = parseReference(text);
    assert.ok(reference.kind === 'engine' || reference.kind === 'any');
    await using source = await openLocal(reference, {
      places: readPlaces({ HOME: home, CONTAINER_HOST: `unix://${home}/no-podman`, ...env }),
      signal: new AbortController().signal,
      openRegistry: async (named) => ({ ...memory.source('1'), name: formatReference(named) }),
    });
    assert.equal((await source.root()).descriptor.digest, image.descriptor.digest);
    return source.name;
  } finally {
    rmSync(home, { recursive: true });
  }
}

test('image:// is the engine’s image where it has it, else the registry’s', async () => {
  await using engine = await startFakeEngine({ images: { app: saved } });
  const env = { DOCKER_HOST: engine.address };
  assert.equal(await nameOf('image://app', env), 'local://app');
  assert.equal(await nameOf('local://app', env), 'local://app');
  assert.equal(await nameOf('image://other', env), 'docker.io/library/other:latest');
  assert.equal(await nameOf('image://app', { DOCKER_HOST: 'ssh://box' }), 'docker.io/library/app:latest');
  assert.equal(
    await nameOf('image://app', { DOCKER_HOST: 'unix:///nowhere/x' }),
    'docker.io/library/app:latest',
  );
});

test('image:// does not go past an engine that fails: what it holds is not known', async () => {
  await using engine = await startFakeEngine({
    answer: (request, response) => {
      response.setHeader('api-version', '1.51');
      response.writeHead(request.url === '/_ping' ? 200 : 500).end();
    },
  });
  await assert.rejects(nameOf('image://app', { DOCKER_HOST: engine.address }), {
    code: 'images.engine_failed',
  });
});
