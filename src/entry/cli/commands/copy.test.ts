import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addIndex, addReferrer } from '../../../io/images/fixture-image.ts';
import { addDebianImage, createFakeWorld } from '../world.fixture.ts';

const FROM = 'registry.example.org/app:1.0';
const TO = 'oci:folder:1.0';

/** Two worlds' places in one: what is read is here, what is written goes there. */
function worlds(signal?: AbortSignal) {
  const there = createFakeWorld();
  const here = createFakeWorld({
    world: { openTarget: there.world.openTarget, ...(signal === undefined ? {} : { signal }) },
  });
  return { here, there };
}

test('the digest goes to standard output, what was done to standard error', async () => {
  const { here, there } = worlds();
  const { digest } = addDebianImage(here.place, FROM).descriptor;
  const first = await here.run('copy', FROM, TO);
  assert.deepEqual([first.exitCode, first.stdout], [0, `${digest}\n`]);
  assert.match(first.stderr, /Copied to oci:folder:1\.0: .+ in 2 blobs, 0 already there\n$/);
  assert.equal(there.place.tags.get(TO), digest);
  const again = await here.run('copy', FROM, TO);
  assert.match(again.stderr, /: already there\n[\s\S]*0 B in 0 blobs, 2 already there\n$/);
});

test('--quiet says the digest and nothing else', async () => {
  const { here } = worlds();
  const { digest } = addDebianImage(here.place, FROM).descriptor;
  assert.deepEqual(await here.run('copy', '--quiet', FROM, TO), {
    exitCode: 0,
    stdout: `${digest}\n`,
    stderr: '',
  });
});

test('referrers come along unless --no-referrers says otherwise', async () => {
  const { here, there } = worlds();
  const referrer = addReferrer(here.place, addDebianImage(here.place, FROM), 'a note').descriptor.digest;
  await here.run('copy', '--no-referrers', FROM, TO);
  assert.ok(!there.place.manifests.has(referrer));
  await here.run('copy', FROM, TO);
  assert.ok(there.place.manifests.has(referrer));
});

test('an index is copied whole, or one platform of it', async () => {
  const { here, there } = worlds();
  const amd64 = addDebianImage(here.place, 'unused', 'amd64');
  const arm64 = addDebianImage(here.place, 'unused', 'arm64');
  const index = addIndex(here.place, [
    ['linux/amd64', amd64],
    ['linux/arm64', arm64],
  ]);
  here.place.tags.set(FROM, index.descriptor.digest);
  const one = await here.run('copy', FROM, TO, '--platform', 'linux/arm64');
  assert.equal(one.stdout, `${arm64.descriptor.digest}\n`);
  assert.deepEqual([...there.place.manifests.keys()], [arm64.descriptor.digest]);
  assert.equal((await here.run('copy', FROM, TO)).stdout, `${index.descriptor.digest}\n`);
  assert.ok(there.place.manifests.has(amd64.descriptor.digest));
});

test('a source that is not there names nothing at the target', async () => {
  const { here, there } = worlds();
  const { exitCode, stdout, stderr } = await here.run('copy', FROM, TO);
  assert.deepEqual([exitCode, stdout], [3, '']);
  assert.match(stderr, /\[images\.missing\]/);
  assert.equal(there.place.tags.size, 0);
});

test('told to stop, it stops before the name is given', async () => {
  const controller = new AbortController();
  const { here, there } = worlds(controller.signal);
  addDebianImage(here.place, FROM);
  controller.abort();
  const { exitCode, stdout, stderr } = await here.run('copy', '-q', FROM, TO);
  assert.deepEqual([exitCode, stdout, stderr], [1, '', 'plimsoll: stopped before the end\n']);
  assert.equal(there.place.tags.size, 0);
});
