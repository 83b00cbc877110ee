import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../formats/oci/digest.ts';
import { registryErrors } from './errors.ts';
import { grant, openRegistry } from './registry.fixture.ts';

const pull = grant('pull', 'app/web');
const nowhere = () => assert.fail('nothing is sent');
const unknown = { code: registryErrors.blob_unknown.code };

test('a blob is read whole or in part', async () => {
  await using registry = await openRegistry();
  const digest = await registry.pushBlob('app/web', 'abcdef');
  const read = async (range?: { start: number; end: number }): Promise<string> => {
    let text = '';
    await registry.blobs.send(pull, digest, range, async (chunk) => {
      text += Buffer.from(chunk).toString();
    });
    return text;
  };
  assert.equal(await read(), 'abcdef');
  assert.equal(await read({ start: 1, end: 3 }), 'bcd');
});

test('a blob shows only through repositories that hold it', async () => {
  await using registry = await openRegistry();
  const digest = await registry.pushBlob('app/web', 'secret');
  await registry.pushBlob('app/other', 'else');
  for (const other of [grant('pull', 'app/other'), grant('pull', 'app/absent')]) {
    await assert.rejects(registry.blobs.stat(other, digest), unknown);
    await assert.rejects(registry.blobs.send(other, digest, undefined, nowhere), unknown);
  }
});

test('deleting ends one repository’s hold and leaves the other’s', async () => {
  await using registry = await openRegistry();
  const digest = await registry.pushBlob('app/web', 'shared');
  await registry.pushBlob('app/other', 'shared');
  await registry.blobs.delete(grant('delete', 'app/web'), digest);
  await assert.rejects(registry.blobs.stat(pull, digest), unknown);
  await assert.rejects(registry.blobs.delete(grant('delete', 'app/web'), digest), unknown);
  assert.deepEqual(await registry.blobs.stat(grant('pull', 'app/other'), digest), {
    sizeBytes: 6,
    isProven: true,
  });
  await assert.rejects(registry.blobs.delete(grant('delete', 'app/absent'), digest), {
    code: registryErrors.name_unknown.code,
  });
});

test('lost bytes are unknown, and pushing again repairs them', async () => {
  await using registry = await openRegistry();
  const digest = await registry.pushBlob('app/web', 'content');
  await registry.stores.blobs.delete(digest);
  await assert.rejects(registry.blobs.stat(pull, digest), unknown);
  await assert.rejects(registry.blobs.send(pull, digest, undefined, nowhere), unknown);
  assert.equal(await registry.pushBlob('app/web', 'content'), digestOf('content'));
  assert.deepEqual(await registry.blobs.stat(pull, digest), { sizeBytes: 7, isProven: true });
});
