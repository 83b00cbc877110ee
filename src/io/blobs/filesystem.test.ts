import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createRunningDigest, digestHex, digestOf } from '../../formats/oci/digest.ts';
import type { ByteStream } from '../../kit/bytes.ts';
import { testBlobStore } from './contract-suite.ts';
import { blobErrors } from './errors.ts';
import { createFilesystemBlobStore } from './filesystem.ts';
import type { BlobStore } from './store.ts';

const ID = '11111111-2222-4333-8444-555555555555';

async function temporaryFolder(): Promise<{ folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-blobs-'));
  return {
    folder,
    [Symbol.asyncDispose]: async () => {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function* one(content: string): ByteStream {
  yield Buffer.from(content);
}

async function digestsOf(store: BlobStore): Promise<string[]> {
  const digests: string[] = [];
  for await (const { digest } of store.list()) digests.push(digest);
  return digests;
}

testBlobStore('filesystem', async () => {
  const { folder, [Symbol.asyncDispose]: dispose } = await temporaryFolder();
  const store = await createFilesystemBlobStore({ folder: join(folder, 'new', 'data'), durability: 'sync' });
  return { store, [Symbol.asyncDispose]: dispose };
});

test('filesystem: blobs lie where the layout says, and nothing else stays', async () => {
  await using place = await temporaryFolder();
  const { folder } = place;
  const store = await createFilesystemBlobStore({ folder, durability: 'sync' });
  const digest = digestOf('content');
  await store.put(digest, Buffer.from('content'));
  const hex = digestHex(digest);
  assert.equal(await readFile(join(folder, 'blobs/sha256', hex.slice(0, 2), hex), 'utf8'), 'content');
  assert.deepEqual(await readdir(join(folder, 'uploads')), []);
  assert.deepEqual(await readdir(join(folder, 'temporary')), []);
});

test('filesystem: another run finds the blobs, the uploads and their sizes', async () => {
  await using place = await temporaryFolder();
  const { folder } = place;
  const before = await createFilesystemBlobStore({ folder, durability: 'sync' });
  await before.put(digestOf('kept'), Buffer.from('kept'));
  await before.startUpload(ID);
  await before.appendUpload(ID, 0, one('abc'));
  const after = await createFilesystemBlobStore({ folder, durability: 'sync' });
  assert.deepEqual(await after.stat(digestOf('kept')), { sizeBytes: 4 });
  assert.equal(await after.uploadSize(ID), 3);
  await after.appendUpload(ID, 3, one('def'));
  await after.commitUpload(ID, digestOf('abcdef'));
  assert.deepEqual(await after.stat(digestOf('abcdef')), { sizeBytes: 6 });
});

test('filesystem: a store that is opened clears what a dead process left half written, not what is young', async () => {
  await using place = await temporaryFolder();
  const { folder } = place;
  await mkdir(join(folder, 'temporary'));
  await writeFile(join(folder, 'temporary/old'), 'half');
  await writeFile(join(folder, 'temporary/young'), 'half');
  await utimes(join(folder, 'temporary/old'), 0, 0);
  await createFilesystemBlobStore({ folder, durability: 'sync' });
  assert.deepEqual(await readdir(join(folder, 'temporary')), ['young']);
});

test('filesystem: strange files among the blobs are not listed', async () => {
  await using place = await temporaryFolder();
  const { folder } = place;
  const store = await createFilesystemBlobStore({ folder, durability: 'sync' });
  const digest = digestOf('content');
  await store.put(digest, Buffer.from('content'));
  await writeFile(join(folder, 'blobs/sha256', digestHex(digest).slice(0, 2), 'notes.txt'), 'x');
  await writeFile(join(folder, 'blobs/notes.txt'), 'x');
  await writeFile(join(folder, 'blobs/sha256/notes.txt'), 'x');
  assert.deepEqual(await digestsOf(store), [digest]);
});

test('filesystem: a folder that cannot be used is said to be so', async (t) => {
  await using place = await temporaryFolder();
  const { folder } = place;
  await writeFile(join(folder, 'file'), '');
  await assert.rejects(
    createFilesystemBlobStore({ folder: join(folder, 'file', 'data'), durability: 'sync' }),
    {
      code: blobErrors.folder_unusable.code,
      message: /ENOTDIR/,
    },
  );
  if (process.getuid?.() === 0) return t.diagnostic('root may write anywhere: the mode is not tested');
  await chmod(folder, 0o500);
  await assert.rejects(createFilesystemBlobStore({ folder: join(folder, 'data'), durability: 'sync' }), {
    code: blobErrors.folder_unusable.code,
  });
  await chmod(folder, 0o700);
});

test('filesystem: a stream of 200 MB passes without piling up', async () => {
  await using place = await temporaryFolder();
  const store = await createFilesystemBlobStore({ folder: place.folder, durability: 'sync' });
  const chunkBytes = 64 * 1024;
  const chunks = 3_200;
  const chunk = Buffer.alloc(chunkBytes, 7);
  // How far the source was asked to run ahead of what lies on the disk: that much was held in memory.
  let aheadBytes = 0;
  async function* source(): ByteStream {
    for (let given = 0; given < chunks; given += 1) {
      if (given % 16 === 0) {
        const onDisk = (await store.uploadSize(ID)) as number;
        aheadBytes = Math.max(aheadBytes, given * chunkBytes - onDisk);
      }
      yield chunk;
    }
  }
  const running = createRunningDigest();
  await store.startUpload(ID);
  const size = await store.appendUpload(ID, 0, source(), (bytes) => running.update(bytes));
  await store.commitUpload(ID, running.digest());
  assert.equal(size, chunks * chunkBytes);
  assert.ok(aheadBytes <= 3 * 1024 * 1024, `${aheadBytes} bytes were held`);
  const again = createRunningDigest();
  for await (const bytes of await store.read(running.digest())) again.update(bytes);
  assert.equal(again.digest(), running.digest());
});

test('filesystem: killed in the middle of an append, nothing is visible and the upload resumes', async () => {
  await using place = await temporaryFolder();
  const { folder } = place;
  const program = `
    import { createFilesystemBlobStore } from ${JSON.stringify(new URL('./filesystem.ts', import.meta.url).href)};
    const store = await createFilesystemBlobStore({ folder: ${JSON.stringify(folder)}, durability: 'sync' });
    await store.startUpload('${ID}');
    async function* endless() {
      for (let given = 0; ; given += 1) {
        if (given === 64) process.stdout.write('running');
        yield Buffer.alloc(65536, 7);
        await new Promise(setImmediate);
      }
    }
    await store.appendUpload('${ID}', 0, endless());
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');

  const store = await createFilesystemBlobStore({ folder, durability: 'sync' });
  assert.deepEqual(await digestsOf(store), []);
  const size = (await store.uploadSize(ID)) as number;
  assert.ok(size > 0);
  const running = createRunningDigest();
  for await (const bytes of await store.readUpload(ID)) running.update(bytes);
  assert.equal(running.sizeBytes, size);
  assert.equal(running.digest(), digestOf(Buffer.alloc(size, 7)));
  await store.commitUpload(ID, running.digest());
  assert.deepEqual(await store.stat(running.digest()), { sizeBytes: size });
});
