// What hangs on an image is handed to whoever may pull it, byte for byte, and to nobody else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SignatureEvidence } from '../../src/entry/http/contract-signature.ts';
import { digestOf } from '../../src/formats/oci/digest.ts';
import { createSigning } from '../browser/signed.ts';
import { bootProduct } from '../world/product.ts';
import { makeRelease } from '../world/release.ts';

const path = '/api/v1/repositories/team/app/-/images/latest/signatures';

test('what hangs on an image is handed on as it is, to those who may pull it', async () => {
  await using world = await bootProduct();
  const provenance = { builder: 'https://b.example.org', source: 'https://git.example.org/a', workflow: 'w' };
  const image = makeRelease({ version: '1', createdAt: '2026-11-20T12:00:00Z', provenance });
  await world.push('team/app', 'latest', image);
  const signing = await createSigning(world);
  await signing.sign('team/app', image);
  const found = await world.get<SignatureEvidence>(path);
  const decode = (text: string): Buffer => Buffer.from(text, 'base64');
  assert.equal(found.root.digest, image.digest);
  assert.deepEqual(
    found.attached.map(({ via, subject }) => [via, subject]),
    [
      ['referrer', image.digest],
      ['index', found.imageDigest],
    ],
  );
  for (const { digest, bytes } of [
    found.root,
    ...found.attached.flatMap(({ manifest, blobs }) => [manifest, ...blobs]),
  ])
    assert.equal(digestOf(decode(bytes)), digest);
  assert.match(decode(found.attached[0]?.blobs[0]?.bytes ?? '').toString(), /"dsseEnvelope"/);
  assert.deepEqual(found.unknowns, []);
  // Another platform than there is, another tag.
  await world.problem(`${path}?platform=linux/s390x`, 404);
  await world.problem(path.replace('latest', 'none'), 404);

  world.rows(`update repository set is_public = 0 where name = 'team/app'`);
  const { code } = await world.problem(path, 404);
  assert.equal(code, 'hub.repository_missing');
  assert.equal((await world.get<SignatureEvidence>(path, { isAdmin: true })).root.digest, image.digest);
});
