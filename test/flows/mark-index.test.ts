// Promise: an index is as good as its worst platform, whatever the index or a manifest in it calls an image that engines
// would run all the same.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ImageVerdict } from '../../src/entry/http/contract-verdict.ts';
import { debianImage, type MadeImage } from '../world/image.ts';
import { bootProduct, temporaryFolder, until } from '../world/product.ts';

const good = debianImage(['one 1.0'], { user: '1000' });
const bad = debianImage(['two 1.0'], { user: 'root' });
const linux = { os: 'linux', architecture: 'amd64' };
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';

function made(mediaType: string, value: object, below: readonly MadeImage[]): MadeImage {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...value }));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const own = { digest, mediaType, bytes };
  return {
    ...own,
    blobs: new Map(below.flatMap(({ blobs }) => [...blobs])),
    manifests: [...below.flatMap(({ manifests }) => manifests), own],
    layers: below.flatMap(({ layers }) => layers),
  };
}

const of = ({ digest, mediaType, bytes }: MadeImage) => ({ digest, mediaType, size: bytes.byteLength });
const indexOf = (...children: readonly (readonly [MadeImage, object])[]): MadeImage =>
  made(
    indexType,
    { manifests: children.map(([child, more]) => ({ ...of(child), ...more })) },
    children.map(([child]) => child),
  );
const disguised = made(
  manifestType,
  { ...JSON.parse(Buffer.from(bad.bytes).toString()), artifactType: 'text/plain' },
  [bad],
);

test('an image that an index, or its own manifest, calls an artifact is judged with the rest', async () => {
  using folder = temporaryFolder();
  const policy = join(folder.path, 'policy.yaml');
  writeFileSync(policy, 'policies: [{name: non-root-user}]');
  await using world = await bootProduct({
    policy,
    flags: [
      ['--public-url', 'https://images.example.org'],
      ['--marks', 'on'],
    ],
  });
  const platform = linux;
  const cases: Readonly<Record<string, MadeImage>> = {
    typed: indexOf([bad, { platform, artifactType: 'text/plain' }], [good, { platform }]),
    bare: indexOf([bad, { artifactType: 'text/plain' }], [good, { platform }]),
    disguised: indexOf([disguised, { platform }], [good, { platform }]),
    nested: indexOf([indexOf([bad, { platform }]), {}], [good, { platform }]),
  };
  for (const [name, image] of Object.entries(cases)) {
    await world.push(`team/${name}`, '1', image);
    // Of what nests nobody says more than that it is not known: all that is in it is waited for.
    for (const one of [good, bad]) if (name === 'nested') await world.untilScanned('team/nested', one.digest);
    const verdict = await until(async () => {
      const now = await world.get<ImageVerdict>(`/api/v1/verdict?image=team/${name}:1`);
      const isSettled = now.reasons.every(({ sentence }) => !/being looked into/.test(sentence));
      return isSettled || name === 'nested' ? now : undefined;
    }, `the verdict on ${name}`);
    assert.equal(verdict.digest, image.digest);
    assert.notEqual(verdict.result, 'pass', name);
    if (name !== 'nested') assert.equal(verdict.result, 'fail', name);
  }
});
