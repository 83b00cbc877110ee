// Promise: no served byte is wrong. Bytes that changed on disk end the connection before the end, then are not there
// for any client, so that the next push repairs them.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFilesystemBlobStore } from '../../src/io/blobs/filesystem.ts';
import { bootRegistry, digestFor } from '../world/registry.ts';

test('damaged bytes: a broken transfer, then 404, and a push repairs it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-damaged-'));
  try {
    const blobs = await createFilesystemBlobStore({ folder, durability: 'sync' });
    await using world = await bootRegistry({ blobs, proveAfterMs: 0 });
    const content = 'layer '.repeat(500_000);
    const digest = digestFor(content);
    const hex = digest.slice('sha256:'.length);
    const push = () => world.send('POST', `/v2/repo/one/blobs/uploads/?digest=${digest}`, { body: content });
    const get = (headers = {}) => world.send('GET', `/v2/repo/one/blobs/${digest}`, { headers });
    assert.equal((await push()).status, 201);
    assert.equal((await get()).text, content);
    await writeFile(join(folder, 'blobs/sha256', hex.slice(0, 2), hex), content.replace(/l/, 'L'));
    await assert.rejects(get());
    const again = await get();
    assert.deepEqual([again.status, again.code], [404, 'BLOB_UNKNOWN']);
    assert.equal((await world.send('HEAD', `/v2/repo/one/blobs/${digest}`)).status, 404);
    assert.equal((await push()).status, 201);
    assert.equal((await get()).text, content);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
