import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../formats/oci/digest.ts';
import { mediaTypes } from '../../formats/oci/media-type.ts';
import type { AdministratorGrant } from '../hub/access.ts';
import { createQuotas } from './quotas.ts';
import { grant, imageManifest, openRegistry } from './registry.fixture.ts';

const administrator = Object.freeze({ account: 'admin', via: 'password' }) as unknown as AdministratorGrant;
const exceeded = { code: 'registry.quota_exceeded' };

test('quotas: a namespace holds each blob and manifest once, whichever of its repositories have it', async () => {
  await using registry = await openRegistry();
  const quotas = createQuotas(registry.stores);
  assert.deepEqual(await quotas.find({ namespace: 'team' }), { namespace: 'team', bytes: 0, blobs: 0 });
  await registry.pushImage('team/app', '1', ['one layer', 'another']);
  await registry.pushImage('team/deep/er', '1', ['one layer', 'another']);
  await registry.pushBlob('team', 'its own name');
  // Neighbours in every order of names.
  for (const name of ['tea/app', 'team-b/app', 'team0/app', 'teams/app', 'team.b/app'])
    await registry.pushBlob(name, `of ${name}`);
  const manifest = imageManifest({ layers: ['one layer', 'another'] }).byteLength;
  const bytes = '{}'.length + 'one layer'.length + 'another'.length + 'its own name'.length + manifest;
  assert.deepEqual(await quotas.find({ namespace: 'team' }), { namespace: 'team', bytes, blobs: 5 });
});

test('quotas: what does not fit is refused to the byte, and nothing is left of it', async () => {
  await using registry = await openRegistry();
  const { uploads, stores } = registry;
  const quotas = createQuotas(stores);
  await quotas.set(administrator, 'team', 10);
  await registry.pushBlob('team/app', '123456');
  await assert.rejects(registry.pushBlob('team/other', '12345'), {
    ...exceeded,
    message:
      'team holds 6 of its 10 bytes (6 B of 10 B), so that 5 more do not fit; delete images that are not needed, or ask an administrator for more',
  });
  assert.equal(await stores.blobs.stat(digestOf(Buffer.from('12345'))), undefined);
  assert.deepEqual(await stores.database.query.selectFrom('upload').selectAll().execute(), []);
  await registry.pushBlob('team/other', '1234');
  assert.equal((await quotas.find({ namespace: 'team' })).bytes, 10);
  await assert.rejects(uploads.start(grant('push', 'team/third')), exceeded);

  // What is there already adds nothing; another namespace is not asked.
  const held = digestOf(Buffer.from('123456'));
  assert.equal(await uploads.mount(grant('push', 'team/third'), held, grant('pull', 'team/app')), true);
  await registry.pushBlob('other/app', 'as much as it likes');
  const foreign = digestOf(Buffer.from('as much as it likes'));
  await assert.rejects(
    uploads.mount(grant('push', 'team/app'), foreign, grant('pull', 'other/app')),
    exceeded,
  );
});

test('quotas: manifests count; a lower quota takes nothing away and lets tags move', async () => {
  await using registry = await openRegistry();
  const { manifests, stores } = registry;
  const quotas = createQuotas(stores);
  await registry.pushImage('team/app', '1', ['layer']);
  const { bytes } = await quotas.set(administrator, 'team', 1);
  const put = (layers: readonly string[]) =>
    manifests.put(
      grant('push', 'team/app'),
      { tag: 'again' },
      mediaTypes.ociManifest,
      imageManifest({ layers }),
    );
  assert.deepEqual((await put(['layer'])).tags, ['again']);
  await assert.rejects(put(['layer', 'layer']), exceeded);
  assert.deepEqual(await quotas.find({ namespace: 'team' }), {
    namespace: 'team',
    bytes,
    blobs: 3,
    quotaBytes: 1,
  });
  assert.equal((await quotas.set(administrator, 'team', null)).quotaBytes, undefined);
  await put(['layer', 'layer']);
});

test('quotas: pushes at the same time do not pass together what one alone could not', async () => {
  await using registry = await openRegistry();
  const quotas = createQuotas(registry.stores);
  await quotas.set(administrator, 'team', 25);
  const pushed = await Promise.allSettled(
    ['aaaaaaaaaa', 'bbbbbbbbbb', 'cccccccccc', 'dddddddddd'].map((text) =>
      registry.pushBlob('team/app', text),
    ),
  );
  assert.equal(pushed.filter(({ status }) => status === 'fulfilled').length, 2);
  assert.equal((await quotas.find({ namespace: 'team' })).bytes, 20);
});
