import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addImage, formatLayer } from '../../io/images/fixture-image.ts';
import { createMemoryPlace } from '../../io/images/memory.ts';
import { environmentOfTag, environmentTag, readEnvironment, writeEnvironment } from './environment.ts';

const NOW = '2026-03-01T12:00:00Z';

test('environment: what is recorded is read back, and the image knows of it', async () => {
  const place = createMemoryPlace();
  const image = addImage(place, [formatLayer([{ path: 'a' }])]).descriptor;
  const tag = environmentTag('production');
  const record = { environment: 'production', image, reference: 'registry.example.org/app:1', now: NOW };
  await writeEnvironment(place.target(tag), record);
  assert.deepEqual(await readEnvironment(place.source(tag)), {
    environment: 'production',
    digest: image.digest,
    mediaType: image.mediaType,
    reference: 'registry.example.org/app:1',
    recordedAt: NOW,
  });
  const referrers = await place.source(tag).referrers(image.digest);
  assert.equal(referrers.length, 1);
  // Said again: the same bytes, no second record.
  await writeEnvironment(place.target(tag), record);
  assert.equal((await place.source(tag).referrers(image.digest)).length, 1);
});

test('environment: a tag that leads to an image is no record', async () => {
  const place = createMemoryPlace();
  place.tags.set('plimsoll-env-x', addImage(place, [formatLayer([{ path: 'a' }])]).descriptor.digest);
  await assert.rejects(readEnvironment(place.source('plimsoll-env-x')), { code: 'hub.environment_damaged' });
});

test('environment: names fit into a tag, and tags are told apart', () => {
  for (const name of ['production', 'eu-west_1.blue', 'A'.repeat(64)])
    assert.equal(environmentOfTag(environmentTag(name)), name);
  for (const name of ['', '-x', 'a b', 'ä', 'a/b', 'A'.repeat(65)])
    assert.throws(() => environmentTag(name), { code: 'hub.environment_invalid' }, name);
  for (const tag of ['latest', 'plimsoll-env-', 'sha256-abc.sig'])
    assert.equal(environmentOfTag(tag), undefined);
});
