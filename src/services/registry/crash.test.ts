// Kill -9 in the middle of pushes: whatever a row names is there, whole.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Digest, digestOf } from '../../formats/oci/digest.ts';
import { createFilesystemBlobStore } from '../../io/blobs/filesystem.ts';
import { grant, openRegistry, type RegistryFixture, streamOf } from './registry.fixture.ts';
import { judgeTagLog } from './tag-log-check.ts';

const href = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** Pushes images from four clients at once, for ever, and says each that was answered. */
function pusher(folder: string): string {
  return `
    import { openRegistry } from ${href('./registry.fixture.ts')};
    import { createFilesystemBlobStore } from ${href('../../io/blobs/filesystem.ts')};
    const folder = ${JSON.stringify(folder)};
    const blobs = await createFilesystemBlobStore({ folder, durability: 'sync' });
    const registry = await openRegistry({ blobs, databaseFile: folder + '/plimsoll.db' });
    const client = async (name) => {
      for (let number = 0; ; number += 1) {
        const digest = await registry.pushImage(name, 'v' + number, ['shared', name + number]);
        await registry.pushImage(name, 'latest', ['shared', name + number]);
        process.stdout.write(name + ' v' + number + ' ' + digest + '\\n');
      }
    };
    await Promise.all(['a', 'b', 'c', 'd'].map(client));
  `;
}

async function checkConsistent({ stores }: RegistryFixture): Promise<void> {
  const rows = await stores.database.query.selectFrom('blob').select(['digest', 'size_bytes']).execute();
  assert.ok(rows.length > 0);
  for (const { digest, size_bytes } of rows) {
    const bytes = await stores.blobs.readAll(digest as Digest, 1_000_000);
    assert.equal(digestOf(bytes), digest);
    assert.equal(bytes.byteLength, size_bytes);
  }
  assert.deepEqual(await judgeTagLog(stores.database), []);
}

test('killed while pushing: what was answered is there, what is there is whole, tags are what their log says, and a retry works', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-crash-'));
  try {
    const child = spawn(process.execPath, ['--input-type=module', '-e', pusher(folder)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString();
      if (said.split('\n').length > 20) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const answered = said.split('\n').slice(0, -1);
    assert.ok(answered.length >= 20);

    const blobs = await createFilesystemBlobStore({ folder, durability: 'sync' });
    await using registry = await openRegistry({ blobs, databaseFile: join(folder, 'plimsoll.db') });
    await checkConsistent(registry);
    for (const line of answered) {
      const [name, tag, digest] = line.split(' ') as [string, string, Digest];
      const got = await registry.manifests.get(grant('pull', name), { tag });
      assert.equal(got.digest, digest);
    }
    // An upload that was cut off can be asked for, gone on with, and ended.
    const cut = await registry.stores.database.query
      .selectFrom('upload')
      .innerJoin('repository', 'repository.id', 'upload.repository_id')
      .select(['upload.id', 'repository.name'])
      .execute();
    for (const { id, name } of cut) {
      const sizeBytes = await blobs.uploadSize(id);
      if (sizeBytes !== 0) continue;
      await registry.uploads.finish(grant('push', name), id, digestOf('end'), { source: streamOf('end') });
    }
    for (const name of ['a', 'b', 'c', 'd']) await registry.pushImage(name, 'again', ['shared', 'again']);
    await checkConsistent(registry);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
